"""Staff of another account see nothing of Acme, on any page, in any filter, choice or autocomplete."""

from copy import deepcopy
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from accounts.working import desk_of
from intake.models import Form
from leadhub.lib.admin import TenantAdmin
from leadhub.lib.filters import ChosenFilter
from leads.models import Lead
from teams.models import LeadSource, LeadSourceTeam, Rotation, RotationMember, Team
from tests.consoles import MISSING, Furnished, console, furnish, inline_data, list_url, member, page_url, pages, text_of
from tests.people import Company, company, platform_admin


@pytest.fixture(scope="module")
def acmes(standing_acme: Company) -> Furnished:
    return furnish(standing_acme)


@pytest.fixture(scope="module")
def standing_globex(standing_acme: Company) -> Company:
    made = company("Globex", reps=1)
    furnish(made)
    return made


@pytest.fixture
def globex(standing_globex: Company, db: None) -> Company:
    return deepcopy(standing_globex)


@pytest.fixture
def stranger(globex: Company) -> Client:
    """The owner of Globex, who may do all there."""
    return console(globex.owner)


def answer(response: Any, pk: int) -> tuple[int, str, list[str], str]:
    """An answer without the id that was asked for."""
    text = text_of(response) if response.status_code in (403, 404) else ""
    said = [str(message) for message in get_messages(response.wsgi_request)][-1:] if response.status_code == 302 else []
    location = response.headers.get("Location", "").replace(str(pk), "ID")
    return response.status_code, location, [each.replace(str(pk), "ID") for each in said], text


@pytest.mark.parametrize("page", pages(), ids=lambda model: model._meta.model_name)
def test_no_list_fails_at_what_no_column_can_hold(acme: Company, page: Any) -> None:
    admin_page, browser = admin.site._registry[page], console(platform_admin())
    named = [each[0] if isinstance(each, tuple) else each for each in admin_page.list_filter]
    names = {"q", "id", *(name for name in named if isinstance(name, str))}

    answers = {
        f"{name}{lookup}": browser.get(f"{list_url(page)}?{name}{lookup}=a%00b").status_code
        for name in names
        for lookup in ("", "__exact", "__id__exact")
    }

    assert {name: status for name, status in answers.items() if status not in (200, 302, 400)} == {}


@pytest.mark.parametrize("page", pages(), ids=lambda model: model._meta.model_name)
def test_no_more_rows_below_a_page_are_read_than_it_can_show(acme: Company, rf: Any, page: Any) -> None:
    request = rf.get("/admin/")
    request.account, request.user, request.desk = acme.account, acme.owner, desk_of(acme.owner)

    for inline in admin.site._registry[page].get_inline_instances(request):
        sent = {f"rows-{name}": "99999999999999999999" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
        formset = inline.get_formset(request)(data=sent, prefix="rows")
        assert (formset.total_form_count(), formset.absolute_max) == (500, 500)


CHOOSING = [page for page in pages() if admin.site._registry[page].autocomplete_fields]


@pytest.mark.parametrize("page", CHOOSING, ids=lambda model: model._meta.model_name)
def test_a_choice_that_is_no_row_is_none(acmes: Furnished, acme: Company, page: Any) -> None:
    """In a form that is sent, and in the address of an empty one."""
    browser, names = console(acme.owner), admin.site._registry[page].autocomplete_fields
    add, change = page_url(page, "add"), page_url(page, "change", acmes.objects[page].pk)

    for odd in ("x", "a\0b", "9" * 30):
        chosen = dict.fromkeys(names, odd)
        answers = [browser.get(add, chosen), browser.post(add, chosen), browser.post(change, chosen)]
        assert {answer.status_code for answer in answers} <= {200, 302, 403}, odd


def test_a_list_is_searched_by_two_hundred_characters_at_most(acme: Company) -> None:
    """Each word is a condition in the database, and a page's address has room for thousands."""
    browser, words = console(acme.owner), "+".join("abcdefgh" for _ in range(1000))

    page = browser.get(f"{list_url(Lead)}?q={words}")
    choices = {"app_label": "teams", "model_name": "leadsourceteam", "field_name": "team", "term": "a " * 2000}
    with CaptureQueriesContext(connection) as asked:
        found = browser.get(reverse("admin:autocomplete"), choices)

    assert "at most 200 characters (it has 8999)" in next(str(each) for each in get_messages(page.wsgi_request))
    assert (page.status_code, page.context["cl"].query, found.status_code) == (200, "", 200)
    assert max(len(each["sql"]) for each in asked.captured_queries) < 50_000


@pytest.mark.parametrize(("page", "status"), [("", 200), ("&page=1", 200), ("&page=x", 404), ("&page=99", 404)])
def test_the_search_for_pages_has_no_page_that_is_not_there(acme: Company, page: str, status: int) -> None:
    assert console(acme.owner).get(f"{reverse('admin:search')}?s=lead{page}").status_code == status


def test_every_page_is_one_of_ours(db: None) -> None:
    assert [type(page).__name__ for page in admin.site._registry.values() if not isinstance(page, TenantAdmin)] == []
    assert {model._meta.label for model in pages()} == {
        "accounts.Account",
        "accounts.ApiKey",
        "accounts.AuditEntry",
        "accounts.Holiday",
        "accounts.Job",
        "accounts.Membership",
        "accounts.User",
        "intake.Form",
        "intake.QuarantinedLead",
        "leads.Lead",
        "leads.Notice",
        "teams.LeadSource",
        "teams.Rotation",
        "teams.RoutingRule",
        "teams.Team",
    }


@pytest.mark.parametrize("model", pages(), ids=lambda model: model._meta.model_name)
def test_a_list_shows_a_stranger_nothing(model: Any, acmes: Furnished, stranger: Client) -> None:
    response = stranger.get(list_url(model), follow=True)

    assert response.status_code == 200
    assert "globex" in text_of(response).lower()
    assert "acme" not in text_of(response).lower()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("model", pages(), ids=lambda model: model._meta.model_name)
def test_every_url_of_an_object_answers_a_stranger_as_if_it_were_missing(
    model: Any, method: str, acmes: Furnished, stranger: Client
) -> None:
    foreign = acmes.objects[model]
    named = {pattern.name for pattern in admin.site._registry[model].get_urls() if "object_id" in str(pattern.pattern)}
    urls = [
        (reverse(f"admin:{name}", args=[foreign.pk]), reverse(f"admin:{name}", args=[MISSING]))
        for name in named - {None}
    ]

    answers = [
        (answer(getattr(stranger, method)(there), foreign.pk), answer(getattr(stranger, method)(nowhere), MISSING))
        for there, nowhere in urls
    ]

    assert len(answers) >= 3
    for there, nowhere in answers:
        assert there == nowhere
        assert there[0] in (302, 403, 404)


@pytest.mark.parametrize("model", pages(), ids=lambda model: model._meta.model_name)
def test_a_form_offers_a_stranger_nothing(model: Any, acmes: Furnished, stranger: Client) -> None:
    response = stranger.get(page_url(model, "add"))

    assert response.status_code in (200, 403)
    assert "acme" not in text_of(response).lower()


def autocompletes() -> list[tuple[str, str, str]]:
    """Every foreign key of ours, whether a page offers it or not: the address takes any."""
    ours = [apps.get_app_config(label) for label in ("accounts", "teams", "leads", "intake")]
    return [
        (model._meta.app_label, model._meta.model_name or "", field.name)
        for app in ours
        for model in app.get_models()
        for field in model._meta.get_fields()
        if field.many_to_one or field.one_to_one
    ]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("term", ["", "acme"])
def test_autocompletes_find_a_stranger_nothing(term: str, role: Role, acmes: Furnished, globex: Company) -> None:
    stranger = console(member(globex, role))

    for app, model, field in autocompletes():
        given = {"app_label": app, "model_name": model, "field_name": field, "term": term}
        response = stranger.get(reverse("admin:autocomplete"), given)
        assert response.status_code in (200, 403, 404), given
        assert "acme" not in text_of(response).lower(), given


def test_an_autocomplete_finds_the_members_of_the_own_account(globex: Company) -> None:
    given = {"app_label": "teams", "model_name": "rotationmember", "field_name": "user", "term": "rep"}

    response = console(member(globex, Role.MANAGER)).get(reverse("admin:autocomplete"), given)

    assert [found["text"] for found in response.json()["results"]] == ["rep1@globex.test"]


def test_a_form_finds_those_in_use_and_a_filter_also_the_others(globex: Company) -> None:
    User.objects.filter(pk=globex.reps[0].pk).update(is_active=False)
    client = console(globex.owner)

    def found(model: str, field: str) -> list[str]:
        given = {
            "app_label": model.split(".", maxsplit=1)[0],
            "model_name": model.split(".")[1],
            "field_name": field,
            "term": "rep",
        }
        return [each["text"] for each in client.get(reverse("admin:autocomplete"), given).json()["results"]]

    assert found("teams.rotationmember", "user") == []
    assert found("leads.lead", "owner") == ["rep1@globex.test"]


@pytest.mark.parametrize("model", pages(), ids=lambda model: model._meta.model_name)
def test_a_filter_names_a_stranger_no_foreign_choice(
    model: Any, acmes: Furnished, acme: Company, stranger: Client
) -> None:
    form = Form.objects.create(account=acme.account, name="Acme's")
    chosen = {"team": acmes.team, "lead_source": acmes.source, "owner": acme.reps[0], "form": form}
    fields = [f[0] for f in admin.site._registry[model].list_filter if isinstance(f, tuple) and f[1] is ChosenFilter]

    for field in fields:
        response = stranger.get(list_url(model), {f"{field}__id__exact": chosen[field].pk})
        assert response.status_code == 200
        assert "acme" not in text_of(response).lower()


def test_foreign_choices_are_errors_of_the_form(acmes: Furnished, acme: Company, globex: Company) -> None:
    client = console(globex.owner)
    members = inline_data("members", [{"user": acme.reps[0].pk, "weight": 1, "position": 0}])
    teams = inline_data("for_teams", [{"team": acmes.team.pk}]) | inline_data("keys", [])

    rotation = client.post(
        page_url(Rotation, "add"), {"name": "x", "team": acmes.team.pk, "status": "queued"} | members
    )
    source = client.post(page_url(LeadSource, "add"), {"name": "x", "is_active": "on"} | teams)

    assert rotation.status_code == source.status_code == 200
    assert rotation.context["adminform"].form.errors["team"] == [
        "Select a valid choice. That choice is not one of the available choices."
    ]
    [formset] = [each.formset for each in rotation.context["inline_admin_formsets"]]
    assert list(formset.errors[0]) == ["user"]
    assert "Select a valid choice" in text_of(source)
    assert not Rotation.objects.filter(name="x").exists()
    assert not LeadSource.objects.filter(name="x").exists()


def test_rows_of_another_account_cannot_be_slipped_into_an_inline(
    acmes: Furnished, acme: Company, globex: Company
) -> None:
    """The ids of inline rows come from the browser too."""
    theirs = RotationMember.objects.for_account(acme.account).earliest("pk")
    own = Rotation.objects.get(account=globex.account)
    row = {"id": theirs.pk, "rotation": own.pk, "user": globex.reps[0].pk, "weight": 7, "position": 0, "DELETE": "on"}

    console(globex.owner).post(
        page_url(Rotation, "change", own.pk),
        {"name": own.name, "team": "", "status": "active"} | inline_data("members", [row], initial=1),
    )

    theirs.refresh_from_db()
    assert (theirs.account_id, theirs.weight) == (acme.account.pk, 1)


def test_view_on_site_tells_nothing(acmes: Furnished, stranger: Client) -> None:
    kind = ContentType.objects.get_for_model(Lead).pk

    there = stranger.get(f"/admin/r/{kind}/{acmes.objects[Lead].pk}/")
    nowhere = stranger.get(f"/admin/r/{kind}/{MISSING}/")

    assert (there.status_code, nowhere.status_code) == (404, 404)


def test_the_overview_and_the_switcher_show_a_stranger_nothing(acmes: Furnished, stranger: Client) -> None:
    for url in (reverse("admin:index"), reverse("admin:switch_account"), reverse("admin:search") + "?s=acme"):
        assert "acme" not in text_of(stranger.get(url)).replace("?s=acme", "").lower()


def test_new_rows_are_the_account_s(globex: Company) -> None:
    client = console(globex.owner)

    client.post(page_url(Team, "add"), {"name": "North", "is_active": "on"} | inline_data("members", []))

    team = Team.objects.get(name="North")
    assert (team.account_id, team.created_by_id, team.updated_by_id) == (
        globex.account.pk,
        globex.owner.pk,
        globex.owner.pk,
    )
    assert not LeadSourceTeam.objects.filter(team=team).exists()
