"""The turns of a rotation: pure, and held to its promises by random histories."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams.routing import STRIDE, Member, State, take_turn


def member(user_id: int, weight: int = 1, left_out: str = "") -> Member:
    return Member(user_id, f"rep{user_id}@acme.test", weight, left_out)


def turns(state: State, members: list[Member], count: int) -> list[int]:
    winners = [take_turn(state, members).member for _ in range(count)]
    return [winner.user_id for winner in winners if winner]


def test_members_of_equal_weight_take_turns_in_their_order() -> None:
    assert turns(State(), [member(3), member(1), member(2)], 7) == [3, 1, 2, 3, 1, 2, 3]


def test_weights_share_400_leads_as_they_say() -> None:
    assert Counter(turns(State(), [member(1, 2), member(2), member(3)], 400)) == {1: 200, 2: 100, 3: 100}


def test_nobody_eligible_takes_no_turn_and_moves_nothing() -> None:
    state = State(clock=7, passes={1: 9})

    turn = take_turn(state, [member(1, left_out="paused"), member(2, left_out="inactive")])

    assert turn.member is None
    assert state == State(clock=7, passes={1: 9})
    assert [candidate.as_json() for candidate in turn.candidates] == [
        {"user": "rep1@acme.test", "pass": 9, "eligible": False, "reason": "paused"},
        {"user": "rep2@acme.test", "pass": 7, "eligible": False, "reason": "inactive"},
    ]


def test_a_member_who_returns_is_not_flooded() -> None:
    state = State()
    turns(state, [member(1), member(2, left_out="paused")], 50)

    assert Counter(turns(state, [member(1), member(2)], 10)) == {1: 5, 2: 5}


def test_a_member_who_joins_starts_level() -> None:
    state = State()
    turns(state, [member(1), member(2)], 100)

    assert Counter(turns(state, [member(1), member(2), member(3)], 9)) == {1: 3, 2: 3, 3: 3}


def test_pausing_after_each_lead_gains_nothing() -> None:
    state, counts = State(), Counter[int]()
    for _ in range(300):
        last = max(counts, key=lambda user: (state.passes.get(user, 0), user), default=0)
        members = [member(1, left_out="paused" if last == 1 and counts[1] % 2 else ""), member(2), member(3)]
        counts.update(turns(state, members, 1))

    assert counts[1] <= 100


def test_the_state_survives_its_json() -> None:
    state = State(clock=STRIDE, passes={1: 2 * STRIDE, 22: 3})

    assert State.from_json(state.as_json()) == state
    assert State.from_json({}) == State()


@given(st.lists(st.lists(st.sampled_from([3, 4, 5, 6]), unique=True), min_size=1, max_size=80))
def test_two_who_are_always_eligible_never_differ_by_more_than_one(histories: list[list[int]]) -> None:
    """Members 1 and 2 stay; the others come, pause and go as the history says."""
    state, counts = State(), Counter({1: 0, 2: 0})
    for away in histories:
        members = [member(user, left_out="paused" if user in away else "") for user in range(1, 7)]
        counts.update(turns(state, members, 1))
        assert abs(counts[1] - counts[2]) <= 1


@given(
    weights=st.lists(st.integers(1, 1000), min_size=1, max_size=8),
    bulks=st.lists(st.integers(1, 60), min_size=1, max_size=6),
)
def test_a_bulk_is_the_same_as_its_leads_one_by_one(weights: list[int], bulks: list[int]) -> None:
    members = [member(user, weight) for user, weight in enumerate(weights)]
    one_by_one, in_bulks = State(), State()

    expected = turns(one_by_one, members, sum(bulks))
    taken = [user for bulk in bulks for user in turns(in_bulks, members, bulk)]

    assert taken == expected
    assert in_bulks == one_by_one


@pytest.mark.parametrize(("weight", "share"), [(1, STRIDE), (2, STRIDE // 2), (1000, STRIDE // 1000)])
def test_a_turn_costs_the_stride_of_the_weight(weight: int, share: int) -> None:
    state = State()

    take_turn(state, [member(1, weight)])

    assert state == State(clock=0, passes={1: share})
