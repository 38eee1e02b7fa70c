from dataclasses import asdict
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import InvalidPage
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from unfold.sites import UnfoldAdminSite

from accounts.roles import Right
from accounts.working import Desk, accounts_open_to, choose_account
from intake.models import QuarantinedLead
from leadhub.forms import LoginForm, OwnPasswordForm
from leadhub.lib import onceonly
from leadhub.lib.admin import ChoicesView, TenantAdmin
from leadhub.middleware import CHOSEN_ACCOUNT
from leads.bell import bell
from leads.models import Lead, LeadStatus

# Counting stops here: a number that nobody reads to the end is not worth a pass over the table.
ENOUGH = 1000
LISTED = 100


class ConsoleSite(UnfoldAdminSite):
    """The Leads page console: every page is a TenantAdmin, and shows the account its visitor works in."""

    index_title = "Overview"
    index_template = "console/index.html"
    login_form = LoginForm
    password_change_form = OwnPasswordForm

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Takes our own pages; those that libraries bring know no tenant, and are left out."""
        if admin_class is not None and issubclass(admin_class, TenantAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: Any) -> bool:
        """An account must be open to the visitor; a platform administrator comes in to make the first one."""
        desk = request.desk
        return desk.user is not None and (desk.account is not None or desk.is_platform_admin)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # "View on site" looks up any row of any tenant by its id, and answers differently when there is one.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        own = [
            path("switch/", self.admin_view(self.switch_account), name="switch_account"),
            path("secret/", self.admin_view(require_GET(self.secret)), name="secret"),
        ]
        return [*own, *urls]

    def password_change(self, request: Any, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        # Unfold's own page has a form of its own, whatever the site names.
        return super(UnfoldAdminSite, self).password_change(request, extra_context)

    def search(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        try:
            return super().search(request, extra_context)
        except InvalidPage:
            raise Http404 from None

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return ChoicesView.as_view(admin_site=self)(request)

    def each_context(self, request: Any) -> dict[str, Any]:
        user = request.desk.user
        accounts = accounts_open_to(user).order_by("name", "pk")[:9] if user else []
        # Counted when the page is written, and only there: opening a lead marks what was told of it as read.
        own = {"desk": request.desk, "open_accounts": accounts, "bell": partial(bell, request.desk)}
        return super().each_context(request) | own

    def index(self, request: Any, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        leads = self._registry[Lead].get_queryset(request)
        desk = request.desk
        # The quarantine is one account's, also for whom the leads of all are shown.
        may_see = desk.account and desk.allows(Right.VIEW_ALL_LEADS) and (desk.is_chosen or not desk.is_platform_admin)
        kept = {"kept": counted(kept_open(desk))} if may_see else {}
        more = {"sees_all": desk.allows(Right.VIEW_ALL_LEADS), "next_steps": next_steps(desk)}
        context = overview(leads) | kept | more | (extra_context or {})
        return super().index(request, context)

    def secret(self, request: Any) -> HttpResponse:
        """A secret that was just made; who comes a second time learns that it was shown."""
        shown = onceonly.taken(request)
        context = self.each_context(request) | (asdict(shown) if shown else {"title": "Shown once"})
        response = TemplateResponse(request, "console/secret.html", context, status=200 if shown else 410)
        response.delete_cookie(onceonly.COOKIE, path=reverse("admin:secret"), samesite="Strict")
        return response

    def switch_account(self, request: Any) -> HttpResponse:
        """Lists the accounts that are open to the visitor, and takes his choice."""
        if request.method == "POST":
            return self.take_choice(request)
        wanted = request.GET.get("q", "").replace("\0", "").strip()
        accounts = accounts_open_to(request.user).filter(name__icontains=wanted).order_by("name", "pk")
        context = {"title": "Choose an account", "accounts": accounts[:LISTED], "wanted": wanted}
        return TemplateResponse(request, "console/switch.html", self.each_context(request) | context)

    def take_choice(self, request: Any) -> HttpResponse:
        account = choose_account(request.user, request.POST.get("account", ""), actor=request.actor)
        if account is None:
            messages.error(request, "There is no such account.")
            return HttpResponseRedirect(reverse("admin:switch_account"))
        request.session[CHOSEN_ACCOUNT] = account.pk
        messages.success(request, f"You now work in {account}.")
        return HttpResponseRedirect(reverse("admin:index"))


def overview(leads: QuerySet[Lead]) -> dict[str, Any]:
    """What the first page shows of the leads its visitor may see."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    recent = leads.select_related("owner", "lead_source", "duplicate_of")[:10]
    return {
        "today": counted(leads.filter(created_at__gte=today)),
        "today_date": today.date().isoformat(),
        "new": counted(leads.filter(status=LeadStatus.NEW)),
        "unassigned": counted(leads.filter(owner=None, archived_at=None)),
        "duplicates": counted(leads.filter(created_at__gte=today).exclude(duplicate_of=None)),
        "recent": list(recent),
    }


def kept_open(desk: Desk) -> QuerySet[QuarantinedLead]:
    """What was refused in the account, and nobody has dealt with."""
    kept = QuarantinedLead.objects
    return kept.for_account(desk.account).filter(resolved_at=None)


STEPS = [
    (Right.MANAGE_ACCOUNT, "key", "Issue a key", "For the program that sends leads.", "admin:accounts_apikey_add"),
    (Right.MANAGE_ACCOUNT, "person_add", "Add a member", "By e-mail, with a role.", "admin:accounts_membership_add"),
    (Right.MANAGE_TEAMS, "autorenew", "Order the rotation", "Who takes turns.", "admin:teams_rotation_changelist"),
    (Right.MANAGE_TEAMS, "input", "Add a source", "A vendor or a campaign.", "admin:teams_leadsource_add"),
]


def next_steps(desk: Desk) -> list[dict[str, str]]:
    return [
        {"icon": icon, "title": title, "text": text, "href": reverse(page)}
        for right, icon, title, text, page in STEPS
        if desk.account and desk.allows(right)
    ]


def counted(rows: QuerySet[Any]) -> str:
    number = rows.order_by()[: ENOUGH + 1].count()
    return f"{ENOUGH:,}+" if number > ENOUGH else f"{number:,}"
