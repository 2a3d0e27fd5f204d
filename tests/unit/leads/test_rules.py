"""A campaign's settings become the rules its calls obey."""

from __future__ import annotations

from datetime import UTC, date, datetime

from dialer.compliance import Kind, Rolling
from dialer.leads.rules import ledgers_of, public_holidays, rules_of
from tests.parts.campaigns import campaign

LONDON = ("Europe/London",)


def test_windows_limits_and_numbers_are_the_campaigns() -> None:
    rules = rules_of(
        campaign(
            number_types=["fixed_line"],
            attempts={"max": 5, "per_day": 2, "spacing_s": "2 h", "rolling": ["7 in 7 d"]},
        ),
        post_dial_delay_s=4.0,
    )
    assert rules.numbers.countries == {"GB"}
    assert rules.numbers.kinds == {Kind.FIXED_LINE}
    assert (rules.limits.lifetime, rules.limits.per_day, rules.limits.spacing_s) == (5, 2, 7200.0)
    assert rules.limits.rolling == (Rolling(7, 7 * 86_400.0),)
    assert rules.ring_s == 34.0
    assert rules.hours.open_through(LONDON, datetime(2026, 1, 7, 12, tzinfo=UTC), rules.ring_s)
    assert not rules.hours.open_through(LONDON, datetime(2026, 1, 4, 12, tzinfo=UTC), rules.ring_s)


def test_public_holidays_are_those_of_the_country_and_its_part() -> None:
    assert date(2026, 12, 25) in public_holidays("GB-ENG")
    assert date(2026, 11, 30) in public_holidays("GB-SCT")
    assert date(2026, 11, 30) not in public_holidays("GB-ENG")
    rules = rules_of(campaign(holidays={"calendar": "GB-ENG", "windows": ["10:00-12:00"]}))
    boxing_day_in_lieu = datetime(2026, 12, 28, 11, tzinfo=UTC)
    assert rules.hours.open_through(LONDON, boxing_day_in_lieu, 30)
    assert not rules.hours.open_through(LONDON, boxing_day_in_lieu.replace(hour=13), 30)


def test_a_regions_rules_hold_besides_the_campaigns_and_the_stricter_wins() -> None:
    rules = rules_of(campaign(profiles=["us-fl", "italy"], attempts={"rolling": ["7 in 7 d"]}))
    assert rules.limits.rolling == (Rolling(7, 7 * 86_400.0), Rolling(3, 86_400.0))
    assert rules.abandoned_rest_s == 5 * 86_400.0
    saturday = datetime(2026, 1, 10, 11, tzinfo=UTC)
    assert rules.hours.open_through(LONDON, saturday, 30)
    early = datetime(
        2026, 1, 7, 8, 30, tzinfo=UTC
    )  # open in Florida's hours, not in Italy's nor the campaign's
    assert not rules.hours.open_through(LONDON, early, 30)


def test_ledgers_are_those_of_the_regions_or_the_campaigns_own_target() -> None:
    assert [rule.name for rule in ledgers_of(campaign(profiles=["us-federal", "italy"]))] == [
        "us-ftc",
        "us-fcc",
        "it-garante",
    ]
    (own,) = ledgers_of(campaign(pacing={"target_abandon": "2 %"}))
    assert (own.name, own.limit) == ("own", 0.02)
    assert [rule.name for rule in ledgers_of(campaign(profiles=["brazil"]))] == ["br-short", "own"]
