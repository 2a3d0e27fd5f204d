"""Invented calls and agents' days, straight into the tables, and the plain sums over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import Database, archive
from storage.tables import agent_log, agents, attempts, attempts_archive, lead_numbers, leads


@dataclass(frozen=True, slots=True)
class Made:
    """One call as the table holds it."""

    id: str
    lead_id: int
    campaign_id: str
    claimed_at: datetime
    trunk: str = "carrier"
    agent: str | None = None
    state: str = "ended"
    dialed_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    greeting_end_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    disposition: str = ""
    cause: int | None = None
    talk_s: float | None = None
    wait_s: float | None = None
    abandoned: bool = False
    gave_up: bool = False
    machine: bool = False
    inbound: bool = False
    amount_cents: int | None = None

    @property
    def answered(self) -> datetime | None:
        """The answer as a ledger takes it."""
        if self.abandoned and self.answered_at is None:
            return self.ended_at or self.dialed_at
        return self.answered_at

    @property
    def moment(self) -> datetime:
        """The instant the call belongs to."""
        return self.answered or self.dialed_at or self.claimed_at


@dataclass(frozen=True, slots=True)
class Stay:
    """An agent went into a state."""

    agent: str
    at: datetime
    state: str
    campaign: str = "spring"


async def fill(
    db: Database, calls: Sequence[Made], log: Sequence[Stay], sources: Sequence[str], now: datetime
) -> None:
    """Empty the tables and put these in; lead n is of source n modulo how many there are.

    Every third call that ended is put away, as retention does. Every other call does not tell its lead's list, as
    those of older programs.
    """
    async with db.write() as connection:
        for table in (attempts, attempts_archive, lead_numbers, leads, agent_log, agents):
            await connection.execute(sa.delete(table))
        wanted = {call.lead_id: call.campaign_id for call in calls}
        rows = [
            {
                "id": lead_id,
                "campaign_id": campaign,
                "source": sources[lead_id % len(sources)],
                "created_at": now,
                "changed_at": now,
            }
            for lead_id, campaign in wanted.items()
        ]
        if rows:
            await connection.execute(sa.insert(leads), rows)
        if calls:
            made = [
                {**asdict(call), "number_id": 1, "e164": call.id, "source": told}
                for n, call in enumerate(calls)
                for told in (sources[call.lead_id % len(sources)] if n % 2 else None,)
            ]
            await connection.execute(sa.insert(attempts), made)
            late = [(call.id, call.claimed_at) for call in calls[::3] if call.state == "ended"]
            await archive.alone(connection)
            await archive.put_away(connection, late)
        names = sorted({one.agent for one in log})
        if names:
            await connection.execute(sa.insert(agents), [{"id": name, "state_at": now} for name in names])
            stays = [
                {"agent_id": s.agent, "at": s.at, "state": s.state, "campaign_id": s.campaign} for s in log
            ]
            await connection.execute(sa.insert(agent_log), stays)


def seconds_in(
    log: Iterable[Stay], until: datetime, wanted: Callable[[str, str, str, datetime], Any]
) -> dict[Any, float]:
    """Agents' time a second-hand at a time: `wanted(agent, campaign, state, at)` names the sum, None leaves out.

    Instants are whole seconds; what an agent does is asked for each minute's sixty seconds at once where it can.
    """
    found: dict[Any, float] = {}
    by_agent: dict[str, list[Stay]] = {}
    for one in sorted(log, key=lambda one: one.at):
        by_agent.setdefault(one.agent, []).append(one)
    for stays in by_agent.values():
        for one, following in zip(stays, [*stays[1:], None], strict=True):
            at, end = one.at, until if following is None else min(until, following.at)
            while at < end:
                step = min(end, at.replace(second=0) + timedelta(minutes=1))
                name = wanted(one.agent, one.campaign, one.state, at)
                if name is not None:
                    found[name] = found.get(name, 0.0) + (step - at).total_seconds()
                at = step
    return found
