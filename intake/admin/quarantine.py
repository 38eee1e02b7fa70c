"""The quarantine: what was refused, with the reason; run again once it can be taken, or discarded."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import Action, ActionLocation
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.roles import Right
from intake.models import QuarantinedLead, QuarantineQuerySet
from intake.payloads import beginning, plain, readable, shortened
from intake.quarantine import Report, discard, discard_each, rerun_each
from intake.rerunning import start_runs
from leadhub.lib.admin import TenantAdmin, badge, link, moment, page_with
from leadhub.lib.errors import DomainError
from leadhub.lib.filters import ChosenFilter, DaysFilter
from leadhub.lib.transactions import run

# So many at a time: each is taken in by itself, and somebody waits for the report; more are a job's.
MOST, MOST_BY_JOB = 200, 10_000
LATEST = 1000
# Letters of a payload in the list: enough to see whose it is.
SENT = 100


class ResolvedFilter(SimpleListFilter):
    """Those that nobody has dealt with, unless told otherwise."""

    title = "state"
    parameter_name = "resolved"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Resolved"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.exclude(resolved_at=None) if self.value() == "yes" else queryset.filter(resolved_at=None)

    def choices(self, changelist: Any) -> Any:
        offered = [(None, "Open"), *self.lookup_choices]
        for value, title in offered:
            query = changelist.get_query_string({self.parameter_name: value} if value else {}, [self.parameter_name])
            yield {"selected": self.value() == value, "query_string": query, "display": title}


class CodeFilter(SimpleListFilter):
    title = "reason"
    parameter_name = "code"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        # Of the latest alone: to look for every code that ever was, all rows would be read.
        latest = model_admin.rows(request).order_by("-account_id", "-pk").values_list("code", flat=True)[:LATEST]
        return [(code, code.replace("_", " ")) for code in sorted({*latest, *filter(None, [self.value()])})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(code=self.value()) if self.value() else queryset


class DiscardForm(forms.Form):
    note = forms.CharField(
        label="Why",
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget({"placeholder": "Kept with the payload"}),
    )


@admin.register(QuarantinedLead)
class QuarantineAdmin(TenantAdmin):
    """What a source or a form sent and we refused, with the reason."""

    titled = "Quarantine"
    is_long = True
    view_right, work_right = Right.VIEW_ALL_LEADS, Right.MANAGE_TEAMS
    list_display = ["when", "came_by", "reason_code", "why", "sent", "state"]
    list_display_links = ["when"]
    list_filter = [
        ResolvedFilter,
        CodeFilter,
        ("lead_source", ChosenFilter),
        ("form", ChosenFilter),
        ("created_at", DaysFilter),
    ]
    search_fields = ["payload"]
    search_help_text = "Any part of what was sent, such as an e-mail"
    list_select_related = ["lead_source", "form"]
    sortable_by = ["when"]
    ordering = ["-pk"]
    change_form_template = "console/quarantined.html"
    empty_hint = "Nothing is waiting here. When a source or a form sends what cannot be taken, it is kept as it came."

    def may_work(self, request: Any) -> bool:
        return request.account is not None and bool(request.desk.allows(self.work_right))

    def rows(self, request: Any) -> QuerySet[Any]:
        # A page of payloads may be a hundred megabytes; whoever opens one reads it whole.
        return cast(QuarantineQuerySet, super().rows(request)).with_heads()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        words = search_term.strip()
        return queryset.search(words) if words else queryset, False

    # --- many ---

    def get_actions(
        self, request: Any, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Action]:
        if action_location != ActionLocation.CHANGE_LIST or not self.may_work(request):
            return {}
        return {name: Action(work, name, label, label, [action_location]) for name, (label, work) in VERBS.items()}

    def get_action_choices(
        self, request: Any, default_choices: Any = None, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> list[tuple[str, str]]:
        offered = self.get_actions(request, action_location)
        return [("", "Choose what to do"), *((name, VERBS[name][0]) for name in offered)] if offered else []

    # --- one ---

    def get_urls(self) -> list[URLPattern]:
        named: list[tuple[str, Callable[..., None]]] = [("run", self.run_again), ("discard", self.discard)]
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(partial(self.worked, work=work)),
                name=f"intake_quarantinedlead_{name}",
            )
            for name, work in named
        ]
        return own + super().get_urls()

    def worked(self, request: Any, object_id: str, *, work: Callable[..., None]) -> HttpResponse:
        """A button of the row's page; what came of it is said there."""
        if not self.may_work(request):
            raise PermissionDenied
        kept = self.get_object(request, object_id)
        if kept is None:
            raise Http404
        if request.method == "POST":
            work(request, kept)
        return HttpResponseRedirect(self.filtered(request, row_page(kept.pk)))

    def run_again(self, request: Any, kept: QuarantinedLead) -> None:
        [report] = rerun_each(request.account, [kept.pk], actor=request.actor)
        _, said = outcome(report)
        (messages.success if report.is_taken_in else messages.error)(request, said)

    def discard(self, request: Any, kept: QuarantinedLead) -> None:
        form = DiscardForm(request.POST)
        if not form.is_valid():
            messages.error(request, str(form.errors["note"][0]))
            return
        note = form.cleaned_data["note"]
        try:
            run(lambda: discard(request.account, kept.pk, note=note, actor=request.actor))
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "Discarded.")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Nothing is edited here: the template tells the row.
        return []

    def render_change_form(self, request: Any, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        kept = kwargs.get("obj") or context["original"]
        payload = bytes(kept.payload)
        text, raw = readable(payload, kept.content_type), shortened(plain(payload))
        context |= {
            "kept": kept,
            "state": self.state(kept),
            "told": told(kept),
            "payload": text,
            "raw": raw if raw != text else "",
            "may_work": self.may_work(request) and kept.is_open,
            "discard_form": DiscardForm(),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- columns ---

    @display(description="when", ordering="pk")
    def when(self, kept: QuarantinedLead) -> str:
        return moment(kept.created_at)

    @display(description="source or form")
    def came_by(self, kept: QuarantinedLead) -> str:
        return str(kept.lead_source or kept.form or "")

    @display(description="code")
    def reason_code(self, kept: QuarantinedLead) -> str:
        return kept.code.replace("_", " ")

    @display(description="reason")
    def why(self, kept: QuarantinedLead) -> str:
        return kept.reason if len(kept.reason) <= 120 else kept.reason[:120] + "…"

    @display(description="what was sent")
    def sent(self, kept: Any) -> str:
        return in_short(kept.head)

    @display(description="state")
    def state(self, kept: QuarantinedLead) -> SafeString:
        if kept.is_open:
            return badge("open", "warning")
        return badge("taken in", "success") if kept.lead_id else badge("discarded")


def run_chosen(page: Any, request: Any, chosen: QuerySet[QuarantinedLead]) -> HttpResponse | None:
    """Run the chosen rows again, and tell of each what came of it; many of them by a job."""
    ids = ids_of(request, chosen, most=MOST_BY_JOB)
    if ids is None:
        return None
    if len(ids) > MOST:
        job = run(lambda: start_runs(request.account, ids, actor=request.actor))
        return HttpResponseRedirect(reverse("admin:accounts_job_change", args=[job.pk]))
    reports = rerun_each(request.account, ids, actor=request.actor)
    taken = sum(report.is_taken_in for report in reports)
    title = f"Run again: {taken} of {len(reports)} taken in"
    lines = [line(report) for report in reports]
    return page_with(
        request, page, "console/quarantine_report.html", title=title, lines=lines, back=request.get_full_path()
    )


def discard_chosen(page: Any, request: Any, chosen: QuerySet[QuarantinedLead]) -> None:
    """Discard the chosen rows; what somebody else dealt with meanwhile stays as it is."""
    ids = ids_of(request, chosen, most=MOST)
    if ids is not None:
        done = discard_each(request.account, ids, actor=request.actor)
        messages.success(request, f"{done} of {len(ids)} discarded.")


def ids_of(request: Any, chosen: QuerySet[QuarantinedLead], *, most: int) -> list[int] | None:
    """The chosen rows' ids, the oldest first; None, and a word about it, where they are too many."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: most + 1])
    if len(ids) <= most:
        return ids
    messages.error(request, f"At most {most:,} at a time; narrow the list, and repeat it.")
    return None


VERBS: dict[str, tuple[str, Callable[..., HttpResponse | None]]] = {
    "run": ("Run again", run_chosen),
    "discard": ("Discard", discard_chosen),
}


def line(report: Report) -> dict[str, Any]:
    word, said = outcome(report)
    return {
        "page": row_page(report.payload_id),
        "sent": in_short(bytes(report.kept.payload)) if report.kept else report.payload_id,
        "badge": badge(word, "success" if report.is_taken_in else "warning"),
        "said": said,
        "lead": lead_page(report.kept) if report.kept else "",
    }


def in_short(payload: bytes) -> str:
    """How a payload begins, in one line."""
    text = " ".join(beginning(payload[: SENT * 4]).split())
    return text if len(text) <= SENT else text[:SENT] + "…"


def outcome(report: Report) -> tuple[str, str]:
    """In a word, and in a sentence."""
    if report.kept is None:
        return "not run", report.error.message if report.error else ""
    if report.is_taken_in:
        return "taken in", "It is a lead now, or came to one that was known."
    return "refused", f"Refused again: {report.kept.reason}"


def row_page(pk: int) -> str:
    return reverse("admin:intake_quarantinedlead_change", args=[pk])


def lead_page(kept: QuarantinedLead) -> str:
    return reverse("admin:leads_lead_change", args=[kept.lead_id]) if kept.lead_id else ""


def told(kept: QuarantinedLead) -> Sequence[tuple[str, Any]]:
    """What the row's page says of it, without the empty ones."""
    source = kept.lead_source
    lines = [
        ("Reason", kept.reason),
        ("Code", kept.code),
        ("Source", link(reverse("admin:teams_leadsource_change", args=[source.pk]), source) if source else ""),
        ("Form", link(reverse("admin:intake_form_change", args=[kept.form_id]), kept.form) if kept.form else ""),
        ("Door", kept.door),
        ("Came", moment(kept.created_at)),
        ("From", kept.remote_addr or ""),
        ("Content type", kept.content_type),
        ("Request", kept.request_id),
        ("Lead", link(lead_page(kept), "Open the lead") if kept.lead_id else ""),
        ("Resolved", moment(kept.resolved_at)),
        ("By", kept.resolved_by.email if kept.resolved_by else ""),
        ("Note", kept.note),
    ]
    return [(label, value) for label, value in lines if value]
