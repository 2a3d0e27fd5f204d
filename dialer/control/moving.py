"""Use cases that change agents: name, phone, and the campaign they work for, also while they are at work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

import storage
from dialer.control.agents import Agents
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.errors import ControlError
from dialer.control.skilled import known_skills
from dialer.core.agent import State
from dialer.runtime.floor import FloorRunner
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)


class Moving(Agents):
    """What a supervisor may change of agents."""

    async def change_agent(
        self,
        agent: str,
        name: str | None = None,
        phone: str | None = None,
        campaign: str | None = None,
        interval_s: float | None = None,
        skills: list[str] | None = None,
    ) -> dict[str, Any]:
        """Change what is given. Another campaign: a conversation is finished, then the phone rings once for it."""
        row = self._row(agent)
        if campaign is not None:
            self._floor(campaign)
        runner = self._seated(agent)
        if skills is not None:
            await self.set_skills(agent, skills)
        if interval_s is not None:
            await self.set_interval(agent, interval_s)
        if name is not None or phone is not None or (campaign is not None and campaign != row.campaign_id):
            await self.add_agent(
                agent,
                row.endpoint if phone is None else phone,
                row.name if name is None else name,
                campaign or row.campaign_id,
            )
        if campaign is not None and runner is not None and runner.campaign_id != campaign:
            await self._move(runner, agent, campaign)
        return await self.agent(agent)

    async def set_skills(self, agent: str, skills: list[str] | None) -> dict[str, Any]:
        """What the agent can do from now on, at once and for the next days; None: as the configuration says."""
        self._row(agent)
        given = None if skills is None else known_skills(self.dialer.settings, skills)
        setting = storage.agents.set_skills(self.dialer.db, agent, given)
        await outside("database", setting, DATABASE_TIMEOUT_S)
        await self.dialer.reload_agents()
        self.dialer.tell_skills()
        return await self.agent(agent)

    async def agent(self, agent: str) -> dict[str, Any]:
        """One agent as they are now."""
        return self._listed(self._row(agent))

    async def _move(self, runner: FloorRunner, agent: str, campaign: str) -> None:
        found = runner.floor.roster.get(agent)
        ready = found is not None and found.state not in (State.AWAY, State.RINGING) and found.pausing is None
        gone = asyncio.Event()

        def hear(_: str, fact: Mapping[str, Any]) -> None:
            if fact["fact"] == "agent_state" and fact["agent"] == agent and fact["state"] == State.OUT.value:
                gone.set()

        stop = self.dialer.listen(hear)

        async def follow() -> None:
            try:
                await gone.wait()
                await self.log_in(agent, campaign, ready)
            except ControlError as error:
                log.warning("agent_not_moved", agent=agent, campaign=campaign, why=str(error))
            finally:
                stop()

        self.tasks.start(f"move {agent}", follow())
        await self.log_out(agent)
