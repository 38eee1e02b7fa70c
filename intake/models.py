import secrets
import string
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Length, Substr
from django.utils import timezone

from accounts.models import Account
from intake.payloads import patterns
from leadhub.lib.tenancy import TenantQuerySet
from leads.models import Lead
from teams.models import LeadSource, Team
from teams.models.tracked import Tracked

BASE62 = string.ascii_letters + string.digits
PUBLIC_ID = 12


class IdempotentAnswer(models.Model):
    """The first answer to a request that carried an Idempotency-Key, to be given again for 24 hours."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "method", "path", "key"], name="idempotent_once")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def new_public_id() -> str:
    """A name that cannot be guessed: 71 random bits."""
    return "".join(secrets.choice(BASE62) for _ in range(PUBLIC_ID))


def first_fields() -> list[dict[str, Any]]:
    """What a new form asks for (intake.publicform.asking)."""
    return [
        {"name": "first_name", "label": "First name", "required": False},
        {"name": "last_name", "label": "Last name", "required": False},
        {"name": "email", "label": "E-mail", "required": True},
        {"name": "message", "label": "Message", "required": False},
    ]


class FormKind(models.TextChoices):
    """Whether a submission must have begun at our own page or snippet, which have a signed token."""

    HOSTED = "hosted", "Hosted page or snippet"
    OPEN = "open", "Open: also a form of your own"


class FormQuerySet(TenantQuerySet["Form"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def published(self, public_id: str) -> "Form | None":
        """The form that the public knows by this id, if it is open and its account is; asks for no account: it is how
        a visitor comes to one."""
        if len(public_id) != PUBLIC_ID or not (public_id.isascii() and public_id.isalnum()):
            return None
        forms = self.active().filter(public_id=public_id, account__suspended_at=None)
        return forms.select_related("account").first()


class Form(Tracked):
    """A public form, by which anybody can send a lead to its account."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    public_id = models.CharField(max_length=PUBLIC_ID, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=100, help_text="Yours alone to see; its leads have it as their channel.")
    is_active = models.BooleanField("active", default=True)
    kind = models.CharField(max_length=10, choices=FormKind.choices, default=FormKind.HOSTED)

    # What it asks for, and says
    fields = models.JSONField(default=first_fields)
    title = models.CharField(max_length=200, blank=True, default="Contact us")
    intro = models.TextField("introduction", max_length=2000, blank=True)
    button = models.CharField(max_length=60, default="Send")
    thanks = models.TextField(max_length=2000, blank=True, default="Thank you. We will be in touch soon.")
    redirect_url = models.CharField("thanks page", max_length=500, blank=True)

    # Where it may be, and how often it may be sent
    allowed_origins = ArrayField(models.CharField(max_length=200), default=list, blank=True, size=50)
    allowed_redirect_hosts = ArrayField(models.CharField(max_length=200), default=list, blank=True, size=50)
    per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )

    # Where its leads go
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, db_index=False
    )
    lead_source = models.ForeignKey(
        LeadSource, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, db_index=False
    )

    objects = FormQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["account", "id"], name="form_in_account")]

    def __str__(self) -> str:
        return self.name


class UsedFormToken(models.Model):
    """A token of a form that a submission came with: for a day, it is good for no other."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    token_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "token_hash"], name="form_token_once")]

    def __str__(self) -> str:
        return f"{self.used_at:%Y-%m-%d %H:%M}"


class Escaped(Func):
    """Bytes as text that is never malformed: what is no ASCII in octal digits."""

    template = "lower(encode(%(expressions)s, 'escape') COLLATE \"C\")"
    output_field = models.TextField()


class LikeAny(Func):
    """Whether a text is like one of several patterns; the text is made once, however many they are."""

    template, arg_joiner = "%(expressions)s)", " LIKE ANY("
    output_field = models.BooleanField()


OPEN = Q(resolved_at=None)
# So long a payload is kept that was dealt with.
RESOLVED_DAYS = 30
# Bytes of a payload that are read where many are shown.
HEAD = 2000


class QuarantineQuerySet(TenantQuerySet["QuarantinedLead"]):
    def open(self) -> Self:
        """Those that nobody has dealt with."""
        return self.filter(OPEN)

    def over(self, *, now: datetime) -> Self:
        """Those that were kept long enough."""
        waiting = Q(OPEN, created_at__lt=now - timedelta(days=settings.QUARANTINE_DAYS))
        return self.filter(waiting | Q(resolved_at__lt=now - timedelta(days=RESOLVED_DAYS)))

    def search(self, words: str) -> Self:
        """Those whose payload has these words, as JSON or a form writes them; capitals or not, in ASCII."""
        return self.filter(LikeAny(Escaped("payload"), Value(patterns(words), ArrayField(models.TextField()))))

    def with_heads(self) -> Self:
        """Instead of the payload, which may be a megabyte: `head`, how it begins, and `size`, how many bytes it has."""
        head = Substr("payload", 1, HEAD, output_field=models.BinaryField())
        return self.defer("payload").annotate(head=head, size=Length("payload"))


class QuarantinedLead(models.Model):
    """What a known source or a public form sent and we refused, as it came, with the reason: so nothing is lost.

    Dealt with, it is resolved: it became a lead after all, or somebody discarded it.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    lead_source = models.ForeignKey(
        LeadSource, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    form = models.ForeignKey(
        Form, models.PROTECT, null=True, editable=False, related_name="+", db_constraint=False, db_index=False
    )
    door = models.CharField(max_length=10)
    code = models.CharField(max_length=40)
    reason = models.TextField()
    content_type = models.CharField(max_length=255, blank=True)
    payload = models.BinaryField()
    request_id = models.CharField(max_length=128, blank=True)
    remote_addr = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True, help_text="Why it was discarded.")
    # What was sent goes with the lead that it became, when that is removed for good.
    lead = models.ForeignKey(
        Lead, models.CASCADE, null=True, editable=False, related_name="+", db_constraint=False, db_index=False
    )

    objects = QuarantineQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "quarantined lead"
        indexes = [
            models.Index(fields=["account", "id"], name="quarantine_of_account"),
            models.Index(fields=["account", "id"], condition=OPEN, name="quarantine_open"),
            models.Index(fields=["account", "lead_source", "created_at"], name="quarantine_of_source"),
            models.Index(
                fields=["account", "form", "created_at"], condition=Q(form__isnull=False), name="quarantine_of_form"
            ),
            models.Index(fields=["lead"], condition=Q(lead__isnull=False), name="quarantine_of_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.code.replace('_', ' ').capitalize()}, {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None
