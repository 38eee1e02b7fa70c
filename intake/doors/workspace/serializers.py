from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from intake.fields import (
    EmailText,
    JsonObject,
    LeadRequest,
    ShortList,
    Strict,
    Tags,
    Text,
    TrueOrFalse,
    ValidEmail,
    WebUrl,
)
from leadhub.lib.wireids import is_hex_id

NAME = 200
# So many fit into a body.
IDS = 10_000


class WorkspaceLeadRequest(LeadRequest):
    """The workspace door's lead: camelCase, an e-mail required."""

    email = ValidEmail(required=True)
    firstName = Text()
    lastName = Text()
    companyName = Text()
    jobTitle = Text()
    phone = Text()
    linkedinUrl = WebUrl()
    city = Text()
    state = Text()
    country = Text()
    tags = Tags()
    customFields = JsonObject(keys=100, size=64 * 1024)


class WorkspaceLeadChanges(WorkspaceLeadRequest):
    """Any of the fields; what is optional is cleared by null or an empty text."""

    email = EmailText(help_text="Stays as it is: another is refused.")


class WorkspaceFilters(Strict):
    """The list's filters; one that says nothing is as good as none."""

    search = Text(max_length=NAME, allow_blank=False)
    tags = Tags(help_text="Any of these.")
    emailVerified = TrueOrFalse()
    hasCompany = TrueOrFalse()
    hasPhone = TrueOrFalse()

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError("Must be an object.")
        data = {name: value for name, value in data.items() if value not in (None, "", [])}
        if not data:
            raise serializers.ValidationError("Give at least one filter, or leave the filters out.")
        return super().to_internal_value(data)


class LeadIds(ShortList):
    """At most 10,000 ids; one that no lead here has names nothing."""

    what = "ids"

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Text(max_length=64), required=False, max_length=IDS, **options)

    def run_child_validation(self, data: Any) -> Any:
        # To the first that is wrong: not as many complaints as ids.
        for place, each in enumerate(data):
            if complaint := self.complaint(each):
                raise serializers.ValidationError({str(place): [complaint]})
        return super().run_child_validation(data)

    def complaint(self, id: Any) -> str:
        return "" if isinstance(id, str) else "Not a valid string."


class KeptIds(LeadIds):
    """The same, each of which could be a lead's: with one that was mistaken, what was to be kept would be deleted."""

    def complaint(self, id: Any) -> str:
        return super().complaint(id) or ("" if is_hex_id(id.strip()) else "This is no id: 24 hex digits.")


class WorkspaceDeletion(Strict):
    """Some leads by their ids, or all: of certain filters, and but some."""

    leadIds = LeadIds()
    deleteAll = TrueOrFalse()
    filters = WorkspaceFilters(required=False)
    excludeIds = KeptIds()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("leadIds" in attrs) == bool(attrs.get("deleteAll")):
            raise serializers.ValidationError({"": ["Give either leadIds, or deleteAll as true."]})
        if "leadIds" in attrs and attrs.keys() & {"filters", "excludeIds"}:
            raise serializers.ValidationError({"": ["filters and excludeIds go with deleteAll."]})
        return attrs


class WorkspaceName(LeadRequest):
    name = Text(required=True, max_length=NAME)


class WorkspaceLead(serializers.Serializer):
    _id = serializers.CharField(help_text="24 hex digits.")
    email = serializers.CharField(allow_null=True, help_text="null only for a lead that came by another door.")
    firstName = serializers.CharField(allow_null=True)
    lastName = serializers.CharField(allow_null=True)
    companyName = serializers.CharField(allow_null=True)
    jobTitle = serializers.CharField(allow_null=True)
    phoneNumber = serializers.CharField(allow_null=True, help_text="The request's `phone`, spelled as given.")
    linkedinUrl = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    customFields = serializers.DictField()
    emailVerified = serializers.BooleanField()
    userId = serializers.CharField(
        allow_null=True, help_text="Who made the key that it came by: 24 hex digits; null for a form or an import."
    )
    workspaceId = serializers.CharField(help_text="24 hex digits.")
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class WorkspaceLeadAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = WorkspaceLead()


class WorkspacePagination(serializers.Serializer):
    limit = serializers.IntegerField()
    total = serializers.IntegerField(help_text="All that the filters find, counted with each page.")
    hasMore = serializers.BooleanField()
    nextCursor = serializers.CharField(allow_null=True, help_text="null on the last page.")


@extend_schema_serializer(many=False)
class WorkspaceLeadPage(serializers.Serializer):
    success = serializers.BooleanField()
    data = WorkspaceLead(many=True)
    pagination = WorkspacePagination()


class DeletedCount(serializers.Serializer):
    deletedCount = serializers.IntegerField()


class WorkspaceDeletionAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = DeletedCount()


class WorkspaceAccount(serializers.Serializer):
    """The person whose key it is."""

    _id = serializers.CharField(help_text="24 hex digits.")
    email = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    workspaceId = serializers.CharField(allow_null=True, help_text="null for a user's key without `X-Workspace-Id`.")
    createdAt = serializers.DateTimeField()


class WorkspaceAccountAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = WorkspaceAccount()


class Workspace(serializers.Serializer):
    _id = serializers.CharField(help_text="24 hex digits: what `X-Workspace-Id` takes.")
    name = serializers.CharField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class WorkspaceAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = Workspace()


@extend_schema_serializer(many=False)
class WorkspacePage(serializers.Serializer):
    success = serializers.BooleanField()
    data = Workspace(many=True)
    pagination = WorkspacePagination()


class WorkspaceKey(serializers.Serializer):
    keyId = serializers.CharField(help_text="The secret's beginning, by which the key is known in lists and audit.")
    workspaceId = serializers.CharField()
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField(allow_null=True)
    expiresAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)


class WorkspaceKeyAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = WorkspaceKey()


class WorkspaceNewKey(WorkspaceKey):
    apiKey = serializers.CharField(help_text="The secret: in this answer and never again.")


class WorkspaceNewKeyAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    data = WorkspaceNewKey()


class WorkspaceError(serializers.Serializer):
    error = serializers.CharField(help_text="The status's reason phrase.")
    message = serializers.CharField()
    code = serializers.IntegerField()
    _id = serializers.CharField(required=False, help_text="On 409: the lead that is already there.")
