"""A member's days off, as rows on his page: they belong to the person in the account, not to the membership's row."""

from functools import partial
from typing import Any

from django.contrib.admin.checks import InlineModelAdminChecks
from django.contrib.admin.utils import flatten_fieldsets
from django.forms.models import BaseModelFormSet, modelformset_factory

from accounts.models import DayOff, Membership
from accounts.roles import Right
from leadhub.lib.admin import TenantForm, TenantInline
from teams.calendar import save_day_off


class DaysOff(BaseModelFormSet):
    """The rows of one member."""

    def __init__(self, *, instance: Membership, queryset: Any, save_as_new: bool = False, **kwargs: Any) -> None:
        self.instance = instance
        super().__init__(queryset=queryset.filter(user=instance.user_id), **kwargs)

    @classmethod
    def get_default_prefix(cls) -> str:
        return "days_off"

    def save_new(self, form: Any, commit: bool = True) -> Any:
        form.instance.account_id, form.instance.user_id = self.instance.account_id, self.instance.user_id
        return save_day_off(form.save(commit=False))

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        return save_day_off(form.save(commit=False))


class DayOffForm(TenantForm):
    class Meta:
        model = DayOff
        fields = ["first_date", "last_date", "note"]


class DayOffChecks(InlineModelAdminChecks):
    """Django's, without the foreign key from row to page that these have not."""

    def _check_exclude_of_parent_model(self, obj: Any, parent_model: Any) -> list[Any]:
        return []

    def _check_relation(self, obj: Any, parent_model: Any) -> list[Any]:
        return []


class DayOffInline(TenantInline):
    model = DayOff
    form = DayOffForm
    formset = DaysOff
    checks_class = DayOffChecks
    view_right = change_right = Right.MANAGE_ACCOUNT
    fields = ["first_date", "last_date", "note"]
    verbose_name, verbose_name_plural = "day off", "days off, the first and the last included"

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        formset = modelformset_factory(
            self.model,
            form=self.form,
            formset=self.formset,
            fields=flatten_fieldsets(self.get_fieldsets(request, obj)),
            formfield_callback=partial(self.formfield_for_dbfield, request=request),
            extra=self.get_extra(request, obj),
            can_delete=self.has_delete_permission(request, obj),
        )
        formset.form.account = request.account
        return formset
