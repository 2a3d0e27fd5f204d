"""Named instants: set, moved, cleared and popped in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.timers import Timers


def drain(timers: Timers, now: float) -> list[tuple[str, str]]:
    found = []
    while (due := timers.pop_due(now)) is not None:
        found.append(due)
    return found


def test_timers_are_popped_in_order_and_only_when_due() -> None:
    timers = Timers()
    timers.set("call", "b", 2.0)
    timers.set("call", "a", 1.0)
    timers.set("call", "c", 3.0)
    assert timers.next_at() == 1.0
    assert drain(timers, 2.0) == [("call", "a"), ("call", "b")]
    assert drain(timers, 2.999) == []


def test_setting_a_name_again_moves_it() -> None:
    timers = Timers()
    timers.set("call", "a", 1.0)
    timers.set("call", "a", 5.0)
    timers.set("call", "a", 1.0)
    timers.set("call", "a", 7.0)
    assert timers.next_at() == 7.0
    assert drain(timers, 10.0) == [("call", "a")]


def test_moving_there_and_back_fires_once() -> None:
    timers = Timers()
    timers.set("call", "a", 1.0)
    timers.set("call", "a", 5.0)
    timers.set("call", "a", 1.0)
    assert drain(timers, 10.0) == [("call", "a")]


def test_never_is_a_way_to_clear() -> None:
    timers = Timers()
    timers.set("call", "a", 1.0)
    timers.set("call", "a", float("inf"))
    timers.clear("call", "b")
    assert timers.next_at() == float("inf")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9) | st.just(float("inf")))))
def test_the_heap_agrees_with_a_plain_dict(acts: list[tuple[str, float]]) -> None:
    timers, plain = Timers(), dict[str, float]()
    for key, at in acts:
        timers.set("x", key, at)
        plain[key] = at
        assert timers.next_at() == min(plain.values())
    expected = sorted((at, key) for key, at in plain.items() if at < float("inf"))
    assert drain(timers, 100.0) == [("x", key) for _, key in expected]


def test_instants_that_were_moved_a_thousand_times_are_not_kept() -> None:
    timers = Timers()
    timers.set("call", "first", 1.0)
    for n in range(1000):
        timers.set("call", "a", 1e9 - n)
    assert len(timers._heap) < 100
    assert drain(timers, 2e9) == [("call", "first"), ("call", "a")]
