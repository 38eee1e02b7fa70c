"""The conditions of routing rules: what is taken, which leads meet them, and how they are told."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadhub.lib.errors import Invalid
from leads.drafts import LeadDraft
from teams.rules import FIELDS, checked, matches, ready, told


def condition(field: Any, op: Any, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


LEAD = LeadDraft(
    lead_source_id=7,
    product=" Term Life ",
    state="ca",
    country="US",
    industry="Straßenbau",
    utm_source="google",
    utm_medium="cpc",
    utm_campaign="Spring 2026",
    number_of_employees=50,
    tags=["VIP", "Trade fair"],
)


@pytest.mark.parametrize(
    ("field", "op", "value", "met"),
    [
        ("source", "equals", 7, True),
        ("source", "equals", 8, False),
        ("source", "one_of", [8, 7], True),
        ("source", "one_of", [8], False),
        ("product", "equals", "term life", True),
        ("product", "equals", "term", False),
        ("product", "contains", "LIFE", True),
        ("product", "contains", "m l", True),
        ("state", "equals", "CA", True),
        ("state", "one_of", ["NV", "CA"], True),
        ("state", "one_of", ["NV", "CAL"], False),
        ("country", "one_of", ["us"], True),
        ("industry", "equals", "STRASSENBAU", True),
        ("utm_source", "equals", "Google", True),
        ("utm_medium", "one_of", ["email", "CPC"], True),
        ("utm_campaign", "contains", "2026", True),
        ("utm_campaign", "contains", "2025", False),
        ("company_size", "equals", 50, True),
        ("company_size", "equals", 51, False),
        ("company_size", "one_of", [1, 50], True),
        ("company_size", "at_least", 50, True),
        ("company_size", "at_least", 51, False),
        ("company_size", "at_least", 0, True),
        ("tag", "equals", "vip", True),
        ("tag", "equals", "vi", False),
        ("tag", "one_of", ["x", "trade FAIR"], True),
        ("tag", "one_of", ["x"], False),
        ("tag", "contains", "fair", True),
        ("tag", "contains", "vip trade", False),
    ],
)
def test_a_condition_holds_as_the_table_says(field: str, op: str, value: Any, met: bool) -> None:
    assert matches(ready(checked([condition(field, op, value)])), LEAD) is met


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("source", "equals", 7),
        ("state", "equals", "CA"),
        ("state", "one_of", ["CA"]),
        ("state", "contains", "C"),
        ("company_size", "at_least", 0),
        ("company_size", "equals", 0),
        ("tag", "contains", "v"),
    ],
)
def test_a_lead_without_a_value_meets_no_condition_on_it(field: str, op: str, value: Any) -> None:
    assert not matches(ready(checked([condition(field, op, value)])), LeadDraft())


def test_no_conditions_match_every_lead() -> None:
    assert matches(ready(checked([])), LeadDraft())


def test_all_conditions_must_hold() -> None:
    in_state, big = condition("state", "equals", "CA"), condition("company_size", "at_least", 50)

    assert matches(ready([in_state, big]), LEAD)
    assert not matches(ready([in_state, big | {"value": 51}]), LEAD)
    assert not matches(ready([in_state | {"value": "NV"}, big]), LEAD)


def test_conditions_are_stored_trimmed_and_each_value_once() -> None:
    given_conditions = [
        condition("state", "one_of", [" CA", "NV", "ca "]),
        condition("product", "equals", "  Term Life\n"),
        condition("company_size", "one_of", [5, 1, 5]),
    ]

    assert checked(given_conditions) == [
        condition("state", "one_of", ["CA", "NV"]),
        condition("product", "equals", "Term Life"),
        condition("company_size", "one_of", [5, 1]),
    ]


def test_what_is_at_its_limit_is_taken() -> None:
    longest = condition("tag", "one_of", [f"{n:0200}" for n in range(200)])

    assert checked([longest] * 20) == [longest] * 20


FIELD_NAMES = "source, product, state, country, industry, utm_source, utm_medium, utm_campaign, company_size, tag"
SHAPE = "The first condition must have a field, an op and a value, and nothing else."


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (None, "Conditions are a list; an empty one matches every lead."),
        ({}, "Conditions are a list; an empty one matches every lead."),
        ([condition("state", "equals", "CA")] * 21, "A rule has at most 20 conditions."),
        (["state"], SHAPE),
        ([{"field": "state", "op": "equals"}], SHAPE),
        ([condition("state", "equals", "CA") | {"not": True}], SHAPE),
        (
            [condition("email", "equals", "x")],
            f"The first condition is on an unknown field; the fields are {FIELD_NAMES}.",
        ),
        ([condition([], "equals", "x")], f"The first condition is on an unknown field; the fields are {FIELD_NAMES}."),
        (
            [condition("state", "equals", "CA"), condition("state", "at_least", "CA")],
            "The second condition: the op for state is one of equals, one_of, contains.",
        ),
        ([condition("tag", "at_least", 1)], "The first condition: the op for tag is one of equals, one_of, contains."),
        ([condition("source", "contains", 1)], "The first condition: the op for source is one of equals, one_of."),
        (
            [condition("company_size", ["equals"], 1)],
            "The first condition: the op for company_size is one of equals, one_of, at_least.",
        ),
        (
            [condition("state", "equals", "CA")] * 19 + [condition("state", "equals", 5)],
            "The twentieth condition, on state, needs a text of 1 to 200 characters.",
        ),
        ([condition("state", "equals", "  ")], "The first condition, on state, needs a text of 1 to 200 characters."),
        (
            [condition("tag", "contains", "x" * 201)],
            "The first condition, on tag, needs a text of 1 to 200 characters.",
        ),
        ([condition("state", "one_of", "CA")], "The first condition, on state, needs a list of 1 to 200 values."),
        ([condition("state", "one_of", [])], "The first condition, on state, needs a list of 1 to 200 values."),
        (
            [condition("source", "one_of", [*range(1, 202)])],
            "The first condition, on source, needs a list of 1 to 200 values.",
        ),
        (
            [condition("state", "one_of", ["CA", None])],
            "The first condition, on state, needs a text of 1 to 200 characters.",
        ),
        (
            [condition("state", "equals", "C\0A")],
            "The first condition, on state, has a character that cannot be used, such as a line end.",
        ),
        (
            [condition("state", "equals", "\ud800")],
            "The first condition, on state, has a character that cannot be used, such as a line end.",
        ),
        ([condition("source", "equals", "7")], "The first condition, on source, needs the id of a source."),
        ([condition("source", "equals", True)], "The first condition, on source, needs the id of a source."),
        ([condition("source", "equals", 0)], "The first condition, on source, needs the id of a source."),
        ([condition("source", "equals", 2**63)], "The first condition, on source, needs the id of a source."),
        (
            [condition("company_size", "at_least", -1)],
            "The first condition, on company_size, needs a whole number, 0 or more.",
        ),
        (
            [condition("company_size", "at_least", 5.0)],
            "The first condition, on company_size, needs a whole number, 0 or more.",
        ),
    ],
)
def test_conditions_that_cannot_be_are_refused_by_their_place(conditions: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(conditions)

    assert (refused.value.field, refused.value.message) == ("conditions", message)


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ([], "every lead"),
        (
            [condition("state", "one_of", ["CA", "NV"]), condition("company_size", "at_least", 50)],
            "state is one of CA, NV and company size is at least 50",
        ),
        ([condition("source", "equals", 7)], "source is Website"),
        ([condition("source", "one_of", [7, 9])], "source is one of Website, no. 9"),
        ([condition("utm_campaign", "contains", "spring")], "UTM campaign contains spring"),
        ([condition("tag", "equals", "VIP")], "tag is VIP"),
    ],
)
def test_conditions_are_told_in_a_sentence(conditions: Any, sentence: str) -> None:
    assert told(checked(conditions), sources={7: "Website"}) == sentence


texts = st.text(max_size=6) | st.sampled_from(["CA", " ca ", "ß", "İ", "ŉ"])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
conditions = st.lists(
    st.builds(
        condition,
        st.sampled_from(sorted(FIELDS)) | junk,
        st.sampled_from(["equals", "one_of", "contains", "at_least"]) | junk,
        texts | st.integers(-1, 2**64) | st.lists(texts) | st.lists(st.integers(-1, 9)) | junk,
    )
    | junk,
    max_size=1,
)
good_texts = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=6)
good_condition = st.one_of(
    st.builds(condition, st.sampled_from(["state", "tag"]), st.sampled_from(["equals", "contains"]), good_texts),
    st.builds(condition, st.sampled_from(["product", "tag"]), st.just("one_of"), st.lists(good_texts, min_size=1)),
    st.builds(condition, st.just("company_size"), st.sampled_from(["equals", "at_least"]), st.integers(0, 99)),
    st.builds(condition, st.just("source"), st.just("one_of"), st.lists(st.integers(1, 9), min_size=1)),
)
leads = st.fixed_dictionaries({field.attribute: junk | st.lists(texts) for field in FIELDS.values()})


@given(conditions | st.lists(good_condition, max_size=3), leads)
def test_whatever_is_taken_is_taken_again_and_asked_of_any_lead(given_conditions: Any, lead: dict[str, Any]) -> None:
    try:
        taken = checked(given_conditions)
    except Invalid as refused:
        assert refused.field == "conditions"
        return

    assert checked(taken) == taken
    assert matches(ready(taken), SimpleNamespace(**lead)) in (True, False)
    assert told(taken, sources={})


@given(st.lists(good_condition, max_size=5), leads)
def test_more_conditions_never_match_more_leads(given_conditions: Any, lead: dict[str, Any]) -> None:
    taken, person = checked(given_conditions), SimpleNamespace(**lead)

    assert matches(ready(taken), person) == all(matches(ready([one]), person) for one in taken)
