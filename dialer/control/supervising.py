"""Use cases of supervisors who listen to agents: begin, change how, stop, who listens; the audit log is told first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import ami
import config
import storage
from dialer.control import listening_rules as rules
from dialer.control import phones
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.control.listening_before import ListeningBefore
from dialer.core import legs
from dialer.core.agent import SeatState
from dialer.core.ears import Ear, Mode, Stage
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner
from dialer.runtime.listening import CHANGED, REFUSED, STARTED, STOPPED, shown_in_log
from dialer.runtime.tasks import outside

COMMAND_LINE = "command line"
MOST_ON_ONE = 3
"""Supervisors who listen to one agent at the same time; each costs the switch as much as a conversation."""


class Supervising(UseCases):
    """What supervisors may ask of agents' conversations."""

    def __init__(self, dialer: Dialer) -> None:
        super().__init__(dialer)
        self._one_at_a_time = asyncio.Lock()
        dialer.watchers.append(self._rules_changed)
        dialer.listening.before = ListeningBefore(dialer).settle

    async def listen(
        self, agent: str, user: str, mode: str = "listen", actor: str = COMMAND_LINE, address: str = ""
    ) -> dict[str, Any]:
        """Ring this user's phone and let it hear the agent; where it listens already, it goes on so.

        `mode`: who hears the user: listen (nobody), whisper (the agent), barge (the person called too).
        """
        try:
            async with self._one_at_a_time:
                return _shown(await self._listen(agent, user, mode, actor, address))
        except ControlError as error:
            said = {"user": user[:100], "mode": mode[:20], "why": error.id}
            await self.dialer.listening.note(actor, address, REFUSED, agent, said)
            raise

    async def stop_listening(self, user: str, actor: str = COMMAND_LINE) -> dict[str, Any]:
        """Hang this user's listening phone up."""
        ear = self.dialer.listening.ears.of_user(user)
        if ear is None:
            raise ControlError("not_listening", f"{user} listens to nobody")
        self.dialer.listening.end(ear, f"stopped by {actor}")
        return _shown(ear)

    async def listeners(self) -> list[dict[str, Any]]:
        """Who listens to whom now."""
        return [_shown(ear) for ear in self.dialer.listening.ears]

    async def _listen(self, agent: str, user: str, mode: str, actor: str, address: str) -> Ear:
        wanted = rules.mode_of(mode)
        person = await self._person(user)
        runner = self._floor_of(agent)
        rule = self.dialer.settings.campaigns[runner.campaign_id].listening
        rules.may(rule, person.role, agent, wanted, runner.campaign_id)
        found = runner.floor.roster.get(agent)
        seat = None if found is None else found.seat_id
        if found is None or seat is None or found.seat not in (SeatState.HELD, SeatState.BUSY):
            raise ControlError("no_seat", f"the phone of agent {agent} is not on the line; wait until it is")
        if person.agent_id == agent:
            raise ControlError("listening_self", "that is your own seat")
        if wanted is Mode.BARGE:
            rules.in_plain_conversation(runner, agent)
        if not runner.wiring.node.up:
            why = f"{runner.wiring.node.name} cannot be reached: {runner.wiring.node.reason}"
            raise ControlError("line_down", why)
        others = [ear for ear in self.dialer.listening.ears.of_agent(agent) if ear.user != user]
        if len(others) >= MOST_ON_ONE:
            raise ControlError("listening_full", f"{len(others)} people listen to agent {agent} already")
        before = self.dialer.listening.ears.of_user(user)
        if before is None:
            return await self._begin(runner, person, agent, seat, wanted, actor, address)
        if before.node != runner.wiring.node.name:
            raise ControlError("listening_elsewhere", "your phone listens on another node; stop that first")
        return await self._go_on(runner, before, agent, seat, wanted, actor, address)

    async def _begin(
        self,
        runner: FloorRunner,
        person: storage.UserRow,
        agent: str,
        seat: str,
        mode: Mode,
        actor: str,
        address: str,
    ) -> Ear:
        ear = Ear(
            self.dialer.ids.listener(),
            person.user_id,
            person.role,
            self._phone_of(person),
            agent,
            runner.campaign_id,
            runner.wiring.node.name,
            seat,
            mode,
            runner.now(),
        )
        listening = self.dialer.listening
        await listening.note(actor, address, STARTED, agent, shown_in_log(ear))
        try:
            await listening.start(ear, runner.wiring.caller_id)
        except ami.AmiError as error:
            raise _not_done(error) from None
        self._hears_now(runner, ear)
        return ear

    async def _go_on(
        self, runner: FloorRunner, ear: Ear, agent: str, seat: str, mode: Mode, actor: str, address: str
    ) -> Ear:
        listening = self.dialer.listening
        to = replace(ear, agent=agent, campaign=runner.campaign_id, seat=seat, mode=mode)
        if to == ear:
            return ear
        if ear.stage is Stage.RINGING:
            raise ControlError("phone_rings", "your phone rings; take it off, then choose")
        if ear.seat == seat:
            await listening.note(actor, address, CHANGED, agent, shown_in_log(to), {"mode": ear.mode.value})
        else:
            to = replace(to, since=runner.now())
            left = {
                **shown_in_log(ear),
                "why": "went on to another agent",
                "calls": listening.heard_so_far(ear),
            }
            await listening.note(actor, address, STOPPED, ear.agent, left)
            await listening.note(actor, address, STARTED, agent, shown_in_log(to))
        now = listening.ears.get(ear.id)
        if now is None:
            raise ControlError("not_listening", "your phone has hung up meanwhile")
        to = replace(to, stage=now.stage)
        if mode is Mode.BARGE:
            rules.in_plain_conversation(runner, agent)  # it may have ended while the log was written
        try:
            await listening.change(now, to)
        except ami.AmiError as error:
            raise _not_done(error) from None
        self._hears_now(runner, to)
        return to

    def _hears_now(self, runner: FloorRunner, ear: Ear) -> None:
        talking = legs.of(runner.floor, ear.agent)
        if talking is not None:
            self.dialer.listening.hears_call(ear.id, talking[1].id)

    async def _person(self, user: str) -> storage.UserRow:
        reading = storage.users.by_id(self.dialer.db, user)
        row = await outside("database", reading, DATABASE_TIMEOUT_S)
        if row is None or row.disabled:
            raise ControlError("user_unknown", f"no user {user!r} who may sign in; see dialer user list")
        return row

    def _phone_of(self, person: storage.UserRow) -> str:
        """The phone to ring: the user's own, else that of their desk while no seat holds it."""
        own = self.dialer.agents.get(person.agent_id or "")
        phone = person.phone or ("" if own is None else own.endpoint)
        if not phone:
            raise ControlError(
                "no_phone", f"{person.user_id} has no phone; an admin can give one, such as PJSIP/901"
            )
        phones.check(phone, self.dialer.settings)
        holder = next(
            (
                row
                for row in self.dialer.agents.values()
                if row.endpoint == phone and self._seated(row.agent_id)
            ),
            None,
        )
        if holder is not None:
            raise ControlError(
                "phone_busy",
                f"{phone} is the seat of agent {holder.agent_id} now; log that agent out, or use another phone",
            )
        if any(ear.phone == phone and ear.user != person.user_id for ear in self.dialer.listening.ears):
            raise ControlError("phone_busy", f"somebody else listens on {phone}")
        return phone

    def _rules_changed(self, _old: config.Settings, new: config.Settings) -> None:
        """Whoever listens by a rule that is gone listens no more."""

        def forbidden(ear: Ear) -> bool:
            campaign = new.campaigns.get(ear.campaign)
            if campaign is None:
                return True
            try:
                rules.may(campaign.listening, ear.role, ear.agent, ear.mode, ear.campaign)
            except ControlError:
                return True
            return False

        self.dialer.listening.end_where(forbidden, "the campaign's rule was changed")


def _not_done(error: ami.AmiError) -> ControlError:
    if isinstance(error, ami.LineDown | ami.RequestTimeout):
        return ControlError("line_down", f"Asterisk did not answer: {error}")
    return ControlError(
        "listening_refused",
        f"Asterisk refused: {error}; dialer doctor shows whether its dialplan is up to date",
    )


def _shown(ear: Ear) -> dict[str, Any]:
    return {
        "user": ear.user,
        "agent": ear.agent,
        "campaign": ear.campaign,
        "mode": ear.mode.value,
        "state": ear.stage.value,
        "since": ear.since,
    }
