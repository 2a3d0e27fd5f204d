"""Our numbers take turns, close ones first, never above their cap, and rest when nobody answers them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.leads.caller_ids import CallerIds, Care, Pool

LONDON = Pool(("+442079460001", "+442079460002"), ("+4420",))
BRITAIN = Pool(("+443069990001",), ("+44",))
ALL = Pool(("+12025550101", "+12025550102", "+12025550103"))
POOLS = (ALL, BRITAIN, LONDON)


def test_the_closest_pool_is_shown_in_turn() -> None:
    ids = CallerIds("+1", POOLS)
    shown = [ids.choose("+442079461234", 1, 0.0) for _ in range(4)]
    assert shown == [*LONDON.numbers, *LONDON.numbers]
    assert ids.choose("+441614960000", 1, 0.0) == BRITAIN.numbers[0]
    assert ids.choose("+33140000000", 1, 0.0) == ALL.numbers[0]


def test_a_used_up_pool_gives_way_to_a_wider_one_and_all_used_up_to_none() -> None:
    ids = CallerIds("+1", POOLS, Care(max_per_day=1))
    shown = [ids.choose("+442079461234", 1, 0.0) for _ in range(7)]
    assert shown == [*LONDON.numbers, *BRITAIN.numbers, *ALL.numbers, None]
    assert ids.room(1) == 0
    assert ids.choose("+442079461234", 2, 0.0) == LONDON.numbers[0]


def test_a_lead_sees_the_number_of_its_first_call_again_as_long_as_its_cap_allows() -> None:
    ids = CallerIds("+1", POOLS, Care(max_per_day=2, keep_first=True))
    kept = [ids.choose("+442079461234", 1, 0.0, first=BRITAIN.numbers[0]) for _ in range(3)]
    assert kept == [BRITAIN.numbers[0], BRITAIN.numbers[0], LONDON.numbers[0]]
    assert ids.choose("+442079461234", 1, 0.0, first="+49301") in LONDON.numbers


def test_a_number_nobody_answers_rests_and_comes_back() -> None:
    ids = CallerIds("+1", (LONDON,), Care(rest_below=0.1, rest_calls=10, rest_s=3600.0))
    tired, other = LONDON.numbers
    began = [ids.learn(tired, 1, 100.0, answered=False) for _ in range(10)]
    assert began == [False] * 9 + [True]
    assert [ids.choose("+442079461234", 1, 200.0) for _ in range(3)] == [other] * 3
    assert ids.choose("+442079461234", 1, 3700.0) == tired
    assert not any(ids.learn(other, 1, 100.0, answered=n % 5 == 0) for n in range(50))


def test_where_all_rest_one_is_shown_all_the_same() -> None:
    ids = CallerIds("+1", (BRITAIN,), Care(rest_below=0.1, rest_calls=10, rest_s=3600.0))
    for _ in range(10):
        ids.learn(BRITAIN.numbers[0], 1, 0.0, answered=False)
    assert ids.choose("+441614960000", 1, 1.0) == BRITAIN.numbers[0]


def test_calls_of_an_earlier_life_count_and_calls_not_placed_do_not() -> None:
    ids = CallerIds("+1", (BRITAIN,), Care(max_per_day=5))
    ids.remember(BRITAIN.numbers[0], 1, 4)
    assert ids.choose("+441614960000", 1, 0.0) == BRITAIN.numbers[0]
    assert ids.choose("+441614960000", 1, 0.0) is None
    ids.give_back(BRITAIN.numbers[0], 1)
    assert ids.choose("+441614960000", 1, 0.0) == BRITAIN.numbers[0]


@given(
    st.lists(
        st.tuples(st.sampled_from(["+442079461234", "+441614960000", "+33140000000"]), st.integers(1, 3))
    ),
    st.integers(1, 4),
    st.booleans(),
)
def test_no_number_is_shown_above_its_cap(calls: list[tuple[str, int]], cap: int, keep: bool) -> None:
    ids = CallerIds("+1", POOLS, Care(max_per_day=cap, keep_first=keep, rest_below=0.5, rest_calls=10))
    shown: dict[tuple[str, int], int] = {}
    for called, day in sorted(calls, key=lambda one: one[1]):
        room = ids.room(day)
        number = ids.choose(called, day, day * 86_400.0, first=ALL.numbers[1])
        assert (number is None) == (room == 0)
        if number is not None:
            shown[number, day] = shown.get((number, day), 0) + 1
            ids.learn(number, day, day * 86_400.0, answered=False)
    assert max(shown.values(), default=0) <= cap
