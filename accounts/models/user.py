from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from leadhub.lib.columns import set_given
from leadhub.lib.wireids import hex_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_platform_admin=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who works here, known by e-mail; what he may do, his memberships say."""

    email = models.EmailField("e-mail", unique=True, max_length=254)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField("active", default=True)
    is_platform_admin = models.BooleanField(
        "platform administrator", default=False, help_text="Stands above accounts, and works in one at a time."
    )
    wants_bell = models.BooleanField("bell", default=True, help_text="New leads and reminders, in the console.")
    wants_mail = models.BooleanField("e-mail", default=True, help_text="New leads and reminders, by e-mail.")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        ordering = ["email"]
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lowercase")]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    def choose_notices(self, *, bell: bool | None = None, mail: bool | None = None) -> None:
        """Keep how this person wants to be told of leads; what is None stays as it is stored."""
        set_given(self, wants_bell=bell, wants_mail=mail)

    def rename(self, name: str) -> None:
        self.name = name
        self.save(update_fields=["name"])

    @property
    def hex_id(self) -> str:
        return hex_id(self.created_at, self.pk)

    @property
    def is_staff(self) -> bool:
        """Whether the console opens for this person: what it shows depends on the account and the role."""
        return self.is_active and (self.is_platform_admin or self.memberships.active().exists())

    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.is_platform_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own question knows no account; the console asks by role instead (leadhub.lib.admin)."""
        return self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
