"""kill -9 of the daemon, again and again, in a campaign on a real Asterisk and a real PostgreSQL.

What counts is the carrier's own record: who was called how often, and which conversation was cut.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import storage
from dialer.lab import shift
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.chaos.instants import INSTANTS, Prey
from tests.parts import postgres
from tests.parts.daemons import Daemon

AGENTS = 8
CALLS_A_KILL = 12
BAR_S = 3.0
"""The promise: so soon after a start pacing is asked about calls again."""

STUCK_S = 180.0
"""Without one lead less for so long the campaign has stopped."""

TARGET_ABANDON = 0.3
"""Whoever answers while the daemon is dead hears the message: with less the budget would be spent, and hardly anybody
called at the instant of the next kill."""

CUT_S = 0.5
"""A conversation that ended so much before the person would have hung up was cut."""

Say = Callable[[str], None]


@dataclass
class Report:
    """What the kills came to."""

    kills: int
    calls: int = 0
    conversations: int = 0
    adopted: int = 0
    back_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    instants: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """For people."""
        back = sorted(self.back_s) or [0.0]
        p50, p95 = (back[min(len(back) - 1, int(len(back) * share))] for share in (0.5, 0.95))
        late = sum(one > BAR_S for one in back)
        rows = {
            "kills": f"{self.kills}: " + _counted(self.instants),
            "calls at the carrier": str(self.calls),
            "conversations": f"{self.conversations}, {self.adopted} on at the instant of a kill",
            "outcomes": _counted(self.outcomes),
            "dialing again, from exec": (
                f"p50 {p50:.2f} s, p95 {p95:.2f} s, longest {back[-1]:.2f} s, {late} above {BAR_S:g} s"
            ),
            "wrong": str(len(self.wrong)),
        }
        return "\n".join([*(f"  {name:<26}{told}" for name, told in rows.items()), *self.wrong])


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda one: -one[1]))


def people(kills: int) -> tuple[Person, ...]:
    """Enough for all lives: most talk for some seconds, so that kills find conversations and ringing phones."""
    count = max(24, kills * CALLS_A_KILL)
    humans = [
        Person(
            Kind.HUMAN, n % 1000, ring_s=0.4 + 0.4 * (n % 7), talk_s=1.0 + 0.5 * (n % 9) + 5.0 * (n // 1000)
        )
        for n in range(count)
    ]
    others = [Person((Kind.BUSY, Kind.NO_ANSWER)[n % 2], n % 1000, ring_s=0.4) for n in range(count // 8)]
    return tuple(
        one for n, one in enumerate(humans) for one in (one, *others[n // 8 : n // 8 + (n % 8 == 7)])
    )


async def kill_again_and_again(kills: int, seed: int, say: Say = lambda _: None) -> Report:
    """A campaign with so many kills at random instants, to its end; what was wrong with it."""
    dice, called = random.Random(seed), people(kills)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    say(f"real: seed {seed}, {len(called)} people, {kills} kills")
    try:
        with postgres.running() as server:
            async with Lab() as lab:
                return await _campaign(lab, server.url(server.create()), called, dice, kills, folder, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _campaign(
    lab: Lab, url: str, called: tuple[Person, ...], dice: random.Random, kills: int, folder: Path, say: Say
) -> Report:
    plan = shift.Plan(
        called,
        agents=AGENTS,
        mode="predictive",
        target_abandon=TARGET_ABANDON,
        database=url,
        more={"wrap_up_max_s": 0.5},
    )
    settings = shift.settings_of(lab, plan, folder)
    Path(settings.data_dir).mkdir()
    db = await storage.Database.open(url)
    await db.upgrade()
    await shift.load_leads(db, settings.campaigns[shift.CAMPAIGN], called, folder)
    daemon, report = Daemon(settings, folder / "dialer.yaml"), Report(kills)
    try:
        await daemon.start()
        for n in range(AGENTS):
            await daemon.ask("log_in", agent=f"a{n}", ready=True)
        await _seated(daemon)
        await daemon.ask("set_run_state", campaign=shift.CAMPAIGN, state="running")
        prey = Prey(daemon, url, dice)
        for n in range(kills):
            instant = dice.choice(INSTANTS)
            report.instants[instant.__name__.replace("_", " ")] += 1
            await instant(prey)
            report.adopted += sum(one.bridged_at is not None for one in await storage.attempts.live(db))
            await asyncio.sleep(dice.choice((0.0, 0.5, 2.0)))
            began = time.monotonic()
            await daemon.start()
            await _deciding(daemon)
            report.back_s.append(time.monotonic() - began)
            if (n + 1) % 5 == 0:
                latest = sorted(report.back_s[-5:])
                say(f"  {n + 1} of {kills} kills; dialing again after {latest[0]:.1f} to {latest[-1]:.1f} s")
        await _worked_off(daemon, report)
        await daemon.terminate()
        await _compare(lab, db, called, report)
    finally:
        daemon.close()
        await db.close()
    return report


async def _seated(daemon: Daemon) -> None:
    """An agent whose phone still rings as the daemon dies has to log in again; these are none of them."""
    async with asyncio.timeout(120):
        while True:
            row = await daemon.ask("campaign_status", campaign=shift.CAMPAIGN)
            if sum(agent["state"] == "ready" for agent in row["agents"]) == AGENTS:
                return
            await asyncio.sleep(0.05)


async def _deciding(daemon: Daemon) -> None:
    """Wait until pacing is asked about calls again: nothing forbids them any more."""
    async with asyncio.timeout(120):
        while (await daemon.ask("campaign_status", campaign=shift.CAMPAIGN))["pacing"]["last"] is None:
            await asyncio.sleep(0.02)


async def _worked_off(daemon: Daemon, report: Report) -> None:
    """Until nobody is left to call, however slowly; agents who lost their phones are rung again."""
    row: dict[str, Any] = {}
    least = sys.maxsize
    try:
        async with asyncio.timeout(None) as patience:
            while True:
                row = await daemon.ask("campaign_status", campaign=shift.CAMPAIGN)
                left = sum(
                    row["leads"].get(state, 0) for state in ("pending", "claimed", "in_call", "wrap_up")
                )
                if not left and not row["dialing"] + row["ringing"] + row["waiting"] + row["talking"]:
                    return
                if left < least:
                    least = left
                    patience.reschedule(asyncio.get_running_loop().time() + STUCK_S)
                await asyncio.sleep(0.5)
    except TimeoutError:
        report.wrong.append(
            f"never worked off: {row.get('why')}; {row.get('leads')}; {row.get('agents_by_state')}"
        )


async def _compare(lab: Lab, db: storage.Database, called: tuple[Person, ...], report: Report) -> None:
    found = await storage.attempts.of_campaign(db, shift.CAMPAIGN, since=shift.EPOCH, limit=1_000_000)
    attempts = {one.e164: one for one in found}
    counts = await storage.leads.counts(db, shift.CAMPAIGN)
    carrier = [call for call in lab.carrier_calls() if call.person is not None]
    report.calls = len(carrier)
    report.conversations = sum(one.bridged_at is not None for one in found)
    report.outcomes = dict(Counter(one.outcome for one in found))
    claims, rung = Counter(one.e164 for one in found), Counter(call.number for call in carrier)
    wrong = report.wrong
    wrong += [
        f"rung {n} times for {claims[number]} claims: {number}"
        for number, n in rung.items()
        if n > claims[number]
    ]
    if sum(counts.values()) != len(called) or counts.get("claimed") or counts.get("in_call"):
        wrong.append(f"leads lost: {counts} of {len(called)}")
    wrong += [f"{one.attempt_id} is not ended" for one in found if one.state != "ended"]
    for call in carrier:
        one = attempts.get(call.number)
        assert call.person is not None
        if one is None or one.bridged_at is None or one.abandoned or call.person.talk_s is None:
            continue
        talked_s = call.ended_at - (call.answered_at or call.ended_at)
        if call.ended_by != "callee" and talked_s < call.person.talk_s - CUT_S:
            wrong.append(
                f"cut after {talked_s:.1f} of {call.person.talk_s} s: {one.attempt_id} {one.outcome}"
            )
