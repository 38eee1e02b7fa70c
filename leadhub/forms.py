"""The console's forms for one's own log-in."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from accounts.actors import current
from accounts.logins import TooManyAttempts, counted
from accounts.models import User
from accounts.working import desk_of
from teams.members import reset_password

NO_ACCOUNT = (
    "No account is open to you now: it was suspended, or your place in it ended. Ask whoever manages the account, or "
    "an administrator of this server."
)


class LoginForm(AuthenticationForm):
    """The console's log-in fails as seldom as that of the account door; the two count together."""

    request: Any
    error_messages: ClassVar[dict[str, Any]] = AuthenticationForm.error_messages | {
        "invalid_login": "This e-mail and this password do not belong together. Capitals count in the password."
    }

    def confirm_login_allowed(self, user: Any) -> None:
        """Nothing here: whether an account is open is asked once the password is known to be right."""

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        if not (name and self.cleaned_data.get("password")):
            return super().clean()
        try:
            with counted(name, address=self.request.info.address):
                cleaned = super().clean()
        except TooManyAttempts as error:
            message = error.message[0].upper() + error.message[1:] + "."
            raise ValidationError(message, code=error.code) from error
        # Outside of what is counted: the password was right.
        desk = desk_of(self.get_user())
        if desk.account is None and not desk.is_platform_admin:
            raise ValidationError(NO_ACCOUNT, code="no_account")
        return cleaned


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """A new password of one's own ends one's log-ins at the account door, as an administrator's reset does."""

    user: User

    def save(self, commit: bool = True) -> User:
        reset_password(self.user, actor=current.get(), password=self.cleaned_data["new_password1"])
        self.user.refresh_from_db(fields=["password"])
        return self.user
