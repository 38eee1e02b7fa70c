"""What was refused as a program and as staff see it, and run it again."""

import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.actors import Actor
from accounts.jobs import perform
from accounts.models import Job, JobState
from accounts.roles import Role
from intake.admin import quarantine
from intake.models import QuarantinedLead
from intake.quarantine import READERS, discard
from leadhub.lib.jobs import discover
from leadhub.lib.transactions import run
from leads.models import Lead
from tests.apis import api, api_of
from tests.consoles import change_url, console, list_url, member, text_of
from tests.doors import Town, state
from tests.people import company
from tests.refusing import FORM, again, refused, rules

pytestmark = pytest.mark.django_db


# --- by API ---


def test_the_api_lists_filters_and_shows_payloads(places: Town) -> None:
    kept, other = refused(places), refused(places, b'{"city": "Rome"}')
    run(lambda: discard(kept.account, other.pk, note="test", actor=Actor(user_id=places.acme.owner.pk)))
    hub = api(places.acme)

    assert [row["id"] for row in hub.get("quarantine")["items"]] == [other.pk, kept.pk]
    for query, found in (
        ({"resolved": "false"}, [kept.pk]), ({"resolved": "true"}, [other.pk]), ({"code": "empty_contact"}, [other.pk]),
        ({"source": places.vendor.pk, "ordering": "id"}, [kept.pk, other.pk]), ({"door": "form"}, []),
        ({"form": 1}, []),
    ):  # fmt: skip
        assert [row["id"] for row in hub.get("quarantine", **query)["items"]] == found
    shown = hub.get(f"quarantine/{other.pk}")
    assert {name: shown[name] for name in ("code", "payload", "resolved_by", "note", "lead", "source", "address")} == {
        "code": "empty_contact", "payload": '{"city": "Rome"}', "resolved_by": places.acme.owner.email,
        "note": "test", "lead": None, "source": places.vendor.pk, "address": "127.0.0.1",
    }  # fmt: skip
    hub.get("quarantine", colour="red")
    assert hub.status == 400


@pytest.mark.parametrize(("body", "headers"), [
    ('{"email": "Jane@acme.com", "city": "Zo\u00eb 100%_\\\\ x"}', {}),
    (r'{"email": "Jane@acme.com", "city": "Zo\u00eb 100%_\\ x"}', {}),
    ("email=Jane%40acme.com&city=Zo%C3%AB+100%25_%5C+x", {"Content_Type": FORM}),
    ('{"email": "Jane@acme.com", "city": "Zoe\u0308 100%_\\\\ x"}', {}),
    (b"\xff Jane@acme.com Zo\xc3\xab 100%_\\ x", {}),
])  # fmt: skip
@pytest.mark.parametrize(("words", "found"), [
    ("jane@ACME.com", True), ("Zo\u00eb 100%_\\ x", True), ("jane@acme.comm", False), ("100%x", False),
    ("Zoe\u0308 100%_\\ x", True),
])  # fmt: skip
def test_payloads_are_found_by_what_they_say(
    places: Town, body: str | bytes, headers: dict[str, str], words: str, found: bool
) -> None:
    kept, hub = refused(places, body.encode() if isinstance(body, str) else body, **headers), api(places.acme)
    expected = [kept.pk] if found else []

    page = console(places.acme.owner).get(list_url(QuarantinedLead), {"q": words})

    assert [row.pk for row in page.context["cl"].result_list] == expected
    assert [row["id"] for row in hub.get("quarantine", search=words)["items"]] == expected


def test_a_list_has_the_beginning_of_each_payload(places: Town) -> None:
    body = b'{"city": "' + "é".encode() * 3000 + b'"}'
    kept, hub = refused(places, body), api(places.acme)

    [listed] = hub.get("quarantine")["items"]
    whole = hub.get(f"quarantine/{kept.pk}")

    # Ten bytes before it, so that the last letter is cut in two and left out.
    assert (listed["payload"], listed["payload_size"]) == ('{"city": "' + "é" * 995, 6012)
    assert (whole["payload"], whole["payload_size"]) == (body.decode(), 6012)


def test_the_api_runs_a_payload_again_and_not_twice(places: Town) -> None:
    kept, hub = refused(places), api(places.acme)

    still = hub.post(f"quarantine/{kept.pk}/run")
    assert (hub.status, still["code"], still["lead"], still["resolved_at"]) == (200, "state_not_allowed", None, None)
    rules(places, allowed_states=[])
    taken = hub.post(f"quarantine/{kept.pk}/run")

    assert (hub.status, taken["lead"]) == (200, Lead.objects.get().pk)
    assert taken["resolved_by"] == places.acme.owner.email
    for step in ("run", "discard"):
        problem = hub.post(f"quarantine/{kept.pk}/{step}")
        assert (hub.status, problem["code"]) == (409, "already_resolved")


def test_the_api_discards_a_payload(places: Town) -> None:
    kept, hub = refused(places), api(places.acme)

    row = hub.post(f"quarantine/{kept.pk}/discard", {"note": "a test"})

    assert (hub.status, row["note"], row["lead"]) == (200, "a test", None)
    assert row["resolved_at"]


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("get", "quarantine", set(Role) - {Role.AGENT}),
    ("get", "quarantine/{}", set(Role) - {Role.AGENT}),
    ("post", "quarantine/{}/run", {Role.OWNER, Role.ADMIN, Role.MANAGER}),
    ("post", "quarantine/{}/discard", {Role.OWNER, Role.ADMIN, Role.MANAGER}),
])  # fmt: skip
@pytest.mark.parametrize("role", list(Role))
def test_each_role_does_what_it_may(places: Town, method: str, path: str, allowed: set[Role], role: Role) -> None:
    kept = refused(places)
    rules(places, allowed_states=[])
    hub, before = api_of(places.acme, role), state()

    getattr(hub, method)(path.format(kept.pk))

    assert hub.status == (200 if role in allowed else 403)
    if role not in allowed:
        assert (state(), QuarantinedLead.objects.get().is_open) == (before, True)


@pytest.mark.parametrize("path", ["quarantine/{}", "quarantine/{}/run", "quarantine/{}/discard"])
def test_a_stranger_finds_nothing(places: Town, path: str) -> None:
    kept, hub = refused(places), api(company("Globex"))

    (hub.get if path.endswith("{}") else hub.post)(path.format(kept.pk))

    assert (hub.status, QuarantinedLead.objects.get().is_open) == (404, True)


# --- in the console ---


def step(kept: QuarantinedLead, name: str) -> str:
    return reverse(f"admin:intake_quarantinedlead_{name}", args=[kept.pk])


def test_the_list_shows_what_is_open_and_filters_the_rest(places: Town) -> None:
    kept, other = refused(places), refused(places, b'{"city": "Rome"}')
    run(lambda: discard(kept.account, other.pk, actor=Actor()))
    client = console(places.acme.owner)

    def shown(**query: str) -> list[int]:
        return [row.pk for row in client.get(list_url(QuarantinedLead), query).context["cl"].result_list]

    assert (shown(), shown(resolved="yes"), shown(resolved="all")) == ([kept.pk], [other.pk], [other.pk, kept.pk])
    assert shown(resolved="all", code="empty_contact") == [other.pk]


def test_a_payload_is_shown_to_be_read_and_as_it_came(places: Town) -> None:
    kept = refused(places, b'{"state":"TX","firstName":"<b>Zo\xc3\xab</b>"}')

    page = text_of(console(places.acme.owner).get(change_url(kept)))

    assert "{\n  &quot;state&quot;: &quot;TX&quot;,\n  &quot;firstName&quot;: &quot;&lt;b&gt;Zoë&lt;/b&gt;" in page
    assert "{&quot;state&quot;:&quot;TX&quot;,&quot;firstName&quot;" in page
    assert "Run again" in page


def test_a_form_is_shown_a_field_a_line(places: Town) -> None:
    kept = refused(places, b"firstName=Zo%C3%AB&state=T+X", Content_Type=FORM)

    assert "firstName = Zoë\nstate = T X" in text_of(console(places.acme.owner).get(change_url(kept)))


def test_a_button_runs_it_again_and_says_what_came_of_it(places: Town) -> None:
    kept, client = refused(places), console(places.acme.owner)

    still = client.post(step(kept, "run"), follow=True)
    rules(places, allowed_states=[])
    taken = client.post(step(kept, "run"), follow=True)

    assert "Refused again: The source may not send leads of TX." in text_of(still)
    assert "It is a lead now" in text_of(taken)
    assert f'{change_url(Lead.objects.get())}">Open the lead<' in text_of(taken)
    assert 'class="lh-verbs"' not in text_of(taken)


def test_chosen_rows_are_run_again_each_with_its_report(places: Town) -> None:
    first, second = refused(places), refused(places, b'{"city": "Rome"}')
    rules(places, allowed_states=[])
    client = console(places.acme.owner)

    report = client.post(list_url(QuarantinedLead), {"action": "run", "_selected_action": [first.pk, second.pk]})

    page = text_of(report)
    assert "Run again: 1 of 2 taken in" in page
    assert f'href="{change_url(second)}">{{&quot;city&quot;: &quot;Rome&quot;}}</a>' in page
    assert "A lead needs a name, an e-mail or a phone." in page
    assert [row.is_open for row in QuarantinedLead.objects.order_by("pk")] == [False, True]


def work_off(job_id: int) -> None:
    """As a worker does, which knows what the apps declare."""
    discover()
    perform(job_id)


def test_many_chosen_rows_are_run_by_a_job_each_once(places: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST", 2)
    rows = [refused(places) for _ in range(2)] + [refused(places, b'{"city": "Rome"}')]
    rules(places, allowed_states=[])
    chosen = {"action": "run", "_selected_action": [row.pk for row in rows]}

    page = console(places.acme.owner).post(list_url(QuarantinedLead), chosen, follow=True)
    again(rows[0])
    job = Job.objects.get()
    work_off(job.pk)

    assert "Run 3 refused payloads again" in text_of(page)
    job.refresh_from_db()
    assert (job.state, job.progress) == (JobState.DONE, "3 of 3, 2 refused")
    told = QuarantinedLead.objects.order_by("pk").values_list("lead_id", "resolved_by")
    lead = Lead.objects.get().pk
    assert list(told) == [(lead, None), (lead, places.acme.owner.pk), (None, None)]


def test_a_worker_reads_what_came_by_every_door_that_keeps() -> None:
    alone = (
        "import django; django.setup(); from leadhub.lib.jobs.registry import discover; discover(); "
        "from intake.quarantine import READERS; print(*sorted(READERS))"
    )

    told = subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True, cwd=settings.BASE_DIR)

    assert told.stdout.split() == sorted(READERS) == ["form", "source"]


def test_many_payloads_are_run_by_a_job_by_api(places: Town) -> None:
    taken, still = refused(places), refused(places, b'{"city": "Rome"}')
    rules(places, allowed_states=[])
    hub = api(places.acme)

    job = hub.post("quarantine/run", {"ids": [taken.pk, still.pk, taken.pk, 10**17]})
    work_off(job["id"])

    assert (hub.status, hub.answer.headers["Location"]) == (202, f"/api/v1/jobs/{job['id']}")
    done = hub.get(f"jobs/{job['id']}")
    assert (done["state"], done["total"], done["done"], done["refused"]) == ("done", 3, 1, 2)
    assert [each["id"] for each in hub.get("quarantine", resolved="true")["items"]] == [taken.pk]


def test_chosen_rows_are_discarded(places: Town) -> None:
    first, second, third = refused(places), refused(places), refused(places)
    run(lambda: discard(first.account, first.pk, note="before", actor=Actor()))
    chosen = [first.pk, second.pk]

    page = console(places.acme.owner).post(
        list_url(QuarantinedLead) + "?resolved=all", {"action": "discard", "_selected_action": chosen}, follow=True
    )

    assert "1 of 2 discarded." in text_of(page)
    rows = QuarantinedLead.objects.order_by("pk")
    assert [(row.is_open, row.note, row.lead_id) for row in rows] == [
        (False, "before", None),
        (False, "", None),
        (True, "", None),
    ]
    assert third.pk == rows[2].pk


def test_the_list_shows_how_each_payload_begins_and_reads_no_more_of_it(
    places: Town, django_assert_max_num_queries: Any
) -> None:
    refused(places, b'{"firstName":\n "Zo\xc3\xab", "city": "' + b"x" * 5000 + b'"}')
    client = console(places.acme.owner)

    with django_assert_max_num_queries(20) as asked:
        page = text_of(client.get(list_url(QuarantinedLead)))

    assert "{&quot;firstName&quot;: &quot;Zoë&quot;, &quot;city&quot;: &quot;xxx" in page
    read = [query["sql"] for query in asked.captured_queries if '."payload"' in query["sql"]]
    assert [re.findall(r'([A-Z]*)\(?"intake_quarantinedlead"."payload"', each) for each in read] == [
        ["SUBSTRING", "LENGTH"]
    ]


def test_the_console_discards_with_a_note(places: Town) -> None:
    kept, client = refused(places), console(places.acme.owner)

    page = client.post(step(kept, "discard"), {"note": "a test"}, follow=True)

    row = QuarantinedLead.objects.get()
    assert (row.note, row.resolved_by, "a test" in text_of(page)) == ("a test", places.acme.owner, True)
    assert "dealt with already" in text_of(client.post(step(kept, "discard"), follow=True))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT])
@pytest.mark.parametrize("name", ["run", "discard"])
def test_who_may_only_look_cannot_work_it(places: Town, role: Role, name: str) -> None:
    kept = refused(places)
    rules(places, allowed_states=[])
    client = console(member(places.acme, role))

    button = client.post(step(kept, name))
    client.post(list_url(QuarantinedLead), {"action": name, "_selected_action": [kept.pk]})

    assert (button.status_code, QuarantinedLead.objects.get().is_open, Lead.objects.exists()) == (403, True, False)


@pytest.mark.parametrize("pk", ["x", "9" * 30, "\x00", "-1"])
def test_ids_that_are_none_are_no_fault(places: Town, pk: str) -> None:
    answer = console(places.acme.owner).post(list_url(QuarantinedLead), {"action": "run", "_selected_action": [pk]})

    assert answer.status_code == 302
