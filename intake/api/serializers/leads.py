"""A lead in the hub's own words."""

from rest_framework import serializers

from intake.api.serializers.base import Body, New, YesNoOrOpen
from intake.api.serializers.details import PHONE_TYPES, Attribution, Consent, Details, Profile
from intake.api.wire import leads as wire
from intake.fields import (
    Choice,
    EmailText,
    Instant,
    JsonObject,
    LeadRequest,
    Price,
    Prose,
    RowId,
    ShortList,
    Tags,
    Text,
    TrueOrFalse,
    WebUrl,
    Whence,
    WholeNumber,
)
from leads.models import LeadStatus

STATUSES = [status.value for status in LeadStatus]
ID = 255


class LeadFields(Body, LeadRequest):
    """What people say of a lead. Custom fields are merged into those it has; null takes one away."""

    team = RowId(help_text="The id of a team.")
    source = RowId(help_text="The id of a lead source.")
    owner = EmailText(help_text="A member's e-mail; without it rules and rotations choose.")
    channel = Text(max_length=100)
    source_text = Text(help_text="Where it came from, in words.")
    external_id = Text(max_length=ID, help_text="Its id at its source; the same one is not stored twice.")
    seller_lead_id = Text(max_length=ID)

    first_name = Text()
    last_name = Text()
    email = EmailText()
    phone = Text()
    phone_type = Choice(PHONE_TYPES, required=False, allow_blank=True)
    company = Text()
    title = Text()
    industry = Text()
    linkedin_url = WebUrl()
    img_src = Whence()
    address1 = Text()
    address2 = Text()
    city = Text()
    state = Text()
    postal_code = Text()
    country = Text()
    tags = Tags()
    notes = Prose()
    message = Prose()

    branch = Text()
    position = Text()
    location = Text()
    products_services_sold = Text()
    number_of_employees = WholeNumber()
    current_payment_processor = Text()
    monthly_transaction_volume = WholeNumber()
    interested_in_switching = YesNoOrOpen()
    process_stage = Text()
    buying_role = Text()
    last_contacted_at = Instant()

    product = Text()
    vertical = Text()
    utm_source = Text()
    utm_medium = Text()
    utm_campaign = Text()
    trusted_form_url = WebUrl()
    price = Price()

    profile = Details(Profile)
    attribution = Details(Attribution)
    consent = Details(Consent)
    custom_fields = JsonObject(keys=100, size=64 * 1024)
    archived = TrueOrFalse()


class NewLead(New, LeadFields):
    """A new lead: a name, an e-mail or a phone, and whatever else is known."""


class LeadChanges(LeadFields):
    """What is to change; null empties a field, and what is not named stays as it is."""

    status = Choice(LeadStatus.choices, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        # A lead is always somewhere, and in the archive or not.
        fields["status"].allow_null = fields["archived"].allow_null = False
        return fields


class Answered(serializers.Serializer):
    """What a lead is besides what was said of it."""

    id = serializers.IntegerField()
    uuid = serializers.UUIDField()
    status = Choice(LeadStatus.choices)
    owner = serializers.CharField(allow_null=True, help_text="His e-mail.")
    held = serializers.BooleanField(help_text="Nobody in its rotation could take it yet.")
    team = serializers.IntegerField(allow_null=True)
    source = serializers.IntegerField(allow_null=True)
    rotation = serializers.IntegerField(allow_null=True, help_text="The one that gave it, or holds it.")
    duplicate_of = serializers.IntegerField(allow_null=True, help_text="The first lead of the same person.")
    door = serializers.CharField()
    email_verified = serializers.BooleanField()
    interested_in_switching = serializers.BooleanField(allow_null=True)
    price = serializers.CharField(allow_null=True, help_text="An exact number, such as 12.5.")
    tags = serializers.ListField(child=serializers.CharField())
    archived = serializers.BooleanField()


class ApiLead(Answered):
    """A lead. What it does not have is null."""

    def get_fields(self) -> dict[str, serializers.Field]:
        texts = {name: serializers.CharField(allow_null=True) for name in wire.TEXTS}
        numbers = {name: serializers.IntegerField(allow_null=True) for name in wire.NUMBERS}
        objects = {name: serializers.DictField() for name in wire.OBJECTS}
        moments = {name: serializers.DateTimeField(allow_null=True) for name in wire.MOMENTS}
        return texts | numbers | objects | moments | super().get_fields()


class ApiNewLead(ApiLead):
    outcome = Choice(
        ["created", "linked", "updated", "skipped", "replayed"],
        help_text="A known person's lead is linked to the first one or, as the account has it, updates it or is "
        "skipped; a lead that its source sent before is replayed. In these three cases the lead is the known one.",
    )


class Assignment(Body):
    owner = EmailText(required=True, allow_null=True, help_text="A member's e-mail; null takes it from everybody.")
    note = Text(help_text="Why.")


class Noted(Body):
    note = Text(help_text="Why.")


class Move(Body):
    status = Choice(LeadStatus.choices)


class Conversion(Body):
    application_id = Text(help_text="What it became elsewhere.")


class Nothing(Body):
    """No field at all; the body may be left out."""


class Several(Body):
    """Many leads at once."""

    ids = ShortList(child=RowId(), min_length=1, max_length=500)


class SeveralAssigned(Several, Assignment):
    pass


class SeveralNoted(Several, Noted):
    pass


class SeveralMoved(Several, Move):
    pass


class LeadResult(serializers.Serializer):
    id = serializers.IntegerField()
    result = Choice(["changed", "unchanged", "not_found"])


class LeadResults(serializers.Serializer):
    results = LeadResult(many=True)
