"""The console's forms for one's own log-in."""

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from accounts.actors import current
from accounts.logins import TooManyAttempts, counted
from accounts.models import User
from teams.members import reset_password


class LoginForm(AuthenticationForm):
    """The console's log-in fails as seldom as that of the account door; the two count together."""

    request: Any

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        if not (name and self.cleaned_data.get("password")):
            return super().clean()
        try:
            with counted(name, address=self.request.info.address):
                return super().clean()
        except TooManyAttempts as error:
            message = error.message[0].upper() + error.message[1:] + "."
            raise ValidationError(message, code=error.code) from error


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """A new password of one's own ends one's log-ins at the account door, as an administrator's reset does."""

    user: User

    def save(self, commit: bool = True) -> User:
        reset_password(self.user, actor=current.get(), password=self.cleaned_data["new_password1"])
        self.user.refresh_from_db(fields=["password"])
        return self.user
