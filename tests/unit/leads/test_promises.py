"""An instant told by a person is one on their own wall clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.leads.promises import BadInstant, instant_of

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-27 15:00", "Europe/London", "2026-03-27T15:00"),
        ("2026-04-01 15:00", "Europe/London", "2026-04-01T14:00"),
        ("2026-03-28T10:00", "America/New_York", "2026-03-28T14:00"),
        ("2026-03-28T10:00+02:00", "America/New_York", "2026-03-28T08:00"),
        ("2026-03-28 10:00", None, "2026-03-28T10:00"),
        ("15:30", "Europe/Berlin", "2026-03-27T14:30"),
        ("9:00", "Europe/Berlin", "2026-03-28T08:00"),
        ("+90m", "Europe/Berlin", "2026-03-27T13:30"),
        ("+2h", None, "2026-03-27T14:00"),
        ("+3d", None, "2026-03-30T12:00"),
        ("2026-03-29 01:30", "Europe/London", "2026-03-29T01:30"),  # left out: an hour later
        ("2026-10-25 01:30", "Europe/London", "2026-10-25T00:30"),  # repeated: the first
    ],
)
def test_a_text_names_an_instant(text: str, zone: str | None, expected: str) -> None:
    assert instant_of(text, zone, NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "+2", "+xh", "+1w", "25:00", "2026-02-30 10:00", "+999999d"])
def test_what_names_none_is_refused(text: str) -> None:
    with pytest.raises(BadInstant):
        instant_of(text, None, NOW)
