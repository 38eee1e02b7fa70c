from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from accounts.models import User
from accounts.roles import Right
from leadhub.lib.admin import badge, link, moment
from leadhub.lib.filters import ChosenFilter, DaysFilter
from leads.admin.clock import first_contact
from leads.admin.groups import email, groups
from leads.admin.verbs import Verb
from leads.admin.working import LeadVerbs
from leads.decisions import decisions_of
from leads.models import Lead, LeadQuerySet, LeadStatus, Notice
from leads.models.lead import HELD
from leads.timeline import Moment, named_ids, tell, why
from leads.trail import entries_of
from teams.models import LeadSource, Team

TONES = {
    LeadStatus.NEW: "info",
    LeadStatus.CONTACTED: "warning",
    LeadStatus.QUALIFIED: "primary",
    LeadStatus.CONVERTED: "success",
    LeadStatus.LOST: "danger",
}
# Of a lead that is sent again and again, the latest tell enough.
TOLD = 100
# The view that a platform administrator has beyond the account he works in.
EVERYWHERE = "everywhere"
NOT_YOURS_YET = "No lead is yours yet. When one comes to you, the bell above tells you, and it is listed here."
QUIET = '<span class="lh-quiet">{}</span>'


class ShownFilter(DropdownFilter):
    title = "view"
    parameter_name = "show"
    LOOKUPS = [
        ("mine", "Mine"),
        ("unassigned", "Unassigned"),
        ("held", "Held"),
        ("primaries", "First leads"),
        ("duplicates", "Duplicates"),
        ("archived", "Archived"),
    ]

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [*self.LOOKUPS, (EVERYWHERE, "All accounts")] if request.desk.is_platform_admin else self.LOOKUPS

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        wanted: dict[str | None, Q] = {
            "mine": Q(owner=request.user),
            "unassigned": Q(owner=None, archived_at=None),
            "held": HELD,
            "primaries": Q(duplicate_of=None),
            "duplicates": Q(duplicate_of__isnull=False),
            "archived": Q(archived_at__isnull=False),
        }
        return queryset.filter(wanted.get(self.value(), Q()))


@admin.register(Lead)
class LeadAdmin(LeadVerbs):
    """The Leads page. It looks at leads; what changes them are the verbs of leads, each with its own button."""

    view_right = Right.VIEW_LEADS
    is_long = True
    list_display = ["name", "mail", "company_name", "source", "standing", "owner_name", "created"]
    list_display_links = ["name"]
    list_filter = [
        ShownFilter,
        ("status", ChoicesDropdownFilter),
        ("lead_source", ChosenFilter),
        ("team", ChosenFilter),
        ("owner", ChosenFilter),
        ("created_at", DaysFilter),
    ]
    list_select_related = ["account", "owner", "rotation", "lead_source", "duplicate_of"]
    list_fullwidth = True
    list_before_template = "console/lead_views.html"
    search_fields = ["search"]
    search_help_text = "Any part of name, e-mail, company or phone"
    sortable_by = ["created"]
    ordering = ["-pk"]
    change_form_template = "console/lead.html"
    empty_hint = (
        "No leads yet. Issue a key, copy a curl call from the API's pages at /api/docs, and send the first one."
    )

    def is_everywhere(self, request: Any) -> bool:
        """Whether leads of all accounts are shown: to a platform administrator, where he chose no account or says so.

        A lead's own page opens for him wherever he works: the list of all accounts leads there.
        """
        match = request.resolver_match
        one_lead = match is not None and "object_id" in match.kwargs
        asked = request.GET.get("show") == EVERYWHERE
        return request.desk.is_platform_admin and (asked or one_lead or not request.desk.is_chosen)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        shown = list(self.list_display)
        if self.is_everywhere(request):
            shown.insert(shown.index("source"), "account_name")
        return shown

    def get_list_filter(self, request: Any) -> list[Any]:
        """Sources, teams and owners to choose from are one account's: beyond it, only one in use is offered."""
        if not self.is_everywhere(request):
            return self.list_filter
        return [each for each in self.list_filter if not is_of_account(each) or is_used(each, request.GET)]

    def rows(self, request: Any) -> QuerySet[Lead]:
        """Those that are not deleted; of these, an agent's own."""
        return Lead.objects.live() if self.is_everywhere(request) else self.workable(request)

    def workable(self, request: Any) -> LeadQuerySet:
        """Those of the account one works in: leads of another are looked at, and changed after going there."""
        rows = Lead.objects.listed_for(request.account).live() if request.account else Lead.objects.none()
        return rows.visible_to(request.user, may=request.desk.allows)

    def in_its_account(self, request: Any, ordering: list[Any]) -> list[Any]:
        return ordering if self.is_everywhere(request) else super().in_its_account(request, ordering)

    def verbs_for(self, request: Any) -> list[Verb]:
        is_list = "object_id" not in request.resolver_match.kwargs
        return [] if is_list and self.is_everywhere(request) else super().verbs_for(request)

    def get_queryset(self, request: Any) -> QuerySet[Lead]:
        # Whether the primary of a duplicate may be opened: an agent's colleague may have it.
        return super().get_queryset(request).annotate(sees_all=Value(request.desk.allows(Right.VIEW_ALL_LEADS)))

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Who sees his own leads alone finds nobody's nowhere.
        sees_all = {"sees_all": request.desk.allows(Right.VIEW_ALL_LEADS)}
        return super().changelist_view(request, sees_all | (extra_context or {}))

    def hint(self, request: Any) -> str:
        return self.empty_hint if request.desk.allows(Right.VIEW_ALL_LEADS) else NOT_YOURS_YET

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Nothing is edited here, and Django's way of showing a value leaves no value out.
        return []

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        lead = kwargs.get("obj") or context["original"]
        Notice.objects.for_account(lead.account_id).filter(user=request.user, lead=lead).mark_read()
        timeline = self.timeline(request, lead)
        context |= {
            "lead": lead,
            "standing": self.where_it_stands(request, lead),
            "groups": groups(lead),
            "timeline": timeline,
            "offers": self.offers(request, lead),
            "is_elsewhere": lead.account_id != (request.account and request.account.pk),
            **latest_decision(lead, timeline),
            "may_see_requests": request.desk.allows(Right.VIEW_AUDIT),
            "email": email(lead) if lead.email else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def timeline(self, request: Any, lead: Lead) -> list[Moment]:
        entries = entries_of(lead, most=TOLD)[::-1]
        ids = named_ids(entries)
        people = User.objects.filter(memberships__account=lead.account_id)
        known: dict[str, Any] = {
            "owner": (people, "email"),
            "created_by": (people, "email"),
            "team": (Team.objects.for_account(lead.account_id), "name"),
            "lead_source": (LeadSource.objects.for_account(lead.account_id), "name"),
        }
        names = {
            name: dict(rows.filter(pk__in=ids[name]).values_list("pk", column))
            for name, (rows, column) in known.items()
            if ids.get(name)
        }
        return [tell(entry, names) for entry in entries]

    def where_it_stands(self, request: Any, lead: Lead) -> list[tuple[str, str]]:
        duplicates = self.rows(request).filter(duplicate_of=lead).order_by("-pk")[:20]
        owner, team, source = lead.owner, lead.team, lead.lead_source
        # What belongs to another account than the one worked in has no page to lead to.
        linked = link if request.account and lead.account_id == request.account.pk else unlinked
        told = [
            ("Account", lead.account.name if self.is_everywhere(request) else ""),
            ("Status", self.standing(lead)),
            ("Owner", linked(leads_page("owner", owner.pk), owner) if owner else "Nobody yet"),
            ("Team", linked(page("teams_team", team.pk), team) if team else ""),
            ("Source", linked(page("teams_leadsource", source.pk), source) if source else ""),
            ("Rotation", self.rotation(lead, linked)),
            ("First contact", first_contact(lead, now=timezone.now())),
            ("Passed on", times(len(lead.had_by))),
            ("Duplicate of", self.primary(request, lead)),
            ("Its duplicates", named_leads(duplicates)),
        ]
        return [(label, value) for label, value in told if value]

    def rotation(self, lead: Lead, linked: Any) -> SafeString | str:
        if lead.rotation is None:
            return ""
        named = linked(page("teams_rotation", lead.rotation.pk), lead.rotation)
        return named if lead.owner_id else format_html("{} {}", named, badge("held: nobody eligible", "warning"))

    def primary(self, request: Any, lead: Lead) -> SafeString | str:
        if lead.duplicate_of is None:
            return ""
        seen = self.rows(request).filter(pk=lead.duplicate_of.pk).exists()
        opened = link(page("leads_lead", lead.duplicate_of.pk), lead.duplicate_of)
        return opened if seen else "another lead of this person"

    @display(description="name")
    def name(self, lead: Lead) -> str:
        return str(lead)

    @display(description="e-mail")
    def mail(self, lead: Lead) -> str:
        return lead.email

    @display(description="company")
    def company_name(self, lead: Lead) -> str:
        return lead.company

    @display(description="account")
    def account_name(self, lead: Lead) -> str:
        return lead.account.name

    @display(description="source")
    def source(self, lead: Lead) -> str:
        return lead.origin

    @display(description="status")
    def standing(self, lead: Any) -> SafeString:
        badges = [badge(lead.get_status_display(), TONES[LeadStatus(lead.status)])]
        if lead.duplicate_of:
            seen = lead.sees_all or lead.duplicate_of.owner_id == lead.owner_id
            primary, title = page("leads_lead", lead.duplicate_of_id), f"Duplicate of {lead.duplicate_of}"
            badges.append(badge("Duplicate", href=primary, title=title) if seen else badge("Duplicate"))
        if lead.archived_at:
            badges.append(badge("Archived"))
        elif lead.is_held:
            badges.append(badge("Held", "warning"))
        return format_html_join(" ", "{}", ((each,) for each in badges))

    @display(description="owner")
    def owner_name(self, lead: Lead) -> str | SafeString:
        if lead.owner:
            return lead.owner.name or lead.owner.email
        return format_html(QUIET, f"nobody eligible in {lead.rotation}" if lead.is_held else "nobody")

    @display(description="created", ordering="pk")
    def created(self, lead: Lead) -> str:
        return moment(lead.created_at)


def is_of_account(list_filter: Any) -> bool:
    return isinstance(list_filter, tuple) and list_filter[1] is ChosenFilter


def is_used(list_filter: Any, query: Mapping[str, Any]) -> bool:
    return any(name.startswith(f"{list_filter[0]}__") for name in query)


def page(name: str, pk: Any) -> str:
    return reverse(f"admin:{name}_change", args=[pk])


def leads_page(name: str, pk: Any) -> str:
    return f"{reverse('admin:leads_lead_changelist')}?{name}__id__exact={pk}"


def times(number: int) -> str:
    """How often a lead went on because nobody made contact in time; empty for never."""
    return {0: "", 1: "once, for want of contact"}.get(number, f"{number} times, for want of contact")


def latest_decision(lead: Lead, timeline: Iterable[Moment]) -> dict[str, Any]:
    """Who was chosen last, and why; looked for beyond the timeline where that is full of other things."""
    decision = next((moment for moment in timeline if moment.why), None)
    if decision:
        return {"decision": decision, "why": decision.why}
    kept = next(iter(decisions_of(lead)), None)
    return {"decision": kept, "why": why(kept.routing) if kept else None}


def unlinked(href: str, text: object) -> str:
    return str(text)


def named_leads(leads: Iterable[Lead]) -> SafeString:
    told = ((link(page("leads_lead", lead.pk), lead), moment(lead.created_at)) for lead in leads)
    return format_html_join("", f"<div>{{}} {QUIET}</div>", told)
