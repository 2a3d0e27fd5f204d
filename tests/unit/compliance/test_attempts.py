"""No limit of attempts is ever passed, and each says when it gives way."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance import AttemptLimits, History, Rolling
from dialer.compliance.attempts import limits_reached

START = datetime(2026, 10, 20, tzinfo=UTC)  # the clocks change in Europe on the 25th
ZONES = st.sampled_from(
    [("Europe/London",), ("America/New_York", "America/Los_Angeles"), ("Asia/Kathmandu",)]
)
steps = st.lists(st.integers(60, 20 * 3600), min_size=1, max_size=60)
limits = st.builds(
    AttemptLimits,
    st.one_of(st.none(), st.integers(1, 12)),
    st.one_of(st.none(), st.integers(1, 4)),
    st.one_of(st.none(), st.integers(1, 4)),
    st.sampled_from([0.0, 1800.0, 3 * 3600.0]),
    st.lists(
        st.builds(Rolling, st.integers(1, 7), st.sampled_from([86_400.0, 7 * 86_400.0])), max_size=2
    ).map(tuple),
)


def call_whenever_allowed(
    rules: AttemptLimits, zones: tuple[str, ...], gaps: list[int]
) -> tuple[datetime, ...]:
    made: tuple[datetime, ...] = ()
    now = START
    for gap in gaps:
        now += timedelta(seconds=gap)
        if not list(limits_reached(rules, History(len(made), made, made), zones, now)):
            made = (*made, now)
    return made


@given(limits, ZONES, steps)
def test_calling_whenever_allowed_never_passes_any_limit(
    rules: AttemptLimits, zones: tuple[str, ...], gaps: list[int]
) -> None:
    made = call_whenever_allowed(rules, zones, gaps)
    assert rules.lifetime is None or len(made) <= rules.lifetime
    for zone in zones:
        for at in made:
            day = at.astimezone(ZoneInfo(zone)).date()
            today = sum(1 for other in made if other.astimezone(ZoneInfo(zone)).date() == day)
            assert rules.per_day is None or today <= rules.per_day
            assert rules.per_number_day is None or today <= rules.per_number_day
    for rolling in rules.rolling:
        for at in made:
            within = sum(1 for other in made if at - timedelta(seconds=rolling.span_s) < other <= at)
            assert within <= rolling.count
    for before, after in itertools.pairwise(made):
        assert (after - before).total_seconds() >= rules.spacing_s


@given(limits, ZONES, steps)
def test_each_limit_gives_way_at_the_instant_it_names(
    rules: AttemptLimits, zones: tuple[str, ...], gaps: list[int]
) -> None:
    made = call_whenever_allowed(rules, zones, gaps)
    if not made:
        return
    now = made[-1] + timedelta(seconds=1)
    history = History(len(made), made, made)
    for limit in limits_reached(rules, history, zones, now):
        if limit.until is None:
            assert limit.reason == "attempts_used"
            continue
        assert limit.until > now
        still = {one.reason: one.until for one in limits_reached(rules, history, zones, limit.until)}
        assert still.get(limit.reason) != limit.until


@given(limits, ZONES, steps)
def test_history_older_than_the_memory_changes_nothing(
    rules: AttemptLimits, zones: tuple[str, ...], gaps: list[int]
) -> None:
    made = call_whenever_allowed(rules, zones, gaps)
    if not made:
        return
    now = made[-1] + timedelta(seconds=1)
    recent = tuple(at for at in made if (now - at).total_seconds() < rules.memory_s)
    full = list(limits_reached(rules, History(len(made), made, made), zones, now))
    assert list(limits_reached(rules, History(len(made), recent, recent), zones, now)) == full
