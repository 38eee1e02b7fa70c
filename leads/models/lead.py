import unicodedata
import uuid
from collections.abc import Callable
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT

from accounts.models import Account
from accounts.roles import Right
from leadhub.lib.tenancy import TenantQuerySet
from leadhub.lib.wireids import hex_id
from leads.models.search import searched_text
from teams.models import LeadSource, Rotation, Team

LIVE_PRIMARY = Q(duplicate_of=None, deleted_at=None)
# Without an owner, in the care of a rotation.
IN_CARE = Q(owner=None, rotation__isnull=False, archived_at=None, deleted_at=None)


class LeadStatus(models.TextChoices):
    NEW = "new", "New"
    CONTACTED = "contacted", "Contacted"
    QUALIFIED = "qualified", "Qualified"
    CONVERTED = "converted", "Converted"
    LOST = "lost", "Lost"


# How a lead came, where the word is not one already.
CHANNELS = {"api": "API", "website": "Website", "referral": "Referral", "import": "Import"}
OPEN = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED)
# Nobody in its rotation could take it, and somebody is to: it goes to the first who can.
HELD = IN_CARE & Q(status__in=OPEN)


class LeadQuerySet(TenantQuerySet["Lead"]):
    def live(self) -> Self:
        """Not deleted; an archived lead is live: the person is still known."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: Any, *, may: Callable[[Right], bool]) -> Self:
        """Of these, the leads that somebody may know of: without the right to view all of an account's, his own."""
        return self if may(Right.VIEW_ALL_LEADS) else self.filter(owner=user)

    def primaries(self) -> Self:
        return self.filter(LIVE_PRIMARY)

    def held(self) -> Self:
        return self.filter(HELD)

    def open(self) -> Self:
        """Those somebody still has to work on."""
        return self.live().filter(archived_at=None, status__in=OPEN)

    def search(self, text: str) -> Self:
        """Leads in which every word of `text` occurs in name, e-mail, company or phone."""
        found = self
        # Texts are stored composed; some keyboards send an accent as a character of its own.
        for word in dict.fromkeys(unicodedata.normalize("NFC", text).lower().split()):
            found = found.filter(search__contains=word)
        return found


def line(**options: Any) -> "models.CharField[str, str]":
    """A line of text; empty means absent."""
    return models.CharField(max_length=2000, blank=True, default="", **options)


def same_account(to: Any, **options: Any) -> "models.ForeignKey[Any, Any]":
    """A reference whose real constraint, over (account_id, id), the migration writes (leadhub.lib.tenancy)."""
    defaults = {"null": True, "blank": True, "db_constraint": False, "db_index": False}
    return models.ForeignKey(to, models.PROTECT, **(defaults | options))


class Lead(models.Model):
    """One lead of one account, by whatever door it came. `duplicate_of` is the primary of the same person."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="leads", db_index=False)
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=LeadStatus.choices, default=LeadStatus.NEW)
    owner = same_account(settings.AUTH_USER_MODEL, related_name="leads")
    team = same_account(Team, related_name="leads")
    lead_source = same_account(LeadSource, related_name="leads")
    # The rotation that gave the lead to its owner; of a lead without an owner, the one that holds it.
    rotation = same_account(Rotation, related_name="leads", editable=False)
    duplicate_of = same_account("self", related_name="duplicates", editable=False)

    # How it came
    door = models.CharField(max_length=10, editable=False)
    channel = models.CharField(max_length=100, default="api", help_text="api, website, referral, import, or a form.")
    source_text = line(verbose_name="source in words")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    claimed_creator = line(help_text="Who made the lead, as the sender says.")
    external_id = models.CharField(max_length=255, null=True, blank=True, help_text="The lead's id at its source.")
    seller_lead_id = models.CharField(max_length=255, null=True, blank=True, help_text="The lead's id at its seller.")
    application_id = line()

    # Contact; *_key and *_e164 are the normalised forms by which people are recognised
    first_name = line()
    last_name = line()
    email = models.CharField("e-mail", max_length=254, blank=True, default="")
    email_key = models.CharField(max_length=320, null=True, editable=False)
    email_verified = models.BooleanField(default=False)
    phone = line()
    phone_e164 = models.CharField(max_length=20, null=True, editable=False)
    phone_type = line()
    company = line()
    title = line(verbose_name="job title")
    industry = line()
    linkedin_url = line(verbose_name="LinkedIn")
    img_src = line(verbose_name="picture", help_text="Kept as text, and never loaded.")
    address1 = line()
    address2 = line()
    city = line()
    state = line()
    postal_code = line()
    country = line()
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    notes = models.TextField(blank=True, default="")
    message = models.TextField(blank=True, default="")

    # The account door's own
    branch = line()
    position = line()
    location = line()
    products_services_sold = line(verbose_name="products and services sold")
    number_of_employees = models.IntegerField(null=True, blank=True)
    current_payment_processor = line()
    monthly_transaction_volume = models.IntegerField(null=True, blank=True)
    interested_in_switching = models.BooleanField(null=True, blank=True)
    process_stage = line()
    buying_role = line()
    last_contacted_at = models.DateTimeField(null=True, blank=True)

    # Attribution and price
    product = line()
    vertical = line()
    utm_source = line()
    utm_medium = line()
    utm_campaign = line()
    trusted_form_url = line(verbose_name="TrustedForm certificate")
    price = models.DecimalField(max_digits=21, decimal_places=6, null=True, blank=True)
    score = models.IntegerField(null=True, blank=True, editable=False)

    # Long tails, in the words of leads.drafts
    profile = models.JSONField(default=dict, blank=True, help_text="Gender, birth date, income and the like.")
    attribution = models.JSONField(default=dict, blank=True, help_text="Where the lead was won.")
    consent = models.JSONField(default=dict, blank=True, help_text="Compliance, and consent to text messages.")
    custom_fields = models.JSONField(default=dict, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="Unknown fields, and what could not be normalised.")

    # Its life; remind_at and contact_due_at are null once the clock of the first contact has stopped
    assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)
    contact_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    # User ids of the reps who let the time of first contact pass, in order.
    had_by = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    first_contacted_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    search = models.GeneratedField(
        expression=searched_text(), output_field=models.TextField(), db_persist=True, editable=False
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="lead_in_account"),
            models.UniqueConstraint(fields=["account", "uuid"], name="lead_uuid"),
            models.UniqueConstraint(
                fields=["account", "email_key"],
                condition=LIVE_PRIMARY & Q(email_key__isnull=False),
                name="lead_one_primary_per_email",
            ),
            models.UniqueConstraint(
                fields=["account", "phone_e164"],
                condition=LIVE_PRIMARY & Q(email_key__isnull=True, phone_e164__isnull=False),
                name="lead_one_primary_per_phone",
            ),
            models.UniqueConstraint(
                fields=["account", "lead_source", "external_id"],
                condition=Q(deleted_at=None, external_id__isnull=False),
                name="lead_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["account", "lead_source", "seller_lead_id"],
                condition=Q(deleted_at=None, seller_lead_id__isnull=False),
                name="lead_seller_id_once",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="lead_not_its_own_duplicate"),
            models.CheckConstraint(
                condition=Q(number_of_employees__gte=0) & Q(monthly_transaction_volume__gte=0), name="lead_amounts"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "owner", "id"], name="lead_of_owner"),
            models.Index(
                fields=["account", "lead_source", "created_at"],
                condition=Q(lead_source__isnull=False),
                name="lead_of_source",
            ),
            models.Index(
                F("account"), KT("attribution__form"), F("created_at"), condition=Q(door="form"), name="lead_of_form"
            ),
            models.Index(
                fields=["account", "duplicate_of"], condition=Q(duplicate_of__isnull=False), name="lead_duplicates"
            ),
            models.Index(fields=["account", "rotation", "id"], condition=IN_CARE, name="lead_held"),
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="lead_remind_due"),
            models.Index(fields=["contact_due_at"], condition=Q(contact_due_at__isnull=False), name="lead_contact_due"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="lead_deleted"),
            GinIndex(F("account"), OpClass(F("search"), name="gin_trgm_ops"), name="lead_search"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone or f"Lead {self.pk}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def origin(self) -> str:
        """Where it came from, in words: its source, else what the sender said of it, else how it came."""
        return (
            self.lead_source.name if self.lead_source else self.source_text or CHANNELS.get(self.channel, self.channel)
        )

    @property
    def is_held(self) -> bool:
        """Whether its rotation holds it until somebody can take it (HELD)."""
        waiting = self.owner_id is None and self.rotation_id is not None
        return waiting and self.status in OPEN and self.archived_at is None and self.deleted_at is None

    @property
    def was_contacted(self) -> bool:
        """Whether somebody spoke or wrote to this person: from here, or before it came, as its sender says."""
        return bool(self.first_contacted_at or self.last_contacted_at)

    def is_visible_to(self, user: Any, *, may: Callable[[Right], bool]) -> bool:
        """Whether somebody may know of it (LeadQuerySet.visible_to)."""
        return may(Right.VIEW_ALL_LEADS) or self.owner_id == user.pk

    @property
    def hex_id(self) -> str:
        return hex_id(self.created_at, self.pk)

    @property
    def modified_at(self) -> Any:
        """When it was last changed; None for a lead as it came."""
        return self.updated_at if self.updated_at > self.created_at else None
