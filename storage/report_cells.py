"""A day's calls summed into cells: one question that reads each call once, whatever is counted of it.

Calls that are alike in all that is counted are put together first; every sum then stands over these few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from storage.report_sql import Span, answered, calls, claimed_near, no_later, seconds, slot_of, within_span
from storage.tables import leads
from storage.types import Instant

NOT_A_CALL: Final = ("not_dialed", "error", "congestion", "trunk_failed")
"""Outcomes of attempts that never reached the network: no ledger counts them."""

DIMENSIONS: Final = ("slot", "agent", "trunk", "list", "outcome", "disposition", "cause", "inbound")
MEASURES: Final = (
    "attempts", "dials", "failed", "answered", "talked", "abandoned", "gave_up", "machines", "opted_out",
    "rang", "post_dial_s", "talk_s", "wait_s", "amounts", "amount_cents", "calls", "people", "unheard",
)  # fmt: skip
"""What each cell sums. `calls`, `people` and `unheard` are the ledgers' calls, people and machines by detection."""


@dataclass(frozen=True, slots=True)
class LedgerClock:
    """How a ledger tells whether an agent came in time; `within_s` also bounds its short calls."""

    from_greeting: bool
    within_s: float


def source_of(source: sa.FromClause) -> sa.ColumnElement[str]:
    """The list a call's lead was on. Calls of older programs do not say: their lead does, while it is there."""
    lead = sa.select(leads.c.source).where(leads.c.id == source.c.lead_id).scalar_subquery()
    return sa.func.coalesce(source.c.source, lead, "")


def query(dialect: str, campaign_id: str, span: Span, clocks: Sequence[LedgerClock]) -> sa.Select[Any]:
    """DIMENSIONS, then MEASURES, then for each clock the calls in time and the short ones."""
    one = _one(campaign_id, span)
    facts = _Facts(_facts(one, clocks, dialect))
    moment = sa.func.coalesce(one.c.answered, one.c.dialed_at, one.c.claimed_at, type_=Instant())
    keys = (
        slot_of(moment, span, dialect).label("slot"), one.c.agent, one.c.trunk, source_of(one).label("source"),
        one.c.outcome, one.c.disposition, one.c.cause, one.c.inbound,
    )  # fmt: skip
    alike = (
        sa.select(
            *keys,
            facts.all.label("facts"),
            sa.func.count().label("n"),
            sa.func.sum(seconds(one.c.ringing_at, one.c.dialed_at, dialect)).label("post_dial_s"),
            sa.func.sum(one.c.talk_s).label("talk_s"),
            sa.func.sum(one.c.wait_s).label("wait_s"),
            sa.cast(sa.func.sum(one.c.amount_cents), sa.BigInteger).label("amount_cents"),
        )
        .where(within_span(moment, span))
        .group_by(*_places(len(keys) + 1))
        .subquery("alike")
    )
    named = [alike.c[key.name] for key in keys]
    return sa.select(*named, *_sums(alike, facts, clocks)).group_by(*_places(len(keys)))


def _one(campaign_id: str, span: Span) -> sa.Subquery:
    """A call a row, with its answer. The offset keeps databases from reckoning that anew wherever it is used."""
    source = calls()
    return (
        sa.select(*source.c, answered(source).label("answered"))
        .where(source.c.campaign_id == campaign_id, *claimed_near(source, span))
        .offset(0)
        .subquery("one")
    )


class _Facts:
    """What is true of a call, as the bits of one number: calls are alike where it is the same."""

    def __init__(self, facts: dict[Any, sa.ColumnElement[bool]]) -> None:
        self._bits = {name: 1 << place for place, name in enumerate(facts)}
        bits = [
            sa.case((fact, sa.literal_column(str(self._bits[name]))), else_=sa.literal_column("0"))
            for name, fact in facts.items()
        ]
        self.all: sa.ColumnElement[int] = sum(bits[1:], start=bits[0])

    def has(self, alike: sa.Subquery, name: Any) -> sa.ColumnElement[bool]:
        """Whether that is true of these calls."""
        bit: sa.ColumnElement[int] = sa.literal_column(str(self._bits[name]))
        return alike.c.facts.bitwise_and(bit) != 0


def _facts(
    one: sa.Subquery, clocks: Sequence[LedgerClock], dialect: str
) -> dict[Any, sa.ColumnElement[bool]]:
    c = one.c
    found: dict[Any, sa.ColumnElement[bool]] = {
        "ended": c.state == "ended",
        "dialed": c.dialed_at.is_not(None),
        "rang": c.ringing_at.is_not(None),
        "answered": c.answered.is_not(None),
        "bridged": c.bridged_at.is_not(None),
        "abandoned": c.abandoned,
        "gave_up": c.gave_up,
        "machine": c.machine,
        "opted_out": c.opted_out,
        "amount": c.amount_cents.is_not(None),
    }
    for clock in clocks:
        later = sa.case((c.greeting_end_at > c.answered, c.greeting_end_at), else_=c.answered)
        begin = later if clock.from_greeting else c.answered
        found[clock] = no_later(c.bridged_at, begin, clock.within_s, dialect)
        found["short", clock.within_s] = no_later(c.ended_at, c.answered, clock.within_s, dialect)
    return found


def _sums(alike: sa.Subquery, facts: _Facts, clocks: Sequence[LedgerClock]) -> list[sa.ColumnElement[Any]]:
    c = alike.c

    def has(name: Any) -> sa.ColumnElement[bool]:
        return facts.has(alike, name)

    def count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        total = sa.func.sum(c.n)
        filtered = total.filter(*conditions) if conditions else total
        return sa.cast(sa.func.coalesce(filtered, 0), sa.BigInteger)

    def total(name: str, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[float]:
        summed = sa.func.sum(c[name])
        return sa.func.coalesce(summed.filter(*conditions) if conditions else summed, 0.0)

    reached_network = c.outcome.not_in(NOT_A_CALL)
    dialed = sa.and_(has("dialed"), c.inbound.is_(False))
    placed = sa.and_(dialed, reached_network)
    counted = sa.and_(has("ended"), has("dialed"), reached_network)
    unheard = sa.and_(has("machine"), sa.not_(has("abandoned")), sa.not_(has("bridged")))
    person = sa.and_(counted, has("answered"), sa.not_(unheard))
    sums: list[sa.ColumnElement[Any]] = [
        count(),
        count(placed),
        count(dialed, c.outcome.in_(NOT_A_CALL)),
        count(placed, has("answered")),
        count(has("bridged")),
        count(has("abandoned")),
        count(has("gave_up")),
        count(has("machine")),
        count(has("opted_out")),
        count(placed, has("rang")),
        total("post_dial_s", placed),
        total("talk_s"),
        total("wait_s"),
        count(has("amount")),
        sa.cast(sa.func.coalesce(sa.func.sum(c.amount_cents), 0), sa.BigInteger),
        count(counted),
        count(person),
        count(counted, has("answered"), unheard),
    ]
    for clock in clocks:
        sums += [
            count(person, has("bridged"), sa.not_(has("abandoned")), has(clock)),
            count(counted, has("answered"), has(("short", clock.within_s))),
        ]
    return sums


def _places(count: int) -> list[sa.ColumnElement[Any]]:
    return [sa.literal_column(str(place)) for place in range(1, count + 1)]
