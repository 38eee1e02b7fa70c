"""Public forms, as they are given and answered."""

from typing import Any

from rest_framework import serializers

from intake.api.serializers.base import MOST, Body, Name, New
from intake.fields import Choice, Prose, RowId, ShortList, Text, TrueOrFalse, WholeNumber
from intake.models import FormKind
from intake.publicform.asking import KINDS, WORDS

KINDS_OF_FORM = [kind.value for kind in FormKind]


class FormField(Body):
    name = Choice(list(KINDS))
    label = Text(max_length=WORDS, help_text="The usual one where it is left out; of consent alone more than 80.")
    required = TrueOrFalse()

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        longest = KINDS[given["name"]].longest
        if len(given.get("label") or "") > longest:
            raise serializers.ValidationError({"label": [f"At most {longest} characters."]})
        return given


class Places(ShortList):
    """Origins or hosts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Text(max_length=200), required=False, max_length=50, **options)


class FormChanges(Body):
    name = Name(max_length=100, help_text="Also the channel of its leads.")
    is_active = TrueOrFalse()
    kind = Choice(KINDS_OF_FORM, required=False)
    fields = FormField(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST, help_text="In their order; e-mail or phone among them."
    )
    title = Text(max_length=200, allow_null=True)
    intro = Prose(max_length=2000, allow_null=True)
    button = Name(max_length=60)
    thanks = Prose(max_length=2000, allow_null=True)
    redirect_url = Text(max_length=500, allow_null=True, help_text="A thanks page of your own.")
    allowed_origins = Places(help_text="Where it may be used, such as https://www.example.com.")
    allowed_redirect_hosts = Places(help_text="Where `redirect` may lead.")
    per_minute = WholeNumber(min_value=1, max_value=100_000, allow_null=True)
    team = RowId(required=False, allow_null=True)
    source = RowId(required=False, allow_null=True)


class NewForm(New, FormChanges):
    name = Name(required=True, max_length=100)


class FormTally(serializers.Serializer):
    """What came of what was sent by a form, by days in UTC."""

    accepted = serializers.IntegerField(help_text="Leads stored.")
    quarantined = serializers.IntegerField(help_text="Payloads kept in the quarantine instead.")


class ApiForm(serializers.Serializer):
    id = serializers.IntegerField()
    public_id = serializers.CharField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    kind = Choice(KINDS_OF_FORM)
    fields = FormField(many=True)
    title = serializers.CharField(allow_null=True)
    intro = serializers.CharField(allow_null=True)
    button = serializers.CharField()
    thanks = serializers.CharField(allow_null=True)
    redirect_url = serializers.CharField(allow_null=True)
    allowed_origins = serializers.ListField(child=serializers.CharField())
    allowed_redirect_hosts = serializers.ListField(child=serializers.CharField())
    per_minute = serializers.IntegerField(allow_null=True)
    team = serializers.IntegerField(allow_null=True)
    source = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(help_text="The form's own page.")
    snippet = serializers.CharField(help_text="To be pasted into a page of an allowed origin.")
    today = FormTally()
    last_30_days = FormTally(help_text="Today and the 29 days before.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
