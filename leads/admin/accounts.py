"""The accounts' pages, where an account that is let in again has its leads' clocks go on."""

from typing import Any

from django.contrib import admin

from accounts.admin.tenants import AccountAdmin
from accounts.models import Account
from leads.resuming import resume
from teams.founding import open_account
from teams.settling import change_account


@admin.register(Account)
class AccountPage(AccountAdmin):
    resumes = staticmethod(resume)

    def save_model(self, request: Any, obj: Account, form: Any, change: bool) -> None:
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
            change_account(obj, changed)
            return
        obj.pk, obj._state.adding = open_account(form.cleaned_data).pk, False
