"""How often somebody may ask: fair to who is quick now and then, in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.access import limits
from dialer.access.limits import Allowance


def test_a_burst_is_granted_and_then_the_usual_pace() -> None:
    allowance = Allowance(10, 2)
    assert [allowance.wait_s("ann", 5.0) for _ in range(20)] == [0.0] * 20
    assert allowance.wait_s("ann", 5.0) == 0.1
    assert allowance.wait_s("bob", 5.0) == 0.0
    assert allowance.wait_s("ann", 5.15) == 0.0
    assert allowance.wait_s("ann", 5.15) > 0


@given(st.lists(st.floats(0, 3), max_size=200))
def test_no_pattern_of_asking_gets_more_than_the_burst_and_the_pace(pauses: list[float]) -> None:
    allowance, now, granted = Allowance(5, 3), 0.0, 0
    for pause in pauses:
        now += pause
        granted += allowance.wait_s("ann", now) == 0
    assert granted <= 5 * 3 + 5 * now + 1e-6


def test_a_clock_that_goes_back_gives_and_takes_nothing() -> None:
    allowance = Allowance(1, 1)
    assert allowance.wait_s("ann", 100.0) == 0
    assert allowance.wait_s("ann", 50.0) > 0


def test_many_names_cost_bounded_memory() -> None:
    allowance = Allowance(1, 1)
    for n in range(limits.MOST_KEYS + 100):
        allowance.wait_s(str(n), 0.0)
    assert len(allowance) == limits.MOST_KEYS
