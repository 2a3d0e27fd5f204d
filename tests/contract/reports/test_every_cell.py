"""Each figure of a report is the plain sum over the calls and the agents' stays, on both databases."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from dialer import reports
from dialer.compliance.false_positives import FalsePositives
from dialer.compliance.ledgerbook import LedgerBook
from dialer.compliance.ledgers import LedgerRule, Window
from dialer.reports import Asked, Period, Report
from dialer.reports.gather import rules_of
from storage import Attempt, Database, Options
from tests.parts.calls_made import Made, Stay, fill, seconds_in
from tests.parts.campaigns import campaign
from tests.parts.plain import record_of

SAID = [
    {"code": "sale", "label": "Sale", "asks_amount": True, "value": 10.0},
    {"code": "visit", "label": "Visit", "conversion": True},
    {"code": "tape", "label": "Tape", "machine": True},
    {"code": "no", "label": "No"},
]
SPRING = campaign(
    dispositions=SAID, currency="EUR", zone="Asia/Kathmandu", profiles=["us-federal", "italy", "uk"], amd=True
)
AUTUMN = campaign(id="autumn", name="Autumn", dispositions=SAID, currency="EUR", zone="Europe/London")
SETTINGS = config.Settings.model_construct(
    campaigns={"spring": SPRING, "autumn": AUTUMN},
    teams={"north": ("ann", "bob")},
    zone="UTC",
    instance="main",
)
FIRST = datetime(2026, 3, 28, tzinfo=UTC)
"""The day before Europe's clocks go forward."""
PERIOD = Period(FIRST.date(), FIRST.date() + timedelta(days=2))
NOW = FIRST + timedelta(days=3, hours=3)
SPAN_S = 3 * 86_400
SOURCES = ("", "0123456789abcdef")
FAILED = ("not_dialed", "error", "congestion", "trunk_failed")
OUTCOMES = ("connected", "no_answer", "busy", "machine", "abandoned", "gave_up", "released", *FAILED)

eighths = st.integers(0, 8 * 30).map(lambda n: timedelta(milliseconds=125 * n))
"""Steps that floats and microseconds hold exactly; two seconds, where ledgers change their mind, among them."""


@st.composite
def made(draw: st.DrawFn, serial: itertools.count[int]) -> Made:
    """One call, as the switch may have left it."""
    at = FIRST + timedelta(seconds=draw(st.integers(-3 * 3600, SPAN_S + 3600)))
    campaign_id = draw(st.sampled_from(("spring", "autumn")))
    dialed = at + draw(eighths) if draw(st.integers(0, 9)) else None
    answered = (dialed or at) + draw(eighths) if draw(st.booleans()) else None
    bridged = answered + draw(eighths) if answered is not None and draw(st.booleans()) else None
    greeting = answered + draw(eighths) if answered is not None and draw(st.booleans()) else None
    live = not draw(st.integers(0, 9))
    ended = None if live else (bridged or answered or dialed or at) + draw(eighths)
    said = draw(st.sampled_from(("", "sale", "visit", "tape", "no"))) if bridged is not None else ""
    inbound = not draw(st.integers(0, 9))
    n = next(serial)
    return Made(
        id=f"c-{n}",
        lead_id=2 * n + (campaign_id == "spring"),
        campaign_id=campaign_id,
        claimed_at=at,
        trunk=draw(st.sampled_from(("", "carrier", "other"))),
        agent=draw(st.sampled_from(("ann", "bob", "cid"))) if bridged is not None else None,
        state="live" if live else "ended",
        dialed_at=None if inbound else dialed,
        ringing_at=None if dialed is None or inbound or not draw(st.booleans()) else dialed + draw(eighths),
        answered_at=answered,
        greeting_end_at=greeting,
        bridged_at=bridged,
        ended_at=ended,
        outcome="" if live else draw(st.sampled_from(OUTCOMES)),
        disposition=said,
        cause=draw(st.sampled_from((None, 16, 17))),
        talk_s=None if bridged is None else draw(eighths).total_seconds(),
        wait_s=None if answered is None else draw(eighths).total_seconds(),
        abandoned=not draw(st.integers(0, 4)),
        machine=not draw(st.integers(0, 4)),
        inbound=inbound,
        amount_cents=draw(st.integers(0, 10**9)) if said == "sale" and draw(st.booleans()) else None,
    )


stay = st.builds(
    Stay,
    agent=st.sampled_from(("ann", "bob", "cid")),
    at=st.integers(-86_400, SPAN_S).map(lambda s: FIRST + timedelta(seconds=s)),
    state=st.sampled_from(("ready", "talking", "wrapup", "interval", "away", "out", "connecting")),
    campaign=st.sampled_from(("spring", "autumn")),
)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Made], list[Stay]]:
    """Three days of calls and of agents' states."""
    calls = draw(st.lists(made(itertools.count(1)), max_size=25))
    log = draw(st.lists(stay, max_size=12, unique_by=lambda one: (one.agent, one.at)))
    return calls, log


@given(made_up=days())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def _check(runner: asyncio.Runner, db: Database, made_up: tuple[list[Made], list[Stay]]) -> None:
    calls, log = made_up
    runner.run(fill(db, calls, log, SOURCES, NOW))
    report = runner.run(reports.make(db, SETTINGS, Asked(PERIOD), now=NOW))
    inside = [call for call in calls if _local(call).date() in PERIOD.days]
    for by, group in GROUPS.items():
        _agree(report, by, inside, group)
    _agree_on_time(report, log)
    _agree_on_causes(report, inside)
    _agree_on_ledgers(runner, db, calls)
    for campaign_id in ("spring", "autumn"):
        alone = Asked(PERIOD, (campaign_id,), agent="ann", by=("hour", "trunk"))
        narrow = runner.run(reports.make(db, SETTINGS, alone, now=NOW))
        mine = [call for call in inside if call.agent == "ann" and call.campaign_id == campaign_id]
        _agree(narrow, "hour", mine, GROUPS["hour"])
        _agree(narrow, "trunk", mine, GROUPS["trunk"])


def test_every_cell_of_every_grouping_is_the_sum_over_its_calls(upgraded_url: str) -> None:
    with asyncio.Runner() as runner:
        db = runner.run(Database.open(upgraded_url, Options(durable=False)))
        try:
            _check(runner, db)
        finally:
            runner.run(db.close())


def _local(call: Made) -> datetime:
    return call.moment.astimezone(ZoneInfo(SETTINGS.campaigns[call.campaign_id].zone or "UTC"))


def _team(agent: str | None) -> str | None:
    return "north" if agent in ("ann", "bob") else None


GROUPS: dict[str, Callable[[Made], Any]] = {
    "campaign": lambda call: (call.campaign_id,),
    "team": lambda call: (_team(call.agent),),
    "agent": lambda call: (call.agent,),
    "list": lambda call: (call.campaign_id, SOURCES[call.lead_id % 2] or "-"),
    "trunk": lambda call: (call.trunk or None,),
    "hour": lambda call: (f"{_local(call).hour:02d}:00",),
    "day": lambda call: (_local(call).date().isoformat(),),
}


def _agree(report: Report, by: str, calls: Sequence[Made], group: Callable[[Made], Any]) -> None:
    table = report.table(f"by_{by}")
    width = 2 if by == "list" else 1
    names = [column.name for column in table.columns]
    shown = {row[:width]: dict(zip(names, row, strict=True)) for row in table.rows}
    wanted: dict[Any, list[Made]] = {}
    for call in calls:
        if group(call)[-1] is not None:
            wanted.setdefault(group(call), []).append(call)
    assert wanted.keys() <= shown.keys(), by
    for key, row in shown.items():
        for name, amount in _plainly(wanted.get(key, [])).items():
            same = amount if amount is None else pytest.approx(amount, rel=1e-12, abs=1e-9)
            assert row[name] == same, (by, key, name)


def _plainly(calls: Iterable[Made]) -> dict[str, float | None]:
    """What a person with a pencil would count."""
    calls = list(calls)
    dialed = [c for c in calls if c.dialed_at is not None and not c.inbound and c.outcome not in FAILED]
    talked = [c for c in calls if c.bridged_at is not None]
    people = [c for c in talked if c.disposition != "tape"]
    sold = [c for c in calls if c.disposition in ("sale", "visit")]
    cents = sum(_worth(c) for c in sold)
    answered = sum(c.answered is not None for c in dialed)
    talk_s = sum(c.talk_s or 0.0 for c in calls)
    return {
        "dials": len(dialed),
        "answered": answered,
        "inbound": sum(c.inbound for c in calls),
        "contacts": len(people),
        "conversions": len(sold),
        "value": cents / 100,
        "abandoned": sum(c.abandoned for c in calls),
        "talk_s": talk_s,
        "answer_rate": answered / len(dialed) if dialed else None,
        "contact_rate": sum(not c.inbound for c in people) / len(dialed) if dialed else None,
        "conversion_rate": len(sold) / len(people) if people else None,
        "talk_mean_s": talk_s / len(talked) if talked else None,
    }


def _worth(call: Made) -> int:
    if call.amount_cents is not None:
        return call.amount_cents
    return 1000 if call.disposition == "sale" else 0


def _agree_on_time(report: Report, log: list[Stay]) -> None:
    named = {"ready": "waiting_s", "wrapup": "wrap_up_s", "interval": "interval_s", "away": "away_s"}

    def place(agent: str, campaign_id: str, state: str, at: datetime) -> Any:
        local = at.astimezone(ZoneInfo(SETTINGS.campaigns[campaign_id].zone or "UTC"))
        if local.date() not in PERIOD.days or state == "out":
            return None
        return agent, f"{local.hour:02d}:00", state

    found = seconds_in(log, NOW, place)
    for by, which in (("agent", 0), ("hour", 1)):
        table = report.table(f"by_{by}")
        for row in table.rows:
            cells = dict(zip([column.name for column in table.columns], row, strict=True))
            for state, name in named.items():
                wanted = sum(s for key, s in found.items() if key[which] == row[0] and key[2] == state)
                assert cells[name] == pytest.approx(wanted, abs=1e-3), (by, row[0], name)
            work = sum(s for key, s in found.items() if key[which] == row[0] and key[2] != "away")
            assert cells["working_s"] == pytest.approx(work, abs=1e-3)
    shown = {row[0] for row in report.table("by_agent").rows}
    assert {key[0] for key in found} <= shown


def _agree_on_causes(report: Report, calls: list[Made]) -> None:
    counted: dict[tuple[Any, ...], int] = {}
    for call in calls:
        if call.outcome:
            counted[call.outcome, call.cause] = counted.get((call.outcome, call.cause), 0) + 1
    assert {row[:2]: row[3] for row in report.table("causes").rows} == counted


def _agree_on_ledgers(runner: asyncio.Runner, db: Database, calls: list[Made]) -> None:
    """A day's row of each ledger is what the ledger itself says of that day."""
    rules = rules_of(SPRING, SETTINGS)
    day = PERIOD.first + timedelta(days=1)
    asked = Asked(Period(day, day), ("spring",))
    table = runner.run(reports.make(db, SETTINGS, asked, now=NOW)).table("ledgers")
    end = datetime.combine(day, datetime.max.time(), ZoneInfo("Asia/Kathmandu")).timestamp()
    for rule, row in zip(rules.ledgers, table.rows, strict=True):
        book = LedgerBook(
            (_of_the_day(rule),), 0.0, FalsePositives(rules.false_positives, rules.false_positives)
        )
        for call in calls:
            record = record_of(_row(call), rules.machine_codes)
            if call.campaign_id == "spring" and record is not None:
                book.add(record)
        (figure,) = book.figures(end)
        shown = dict(zip([column.name for column in table.columns], row, strict=True))
        assert shown["ledger"] == rule.name
        assert shown["share"] == (pytest.approx(figure.share) if figure.under > 0 else None)
        assert shown["upper"] == pytest.approx(min(figure.upper, 1.0))


def _of_the_day(rule: LedgerRule) -> LedgerRule:
    values = {name: getattr(rule, name) for name in rule.__slots__}
    return LedgerRule(**{**values, "window": Window.DAY, "zone": "Asia/Kathmandu"})


def _row(call: Made) -> Attempt:
    given = {name: getattr(call, name) for name in Made.__slots__ if name not in ("id", "amount_cents")}
    blank = {"number_id": 1, "e164": "", "node": "", "tech_cause": None, "opted_out": False, "caller_id": ""}
    return Attempt(attempt_id=call.id, **given, **blank)
