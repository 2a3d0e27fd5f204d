"""Another hour is legal in every zone and, where windows allow, another time of day than those tried."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.compliance import Calendar, Hours, Span
from dialer.compliance.hours_of_day import OTHER_HOUR_S, apart_s, other_hour

DAY, EVENING = (Span(540, 1200),), (Span(1080, 1200),)
OPEN = Hours(Calendar((DAY, DAY, DAY, DAY, DAY, (Span(600, 960),), ())))
SHORT = Hours(Calendar((EVENING,) * 7))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
HOUR_S = 3600.0


def test_a_morning_call_is_tried_again_in_the_afternoon() -> None:
    tried = MONDAY + 9.5 * HOUR_S
    found = other_hour(OPEN, ("Europe/London",), (tried,), tried + 2 * HOUR_S, 40.0)
    assert found == MONDAY + 12.5 * HOUR_S


def test_a_late_call_is_tried_again_the_next_morning() -> None:
    tried = MONDAY + 18 * HOUR_S
    found = other_hour(OPEN, ("Europe/London",), (tried,), tried + 4 * HOUR_S, 40.0)
    assert found == MONDAY + 33 * HOUR_S


def test_where_every_hour_is_like_the_one_tried_the_farthest_is_taken() -> None:
    tried = MONDAY + 18 * HOUR_S
    found = other_hour(SHORT, ("Europe/London",), (tried,), tried + 4 * HOUR_S, 40.0)
    assert found == MONDAY + (24 + 19.5) * HOUR_S


def test_where_it_is_never_open_there_is_none() -> None:
    never = Hours(Calendar(((),) * 7))
    assert other_hour(never, ("Europe/London",), (MONDAY,), MONDAY, 40.0) is None
    assert other_hour(OPEN, (), (MONDAY,), MONDAY, 40.0) is None


zones = st.lists(
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata"]), min_size=1, max_size=2
)


@settings(max_examples=80, deadline=None)
@given(zones, st.floats(0, 400 * 86_400), st.floats(0, 86_400))
def test_another_hour_is_legal_and_not_sooner(where: list[str], tried_s: float, delay_s: float) -> None:
    tried = MONDAY + tried_s
    found = other_hour(OPEN, where, (tried,), tried + delay_s, 40.0)
    if found is None:
        return
    assert found >= tried + delay_s
    assert OPEN.open_through(where, datetime.fromtimestamp(found, UTC), 40.0)
    if where == ["Europe/London"]:
        assert apart_s(found, tried) >= OTHER_HOUR_S
