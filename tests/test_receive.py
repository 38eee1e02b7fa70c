"""One way in: what becomes of drafts, whatever the door."""

import pytest

from accounts.actors import NOBODY
from accounts.models import AuditEntry, Event
from accounts.roles import Role
from leadhub.lib.transactions import run
from leads.drafts import LeadDraft
from leads.models import Lead
from leads.outcomes import Context, Outcome, Verdict
from leads.receive import receive
from teams.models import LeadSource, LeadSourceTeam, Rotation, RotationMember, Team
from tests.people import Company, arrive, person, rotation, source


def owners(outcomes: list[Outcome]) -> list[str | None]:
    return [outcome.owner_email for outcome in outcomes]


def demanding(acme: Company, draft: LeadDraft) -> Outcome:
    """The outcome under the account door's two rules."""
    context = Context(door="account", actor=NOBODY, require_team_and_source=True)
    [outcome] = run(lambda: receive(acme.account, [draft], context=context))
    return outcome


# --- people ---


def test_a_known_person_is_linked_and_goes_to_the_rep_who_has_the_primary(acme: Company) -> None:
    [first] = arrive(acme.account, LeadDraft(email="jane@example.com"))
    [again] = arrive(acme.account, LeadDraft(email=" JANE@Example.com "))

    assert (first.verdict, again.verdict) == (Verdict.CREATED, Verdict.LINKED)
    assert again.lead.duplicate_of_id == first.lead.pk
    assert again.lead.owner_id == first.lead.owner_id


def test_a_known_person_spends_no_turn(acme: Company) -> None:
    arrive(acme.account, LeadDraft(email="jane@example.com"))
    arrive(acme.account, LeadDraft(email="jane@example.com"))

    outcomes = arrive(acme.account, LeadDraft(email="b@example.com"), LeadDraft(email="c@example.com"))

    assert owners(outcomes) == ["rep2@acme.test", "rep3@acme.test"]


def test_the_known_lead_says_that_its_person_came_again(acme: Company) -> None:
    [first] = arrive(acme.account, LeadDraft(email="jane@example.com"))
    [again] = arrive(acme.account, LeadDraft(email="jane@example.com"), door="source")

    entry = AuditEntry.objects.for_account(acme.account).get(object_id=first.lead.pk, event=Event.LEAD_SEEN_AGAIN)
    assert entry.additional_data == {"outcome": "linked", "lead": again.lead.pk}


def test_twins_in_one_batch_become_one_primary_and_its_duplicate(acme: Company) -> None:
    first, other, twin = arrive(acme.account, *(LeadDraft(email=f"{name}@example.com") for name in ("a", "b", "a")))

    assert [each.verdict for each in (first, other, twin)] == [Verdict.CREATED, Verdict.CREATED, Verdict.LINKED]
    assert twin.lead.duplicate_of_id == first.lead.pk
    assert owners([first, other, twin]) == ["rep1@acme.test", "rep2@acme.test", "rep1@acme.test"]


def test_what_is_no_address_makes_no_two_strangers_one_person(acme: Company) -> None:
    outcomes = arrive(acme.account, LeadDraft(email="n/a", first_name="A"), LeadDraft(email="n/a", first_name="B"))

    assert [outcome.verdict for outcome in outcomes] == [Verdict.CREATED, Verdict.CREATED]
    assert outcomes[0].lead.extra == {"flags": ["email"]}


@pytest.mark.parametrize(
    ("earlier", "later", "verdict"),
    [
        (LeadDraft(phone="+1 206 555 0142"), LeadDraft(phone="(206) 555-0142"), Verdict.LINKED),
        (LeadDraft(phone="+1 206 555 0142", email="a@example.com"), LeadDraft(phone="2065550142"), Verdict.CREATED),
        (LeadDraft(phone="2065550142"), LeadDraft(phone="2065550142", email="a@example.com"), Verdict.CREATED),
        (LeadDraft(phone="2065550142 ext 1"), LeadDraft(phone="2065550142 ext 2"), Verdict.CREATED),
        (LeadDraft(email="a@münchen.example"), LeadDraft(email="A@xn--mnchen-3ya.example"), Verdict.LINKED),
    ],
)
def test_people_are_matched_by_email_and_without_one_by_phone(
    acme: Company, earlier: LeadDraft, later: LeadDraft, verdict: Verdict
) -> None:
    arrive(acme.account, earlier)

    [outcome] = arrive(acme.account, later)

    assert outcome.verdict == verdict


def test_a_person_of_another_account_is_a_stranger(acme: Company, globex: Company) -> None:
    arrive(globex.account, LeadDraft(email="jane@example.com"))

    [outcome] = arrive(acme.account, LeadDraft(email="jane@example.com"))

    assert outcome.verdict == Verdict.CREATED


def test_the_policy_reject_refuses_and_records_but_stores_nothing(acme: Company) -> None:
    [first] = arrive(acme.account, LeadDraft(email="jane@example.com"))
    acme.account.duplicate_policy = "reject"

    [again] = arrive(acme.account, LeadDraft(email="jane@example.com"))

    assert (again.verdict, again.error.code, again.lead.pk) == (Verdict.REFUSED, "duplicate_lead", first.lead.pk)
    assert Lead.objects.for_account(acme.account).count() == 1
    entry = AuditEntry.objects.for_account(acme.account).get(event=Event.LEAD_SEEN_AGAIN)
    assert (entry.object_id, entry.additional_data) == (
        first.lead.pk,
        {"outcome": "refused", "lead": None, "code": "duplicate_lead"},
    )


def test_the_external_id_wins_where_two_ids_name_two_leads(acme: Company) -> None:
    vendor, _ = source(acme.account, acme.owner)
    [one] = arrive(acme.account, LeadDraft(lead_source_id=vendor.pk, external_id="E", email="a@example.com"))
    [two] = arrive(acme.account, LeadDraft(lead_source_id=vendor.pk, seller_lead_id="S", email="b@example.com"))

    outcomes = [
        arrive(acme.account, LeadDraft(lead_source_id=vendor.pk, external_id=external, seller_lead_id=seller))[0]
        for external, seller in [("E", None), (None, "S"), ("E", "S")]
    ]

    assert [outcome.verdict for outcome in outcomes] == [Verdict.REPLAYED] * 3
    assert [outcome.lead.pk for outcome in outcomes] == [one.lead.pk, two.lead.pk, one.lead.pk]
    assert Lead.objects.for_account(acme.account).count() == 2


def test_the_same_external_id_of_another_source_is_another_lead(acme: Company) -> None:
    first, _ = source(acme.account, acme.owner, "One")
    second, _ = source(acme.account, acme.owner, "Two")
    arrive(acme.account, LeadDraft(lead_source_id=first.pk, external_id="E", email="a@example.com"))

    [outcome] = arrive(acme.account, LeadDraft(lead_source_id=second.pk, external_id="E", email="b@example.com"))

    assert outcome.verdict == Verdict.CREATED


# --- whom ---


def test_an_assignee_wins_over_the_rotation_and_spends_no_turn(acme: Company) -> None:
    [named] = arrive(acme.account, LeadDraft(email="a@example.com", assignee_email="Rep3@acme.test"))
    [next_one] = arrive(acme.account, LeadDraft(email="b@example.com"))

    assert owners([named, next_one]) == ["rep3@acme.test", "rep1@acme.test"]
    assert named.entry.additional_data["routing"]["reason"] == "assignee"


def test_the_teams_own_rotation_comes_before_the_default(acme: Company) -> None:
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    rotation(acme.account, [acme.reps[2]], team=west)

    outcomes = arrive(
        acme.account,
        LeadDraft(email="a@example.com", team_id=west.pk),
        LeadDraft(email="b@example.com", team_id=east.pk),
        LeadDraft(email="c@example.com"),
    )

    assert owners(outcomes) == ["rep3@acme.test", "rep1@acme.test", "rep2@acme.test"]


def test_paused_and_inactive_members_get_nothing_and_the_reason_is_kept(acme: Company) -> None:
    RotationMember.objects.for_account(acme.account).filter(user=acme.reps[0]).update(is_paused=True)
    acme.reps[1].memberships.update(is_active=False)

    [outcome] = arrive(acme.account, LeadDraft(email="a@example.com"))

    assert outcome.owner_email == "rep3@acme.test"
    candidates = outcome.entry.additional_data["routing"]["candidates"]
    assert [candidate["reason"] for candidate in candidates] == ["paused", "inactive", None]


def test_a_sticky_owner_who_left_gives_way_to_the_rotation(acme: Company) -> None:
    arrive(acme.account, LeadDraft(email="jane@example.com"))
    acme.reps[0].memberships.update(is_active=False)

    [again] = arrive(acme.account, LeadDraft(email="jane@example.com"))

    assert (again.verdict, again.owner_email) == (Verdict.LINKED, "rep2@acme.test")


@pytest.mark.parametrize(("paused", "reason"), [(True, "nobody_eligible"), (False, "no_rotation")])
def test_without_anybody_the_lead_is_stored_unassigned(acme: Company, paused: bool, reason: str) -> None:
    if paused:
        RotationMember.objects.for_account(acme.account).update(is_paused=True)
    else:
        Rotation.objects.for_account(acme.account).update(status="archived")

    [outcome] = arrive(acme.account, LeadDraft(email="a@example.com"))

    assert (outcome.verdict, outcome.lead.owner_id) == (Verdict.CREATED, None)
    assert outcome.entry.additional_data["routing"]["reason"] == reason


def test_a_lead_that_comes_archived_takes_no_turn(acme: Company) -> None:
    archived, next_one = arrive(
        acme.account, LeadDraft(email="a@example.com", archived=True), LeadDraft(email="b@example.com")
    )

    assert archived.lead.archived_at is not None
    assert owners([archived, next_one]) == [None, "rep1@acme.test"]


def test_weights_and_order_are_those_of_the_rotation(acme: Company) -> None:
    Rotation.objects.for_account(acme.account).update(status="archived")
    rotation(acme.account, acme.reps[::-1], weights=[2, 1, 1])

    outcomes = arrive(acme.account, *(LeadDraft(email=f"p{number}@example.com") for number in range(8)))

    counts = {email: owners(outcomes).count(email) for email in set(owners(outcomes))}
    assert counts == {"rep3@acme.test": 4, "rep2@acme.test": 2, "rep1@acme.test": 2}


# --- what a sender names ---


def test_a_team_of_another_account_is_as_unknown_as_none(acme: Company, globex: Company) -> None:
    foreign = Team.objects.create(account=globex.account, name="Foreign")

    outcomes = [arrive(acme.account, LeadDraft(email="a@example.com", team_id=pk))[0] for pk in (foreign.pk, 10**9)]

    assert [(outcome.error.code, outcome.error.message) for outcome in outcomes] == [
        ("unknown_team", "team not found in this account")
    ] * 2


def test_the_rules_come_in_their_order(acme: Company) -> None:
    west, east = (Team.objects.create(account=acme.account, name=name) for name in ("West", "East"))
    portal = LeadSource.objects.create(account=acme.account, name="Portal")
    LeadSourceTeam.objects.create(account=acme.account, source=portal, team=west)
    LeadSource.objects.create(account=acme.account, name="For all")

    def code(**named: object) -> str | None:
        outcome = demanding(acme, LeadDraft(email=f"{len(named)}{named}@x", **named))  # type: ignore[arg-type]
        return outcome.error.code if outcome.error else None

    nobody = {"assignee_email": "nobody@acme.test"}
    assert code(**nobody) == "team_required"
    assert code(team_id=10**9, **nobody) == "unknown_team"
    assert code(team_id=west.pk, lead_source_id=10**9, **nobody) == "unknown_source"
    assert code(team_id=east.pk, lead_source_id=portal.pk, **nobody) == "source_not_for_team"
    assert code(team_id=west.pk, **nobody) == "source_required"
    assert code(team_id=west.pk, lead_source_id=portal.pk, **nobody) == "unknown_assignee"
    assert code(team_id=west.pk, lead_source_id=portal.pk) is None
    assert code(team_id=east.pk) is None


def test_a_refused_draft_sinks_no_other(acme: Company) -> None:
    good, bad = arrive(acme.account, LeadDraft(email="a@example.com"), LeadDraft(email="b@example.com", team_id=10**9))

    assert (good.verdict, bad.verdict) == (Verdict.CREATED, Verdict.REFUSED)
    assert Lead.objects.for_account(acme.account).count() == 1


def test_a_member_of_another_account_cannot_be_assigned(acme: Company, globex: Company) -> None:
    person("freelancer@globex.test", globex.account, Role.AGENT)

    [outcome] = arrive(acme.account, LeadDraft(email="a@example.com", assignee_email="freelancer@globex.test"))

    assert outcome.error.code == "unknown_assignee"


# --- the whole ---


def test_each_lead_has_one_creation_entry_with_what_was_set(acme: Company) -> None:
    [outcome] = arrive(acme.account, LeadDraft(email="a@example.com", first_name="A", tags=["x", "x", " y "]))

    stored = AuditEntry.objects.for_account(acme.account).get(object_id=outcome.lead.pk)
    assert stored.event == Event.LEAD_CREATED
    assert stored.changes == {
        "channel": [None, "api"],
        "email": [None, "a@example.com"],
        "first_name": [None, "A"],
        "tags": [None, ["x", "y"]],
        "owner_email": [None, "rep1@acme.test"],
    }
    assert (stored.pk, stored.timestamp) == (outcome.entry.pk, outcome.lead.created_at)


def test_the_outcomes_lead_is_the_stored_one(acme: Company) -> None:
    [outcome] = arrive(acme.account, LeadDraft(email="a@example.com", phone="2065550142", custom_fields={"a": [1]}))

    stored = Lead.objects.for_account(acme.account).get()
    names = [field.attname for field in Lead._meta.concrete_fields if not field.generated]
    assert {name: getattr(stored, name) for name in names} == {name: getattr(outcome.lead, name) for name in names}


def test_few_statements_a_lead_and_no_more_for_many(acme: Company, django_assert_num_queries: object) -> None:
    arrive(acme.account, LeadDraft(email="warm@example.com"))

    for count in (1, 200):
        drafts = [LeadDraft(email=f"{count}.{number}@example.com") for number in range(count)]
        with django_assert_num_queries(7):  # type: ignore[operator]
            # savepoint, known people, rules, lock with members (one round trip), store, release
            arrive(acme.account, *drafts)


def test_ids_follow_the_order_of_arrival_in_a_batch(acme: Company) -> None:
    outcomes = arrive(acme.account, *(LeadDraft(email=f"{name}@example.com") for name in "dbca"))

    ids = [outcome.lead.pk for outcome in outcomes]
    assert ids == sorted(ids)


def test_one_lead_sent_twice_in_a_batch_is_stored_once(acme: Company) -> None:
    vendor, _ = source(acme.account, acme.owner)
    drafts = [
        LeadDraft(lead_source_id=vendor.pk, external_id="E", seller_lead_id="S", email="a@example.com"),
        LeadDraft(lead_source_id=vendor.pk, external_id="E", email="b@example.com"),
        LeadDraft(lead_source_id=vendor.pk, seller_lead_id="S", email="c@example.com"),
    ]

    first, again, by_seller = arrive(acme.account, *drafts)

    assert [each.verdict for each in (first, again, by_seller)] == [Verdict.CREATED] + [Verdict.REPLAYED] * 2
    assert {first.lead.pk, again.lead.pk, by_seller.lead.pk} == {first.lead.pk}
