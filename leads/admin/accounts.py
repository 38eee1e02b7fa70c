"""The accounts' pages, where an account that is let in again has its leads' clocks go on."""

from django.contrib import admin

from accounts.admin.tenants import AccountAdmin
from accounts.models import Account
from leads.resuming import resume


@admin.register(Account)
class AccountPage(AccountAdmin):
    resumes = staticmethod(resume)
