"""The console's ways to the verbs of leads: actions on chosen rows, and buttons on a lead's own page."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import Action, ActionLocation
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from leadhub.lib.admin import LOST_RACE, TenantAdmin, page_with
from leadhub.lib.errors import DomainError
from leadhub.lib.transactions import is_unavailability, run
from leads.admin.verbs import VERBS, Given, Verb, told
from leads.locking import lock
from leads.models import Lead, LeadQuerySet

# So many leads at a time: they stay locked together, and one statement writes them.
MOST = 1000


class LeadVerbs(TenantAdmin):
    """A page of leads on which they are worked: only those of the account one works in, and that one sees."""

    def workable(self, request: Any) -> LeadQuerySet:
        raise NotImplementedError

    def verbs_for(self, request: Any) -> list[Verb]:
        return [verb for verb in VERBS.values() if request.account and request.desk.allows(verb.right)]

    def get_actions(
        self, request: Any, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Action]:
        """The verbs as the list's actions; a lead's own page has buttons of its own."""
        verbs = self.verbs_for(request) if action_location == ActionLocation.CHANGE_LIST else []
        return {
            verb.name: Action(partial(act_on_chosen, verb), verb.name, verb.title, verb.title, [action_location])
            for verb in verbs
        }

    def get_action_choices(
        self, request: Any, default_choices: Any = None, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> list[tuple[str, str]]:
        return [("", "Choose what to do"), *((verb.name, verb.title) for verb in self.verbs_for(request))]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{verb.name}/",
                self.admin_site.admin_view(partial(self.verb_view, verb=verb)),
                name=f"leads_lead_{verb.name}",
            )
            for verb in VERBS.values()
        ]
        return own + super().get_urls()

    def verb_view(self, request: Any, object_id: str, *, verb: Verb) -> HttpResponse:
        """One lead, from its own page; what is wrong with the form is said there."""
        if not request.desk.allows(verb.right):
            raise PermissionDenied
        lead = self.get_object(request, object_id)
        if lead is None or not self.workable(request).filter(pk=lead.pk).exists():
            raise Http404
        if request.method == "POST":
            form = verb.form(request.account, request.POST) if verb.form else None
            if form is None or form.is_valid():
                self.act(request, verb, [lead.pk], form.cleaned_data if form else {}, asked=1)
            else:
                messages.error(request, " ".join(f"{name}: {said[0]}" for name, said in errors_of(form)))
        return HttpResponseRedirect(self.filtered(request, reverse("admin:leads_lead_change", args=[lead.pk])))

    def act(self, request: Any, verb: Verb, ids: Collection[int], given: Given, *, asked: int) -> None:
        """Those of these leads that this person may work on still, when their turn to be locked has come."""

        def work() -> tuple[int, list[Lead]]:
            known = [lead.pk for lead in lock(self.workable(request).filter(pk__in=ids))]
            return len(known), verb.act(request.account, known, request.actor, given)

        try:
            known, changed = run(work)
        except DomainError as error:
            messages.error(request, error.message)
            return
        except DatabaseError as error:
            if not is_unavailability(error):
                raise
            messages.error(request, LOST_RACE)
            return
        said = told(verb, given, changed, left=known - len(changed), gone=asked - known)
        (messages.success if changed else messages.warning)(request, said)

    def offers(self, request: Any, lead: Lead) -> list[dict[str, Any]]:
        """What the lead's page lets this person do with it."""
        if request.account is None or lead.account_id != request.account.pk:
            return []
        idle = "unarchive" if lead.archived_at is None else "archive"
        # An archived lead takes no turn.
        useless = {idle} | ({"route"} if lead.archived_at else set())
        return [
            {
                "verb": verb,
                "url": self.filtered(request, reverse(f"admin:leads_lead_{verb.name}", args=[lead.pk])),
                "form": verb.form(request.account) if verb.form else None,
            }
            for verb in self.verbs_for(request)
            if verb.name not in useless
        ]


def act_on_chosen(verb: Verb, page: LeadVerbs, request: Any, chosen: QuerySet[Lead]) -> HttpResponse | None:
    """Do it with the chosen rows; a verb that asks for something asks on a page between."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        messages.error(request, f"At most {MOST:,} leads at a time; narrow the list, and repeat it.")
        return None
    across = request.POST.get("select_across") == "1"
    asked = len(ids) if across else len(set(request.POST.getlist(ACTION_CHECKBOX_NAME)))
    form = verb.form(request.account, request.POST if "confirmed" in request.POST else None) if verb.form else None
    if form and not form.is_valid():
        return confirm(page, request, verb, form=form, ids=ids)
    page.act(request, verb, ids, form.cleaned_data if form else {}, asked=asked)
    return None


def confirm(page: LeadVerbs, request: Any, verb: Verb, *, form: Any, ids: Collection[int]) -> HttpResponse:
    count = f"{len(ids):,} leads" if len(ids) != 1 else "1 lead"
    context = {"title": f"{verb.title.removesuffix(' to …')}: {count}", "verb": verb, "form": form, "ids": ids}
    return page_with(request, page, "console/leads_confirm.html", **context, back=request.get_full_path())


def errors_of(form: Any) -> list[tuple[str, list[str]]]:
    return [(form.fields[name].label if name in form.fields else "", said) for name, said in form.errors.items()]
