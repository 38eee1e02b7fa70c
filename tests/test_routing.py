"""The turns of a rotation: pure, and held to its promises by random histories."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from teams.routing import STRIDE, Member, State, take_turn


def member(user_id: int, weight: int = 1, left_out: str = "", *, cap: int | None = None, day: str = "") -> Member:
    return Member(user_id, f"rep{user_id}@acme.test", weight, left_out, cap, day)


def turns(state: State, members: list[Member], count: int) -> list[int]:
    winners = [take_turn(state, members).member for _ in range(count)]
    return [winner.user_id for winner in winners if winner]


# --- order and weight ---


def test_members_of_equal_weight_take_turns_in_their_order() -> None:
    assert turns(State(), [member(3), member(1), member(2)], 7) == [3, 1, 2, 3, 1, 2, 3]


def test_weights_share_400_leads_as_they_say() -> None:
    assert Counter(turns(State(), [member(1, 2), member(2), member(3)], 400)) == {1: 200, 2: 100, 3: 100}


@given(
    start=st.integers(0, 2**40),
    passes=st.dictionaries(st.integers(1, 3), st.integers(0, 2**40)),
    order=st.permutations([1, 2, 3]),
)
def test_weights_share_400_leads_as_they_say_whatever_was_before(
    start: int, passes: dict[int, int], order: list[int]
) -> None:
    own = {user: min(pass_, start + STRIDE // (2 if user == 1 else 1)) for user, pass_ in passes.items()}
    weights = {1: 2, 2: 1, 3: 1}

    counts = Counter(turns(State(start, own), [member(user, weights[user]) for user in order], 400))

    assert all(abs(counts[user] - share) <= 1 for user, share in {1: 200, 2: 100, 3: 100}.items())
    assert counts.total() == 400


@pytest.mark.parametrize(("weight", "share"), [(1, STRIDE), (2, STRIDE // 2), (1000, STRIDE // 1000)])
def test_a_turn_costs_the_stride_of_the_weight(weight: int, share: int) -> None:
    state = State()

    take_turn(state, [member(1, weight)])

    assert state == State(clock=1, passes={1: share})


def test_nobody_eligible_takes_no_turn_and_moves_nothing() -> None:
    state = State(clock=7, passes={1: 9})

    turn = take_turn(state, [member(1, left_out="paused"), member(2, left_out="inactive")])

    assert turn.member is None
    assert state == State(clock=7, passes={1: 9})
    assert [candidate.as_json() for candidate in turn.candidates] == [
        {"user": "rep1@acme.test", "pass": 9, "eligible": False, "reason": "paused"},
        {"user": "rep2@acme.test", "pass": 7, "eligible": False, "reason": "inactive"},
    ]


def test_a_rotation_of_nobody_takes_no_turn() -> None:
    assert take_turn(State(), []).member is None


def test_who_had_it_already_is_passed_over_and_keeps_his_other_reasons() -> None:
    members = [member(1), member(2, left_out="paused"), member(3)]

    turn = take_turn(State(), members, excluded={1, 2})

    assert turn.member == members[2]
    assert [candidate.left_out for candidate in turn.candidates] == ["had it already", "paused", ""]


# --- joining, leaving, pausing ---


def test_a_member_who_returns_is_not_flooded() -> None:
    state = State()
    turns(state, [member(1), member(2, left_out="paused")], 50)

    assert Counter(turns(state, [member(1), member(2)], 10)) == {1: 5, 2: 5}


def test_a_member_who_joins_starts_level() -> None:
    state = State()
    turns(state, [member(1), member(2)], 100)

    assert Counter(turns(state, [member(1), member(2), member(3)], 9)) == {1: 3, 2: 3, 3: 3}


def test_who_comes_back_takes_turns_with_the_others_from_then_on() -> None:
    """The second had his turn while the first was away: they stand level, and neither gets two in a row."""
    state = State()
    turns(state, [member(1, left_out="paused"), member(2)], 1)

    assert turns(state, [member(1), member(2)], 6) == [1, 2, 1, 2, 1, 2]


@pytest.mark.parametrize("away", ["paused", "removed"])
@pytest.mark.parametrize("weight", [1, 2, 7])
def test_who_goes_away_after_each_lead_and_comes_back_gains_nothing(away: str, weight: int) -> None:
    state, honest, counts, fair = State(), State(), Counter[int](), Counter[int]()
    team = [member(1, weight), member(2), member(3)]
    for _ in range(200):
        last = turns(state, team, 1)[0]
        counts[last] += 1
        if last == 1:
            gone = [] if away == "removed" else [replace(team[0], left_out="paused")]
            counts.update(turns(state, [*gone, *team[1:]], 1))
    fair.update(turns(honest, team, counts.total()))

    assert counts[1] <= fair[1]


PRESENCE = st.lists(st.sampled_from([3, 4, 5, 6]), unique=True)
CHANGES = st.dictionaries(st.sampled_from([3, 4, 5, 6]), st.integers(1, 1000))


@given(
    st.lists(st.tuples(PRESENCE, PRESENCE, CHANGES, st.integers(1, 25)), min_size=1, max_size=30),
    st.integers(1, 1000),
)
def test_two_who_are_always_eligible_never_differ_by_more_than_one(
    history: list[tuple[list[int], list[int], dict[int, int], int]], weight: int
) -> None:
    """Members 1 and 2 stay; the others pause, leave, come back and change weight, between bulks of any size."""
    state, counts, weights = State(), Counter({1: 0, 2: 0}), {1: weight, 2: weight}
    for paused, gone, changed, bulk in history:
        weights |= changed
        here = [user for user in range(1, 7) if user not in gone]
        members = [member(user, weights.get(user, 1), "paused" if user in paused else "") for user in here]
        for user in turns(state, members, bulk):
            counts[user] += 1
            assert abs(counts[1] - counts[2]) <= 1


AWAY = st.lists(st.sampled_from([1, 2, 3, 4, 5, 6]), unique=True, max_size=5)


@given(st.lists(AWAY, max_size=40), st.lists(PRESENCE, min_size=1, max_size=40), st.permutations(range(1, 7)))
@example([[1]], [[], []], [1, 2, 3, 4, 5, 6])
def test_two_differ_by_one_at_most_from_the_moment_on_when_both_are_there(
    before: list[list[int]], since: list[list[int]], order: list[int]
) -> None:
    """Whatever the rotation has been through, also with the two of them: from now on they alternate."""
    state = State()
    for away in before:
        turns(state, [member(user, left_out="paused" if user in away else "") for user in order], 1)
    counts = Counter({1: 0, 2: 0})

    for away in since:
        counts.update(turns(state, [member(user, left_out="paused" if user in away else "") for user in order], 1))
        assert abs(counts[1] - counts[2]) <= 1


@given(st.lists(st.tuples(AWAY, CHANGES), min_size=2, max_size=60))
def test_the_clock_never_goes_back(history: list[tuple[list[int], dict[int, int]]]) -> None:
    state, clocks = State(), [0]
    for away, weights in history:
        members = [
            member(user, weights.get(user, 1), left_out="paused" if user in away else "") for user in range(1, 7)
        ]
        take_turn(state, members)
        clocks.append(state.clock)

    assert all(earlier < later for earlier, later in pairwise(clocks))


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


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8), st.integers(1, 100))
def test_the_same_state_gives_the_same_turns_also_after_its_json(weights: list[int], count: int) -> None:
    members = [member(user, weight, day="2026-03-02") for user, weight in enumerate(weights, start=1)]
    state = State()
    turns(state, members, count)
    again = State.from_json(state.as_json())

    assert turns(again, members, 20) == turns(state, members, 20)


# --- caps ---


def test_a_cap_counts_the_turns_of_the_day_and_says_so() -> None:
    state = State()
    members = [member(1, cap=20, day="2026-03-02"), member(2, day="2026-03-02")]

    assert Counter(turns(state, members, 100)) == {1: 20, 2: 80}
    assert [candidate.left_out for candidate in take_turn(state, members).candidates] == ["cap 20/20", ""]


def test_a_cap_that_is_lowered_counts_what_was_taken() -> None:
    state = State()
    turns(state, [member(1, cap=20, day="2026-03-02")], 20)

    [candidate] = take_turn(state, [member(1, cap=10, day="2026-03-02")]).candidates

    assert candidate.left_out == "cap 20/10"


def test_a_new_day_counts_from_nothing_for_each_by_his_own_calendar() -> None:
    state = State()
    turns(state, [member(1, cap=2, day="2026-03-02"), member(2, cap=2, day="2026-03-02")], 10)

    assert turns(state, [member(1, cap=2, day="2026-03-03"), member(2, cap=2, day="2026-03-02")], 10) == [1, 1]
    assert state.days == {1: ("2026-03-03", 2), 2: ("2026-03-02", 2)}


def test_a_clock_that_is_a_little_behind_opens_no_second_day() -> None:
    state = State()
    turns(state, [member(1, cap=2, day="2026-03-03")], 2)

    assert turns(state, [member(1, cap=2, day="2026-03-02")], 1) == []


def test_who_is_back_from_his_cap_is_not_flooded() -> None:
    state = State()
    turns(state, [member(1, cap=1, day="2026-03-02"), member(2, day="2026-03-02")], 51)

    later = turns(state, [member(1, cap=30, day="2026-03-03"), member(2, day="2026-03-03")], 10)

    assert Counter(later) == {1: 5, 2: 5}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), max_size=20), st.integers(1, 9))
def test_nobody_takes_more_than_his_cap_on_any_day(history: list[tuple[int, int]], cap: int) -> None:
    state, taken, day = State(), Counter[tuple[int, int]](), 1
    for days, bulk in history:
        day += days
        members = [member(user, user, cap=cap, day=f"2026-03-{day:02}") for user in (1, 2, 3)]
        taken.update((user, day) for user in turns(state, members, bulk))

    assert all(count <= cap for count in taken.values())


# --- what is kept ---


def test_the_state_survives_its_json() -> None:
    state = State(clock=STRIDE, passes={1: 2 * STRIDE, 22: 3}, days={22: ("2026-03-02", 4)})

    assert state.as_json() == {
        "clock": STRIDE,
        "passes": {"1": 2 * STRIDE, "22": 3},
        "days": {"22": ["2026-03-02", 4]},
    }
    assert State.from_json(state.as_json()) == state
    assert State.from_json({}) == State()


def test_a_state_from_before_caps_goes_on_as_it_was() -> None:
    state = State.from_json({"clock": 0, "passes": {"1": STRIDE, "2": 0}})

    assert state == State(0, {1: STRIDE, 2: 0}, {})
    assert turns(state, [member(1, cap=1, day="2026-03-02"), member(2, cap=1, day="2026-03-02")], 3) == [2, 1]
