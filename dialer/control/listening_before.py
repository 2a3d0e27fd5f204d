"""Phones that an earlier life of the daemon let listen: gone on with as the audit log has them, or ended.

The log was told before anybody heard anything, so it decides: the switch is asked anew for what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ami
import storage
from dialer.control import listening_rules as rules
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.errors import ControlError
from dialer.core import legs
from dialer.core.ears import Ear, Mode, Stage
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner
from dialer.runtime.listening import CHANGED, RESUMED, STARTED, STOPPED
from dialer.runtime.tasks import outside

REMEMBERED = timedelta(days=2)
"""How far back the log is read: whoever listens for longer is ended by a restart."""

Channels = Mapping[str, ami.LiveChannel]

WHILE_AWAY = "it ended while the dialer was away"


@dataclass(frozen=True, slots=True)
class Told:
    """A phone that the audit log says listens: to whom, what it said last and when, and since when it hears them."""

    agent: str
    said: Mapping[str, Any]
    at: datetime
    since: datetime


class ListeningBefore:
    """Settles what an earlier life left, on each node when its channels are first known."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._settled: set[str] = set()
        self._judged: set[str] = set()

    async def settle(self, node: str, channels: Channels, strangers: frozenset[str]) -> None:
        """Take over or end the listening phones nobody here knows; note once which ended unseen.

        `channels`: all there are on this node now, by their ids.
        """
        old = {one for one in strangers if one in self._judged or one.startswith(self._this_life)}
        for one in old:
            self._dialer.listening.end_unknown(node, one)  # the list is older than its end, or that failed
        new = sorted(strangers - old)
        first = node not in self._settled
        if not new and not first:
            return
        self._judged.update(new)
        self._settled.add(node)
        try:
            told = await self._told()
            for one in new:
                await self._go_on(node, one, told.get(one), channels)
            if first:
                await self._note_gone(node, told, channels)
        except (storage.StorageError, TimeoutError):
            # Who listens, and whether they may, is not known: nobody does.
            self._settled.discard(node)
            for one in new:
                if self._dialer.listening.ears.get(one) is None:
                    self._end(node, one, None, "after a restart the audit log could not be read")

    @property
    def _this_life(self) -> str:
        return f"{self._dialer.ids.listener_prefix}{self._dialer.ids.boot}-"

    async def _go_on(self, node: str, listener: str, told: Told | None, channels: Channels) -> None:
        if told is None:
            self._end(node, listener, None, "the audit log does not say that it listens")
            return
        calls = await self._calls_since(told)
        found = await self._ear(node, listener, told, channels)
        if isinstance(found, str):
            self._end(node, listener, told, found)
        else:
            await self._dialer.listening.resume(found, calls)

    async def _note_gone(self, node: str, told: Mapping[str, Told], channels: Channels) -> None:
        for listener, one in told.items():
            if listener.startswith(self._this_life) or listener in channels or listener in self._judged:
                continue
            if self._node_of(one) in ("", node):
                said = {**one.said, "why": WHILE_AWAY, "calls": await self._calls_since(one)}
                self._dialer.listening.note_end(one.agent, said)

    async def _told(self) -> dict[str, Told]:
        """What the log says listens, by the phones' ids."""
        since = self._dialer.clock.utc() - REMEMBERED
        actions = (STARTED, CHANGED, RESUMED, STOPPED)
        reading = storage.audit.of_actions(self._dialer.db, actions, since=since)
        told: dict[str, Told] = {}
        for row in await outside("database", reading, DATABASE_TIMEOUT_S):
            said = json.loads(row.after)
            listener = said.get("listener", "") if isinstance(said, dict) else ""
            if not listener.startswith(self._dialer.ids.listener_prefix):
                continue
            if row.action == STOPPED:
                told.pop(listener, None)
                continue
            before = told.get(listener)
            begun = row.at if before is None or row.action == STARTED else before.since
            told[listener] = Told(row.target, said, row.at, begun)
        return told

    async def _ear(self, node: str, listener: str, told: Told, channels: Channels) -> Ear | str:
        """The listening as it goes on, else why it must not."""
        if channels[listener].state != "Up":
            return "the dialer was restarted while the phone rang"
        user = str(told.said.get("user", ""))
        reading = storage.users.by_id(self._dialer.db, user)
        person = await outside("database", reading, DATABASE_TIMEOUT_S)
        if person is None or person.disabled:
            return "the supervisor may not sign in any more"
        runner = self._runner_of(told)
        found = None if runner is None else runner.floor.roster.get(told.agent)
        if runner is None or found is None or found.seat_id is None:
            return "the agent's phone is gone"
        if self._dialer.listening.ears.of_user(user) is not None:
            return "the supervisor listens by another phone"
        rule = self._dialer.settings.campaigns[runner.campaign_id].listening
        try:
            mode = rules.mode_of(str(told.said.get("mode", "")))
            if mode is Mode.BARGE and not _same_conversation(runner, told, channels):
                mode = Mode.LISTEN
            rules.may(rule, person.role, told.agent, mode, runner.campaign_id)
        except ControlError as error:
            return str(error)
        return Ear(
            id=listener,
            user=user,
            role=person.role,
            phone=str(told.said.get("phone", "")),
            agent=told.agent,
            campaign=runner.campaign_id,
            node=node,
            seat=found.seat_id,
            mode=mode,
            since=told.since.timestamp(),
            stage=Stage.ON,
        )

    def _end(self, node: str, channel: str, told: Told | None, why: str) -> None:
        said = {**({} if told is None else told.said), "listener": channel, "why": why}
        self._dialer.listening.end_unknown(node, channel)
        self._dialer.listening.note_end("" if told is None else told.agent, said)

    async def _calls_since(self, told: Told) -> tuple[str, ...]:
        campaign = str(told.said.get("campaign", ""))
        reading = storage.attempts.talked(self._dialer.db, campaign, told.agent, since=told.since)
        return await outside("database", reading, DATABASE_TIMEOUT_S)

    def _runner_of(self, told: Told) -> FloorRunner | None:
        return self._dialer.floors.get(str(told.said.get("campaign", "")))

    def _node_of(self, told: Told) -> str:
        runner = self._runner_of(told)
        return "" if runner is None else runner.wiring.node.name


def _same_conversation(runner: FloorRunner, told: Told, channels: Channels) -> bool:
    """Whether the conversation that was barged into is still on.

    The switch's bridges decide: who was spoken to stays listed after hanging up, until the voice is taken out.
    """
    try:
        rules.in_plain_conversation(runner, told.agent)
    except ControlError:
        return False
    found = legs.of(runner.floor, told.agent)
    if found is None or found[1].bridged_at is None or found[1].bridged_at > told.at.timestamp():
        return False
    agent, call = found
    there = [channels[one].bridge_id for one in (agent.seat_id or "", call.id) if one in channels]
    return len(there) == 2 and there[0] == there[1] != ""
