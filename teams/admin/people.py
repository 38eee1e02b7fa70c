"""The people themselves, whom platform administrators add and change."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm

from accounts.models import Membership, User
from accounts.roles import Right
from leadhub.lib.admin import TenantAdmin, badge, moment, page_with, shown_once
from teams.members import reset_password
from teams.users import add_user, change_user

GIVEN_ONCE = "Hand it over by a safe way, and ask for it to be changed after the first log-in."


class UserForm(forms.ModelForm):
    desk: Any = None

    class Meta:
        model = User
        fields = ["email", "name", "is_platform_admin", "is_active"]

    def clean_is_active(self) -> bool:
        if not self.cleaned_data["is_active"] and self.instance == self.desk.user:
            raise forms.ValidationError("You would shut yourself out.")
        return bool(self.cleaned_data["is_active"])

    def clean_is_platform_admin(self) -> bool:
        if not self.cleaned_data["is_platform_admin"] and self.instance == self.desk.user:
            raise forms.ValidationError("Another administrator has to take this from you.")
        return bool(self.cleaned_data["is_platform_admin"])


@admin.register(User)
class UserAdmin(TenantAdmin):
    """People are global: only a platform administrator adds or changes one. Others know those of their account."""

    view_right = Right.MANAGE_ACCOUNT
    form = UserForm
    list_display = ["email", "name", "stands", "is_active", "logged_in", "created"]
    list_filter = [("is_platform_admin", BooleanRadioFilter), ("is_active", BooleanRadioFilter)]
    search_fields = ["email", "name"]
    ordering = ["email"]
    actions_detail = ["set_password", "generate_password"]
    answers_once = True

    def rows(self, request: Any) -> QuerySet[User]:
        return User.objects.all() if request.desk.is_platform_admin else self.known(request)

    def known(self, request: Any) -> QuerySet[User]:
        return User.objects.filter(pk__in=Membership.objects.for_account(request.account).values("user"))

    def choices(self, request: Any) -> QuerySet[User]:
        members = Membership.objects.for_account(request.account).active()
        return User.objects.filter(pk__in=members.values("user")).order_by("email")

    def may_choose(self, request: Any) -> bool:
        return bool(request.desk.allows(Right.VIEW_TEAMS))

    def get_fieldsets(self, request: Any, obj: User | None = None) -> Any:
        fields = ["email", "name", "is_platform_admin"]
        return [(None, {"fields": [*fields, "is_active", "logged_in", "created"] if obj else fields})]

    def get_readonly_fields(self, request: Any, obj: User | None = None) -> list[str]:
        return ["logged_in", "created"] if obj else []

    def has_add_permission(self, request: Any) -> bool:
        return bool(request.desk.is_platform_admin)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.desk.is_platform_admin)

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        if not change:
            given = form.cleaned_data
            made, request.password = add_user(
                email=given["email"],
                name=given["name"],
                is_platform_admin=given["is_platform_admin"],
                actor=request.actor,
            )
            obj.pk = made.pk
            return
        change_user(obj, {name: getattr(obj, name) for name in self.changed_fields(form)}, actor=request.actor)

    def response_add(self, request: Any, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        return shown_once(request, self, title=f"Password of {obj}", secret=request.password, notes=[GIVEN_ONCE])

    @action(description="Set password", url_path="password", permissions=["change"], icon="lock")
    def set_password(self, request: Any, object_id: str) -> HttpResponse:
        user = self.asked_for(request, object_id)
        form = AdminPasswordChangeForm(user, request.POST or None)
        form.fields.pop("usable_password", None)
        if request.method != "POST" or not form.is_valid():
            context = {"form": form, "original": user, "title": f"Password of {user}"}
            return page_with(request, self, "admin/auth/user/change_password.html", **context)
        reset_password(user, actor=request.actor, password=form.cleaned_data["password1"])
        self.keep_own_session(request, user)
        messages.success(request, f"{user} has the new password.")
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))

    @action(description="Generate password", url_path="generate", permissions=["change"], icon="password")
    def generate_password(self, request: Any, object_id: str) -> HttpResponse:
        user = self.asked_for(request, object_id)
        title = f"Password of {user}"
        if request.method != "POST":
            back = reverse("admin:accounts_user_change", args=[user.pk])
            question = "The present password ends now, and so do the log-ins that were opened with it."
            return page_with(
                request, self, "console/confirm.html", title=title, question=question, verb="Generate", back=back
            )
        password = reset_password(user, actor=request.actor)
        self.keep_own_session(request, user)
        return shown_once(request, self, title=title, secret=password, notes=[GIVEN_ONCE])

    def asked_for(self, request: Any, object_id: str) -> User:
        user: User | None = self.get_object(request, object_id)
        if user is None:
            raise Http404
        return user

    def keep_own_session(self, request: Any, user: User) -> None:
        if user.pk == request.user.pk:
            user.refresh_from_db(fields=["password"])
            update_session_auth_hash(request, user)

    @display(description="platform")
    def stands(self, user: User) -> SafeString | str:
        return badge("administrator", "info") if user.is_platform_admin else ""

    @display(description="last log-in", ordering="last_login")
    def logged_in(self, user: User) -> str:
        return moment(user.last_login) or "never"

    @display(description="created", ordering="created_at")
    def created(self, user: User) -> str:
        return moment(user.created_at)
