"""The board: one document over all floors, looked at as often as it is shown, with what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

import storage
from dialer.board import alarms, targets
from dialer.board.campaign import CampaignView
from dialer.board.figures import Figures, Minute, columns, total
from dialer.board.patch import difference, without_nulls
from dialer.core.agent import Agent, State
from dialer.core.ears import Ear
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import outside
from dialer.version import VERSION

log = structlog.get_logger(__name__)

LOAD_TIMEOUT_S = 60.0

_Seen = tuple[Agent | None, storage.AgentRow | None, str | None, tuple[Ear, ...]]


_NOWHERE: tuple[Agent | None, str | None] = (None, None)


class Board:
    """The document and the way it is kept. `hear` is told every fact; `look` gives what changed since the last."""

    def __init__(self, dialer: Dialer) -> None:
        self.document: dict[str, Any] = {
            "campaigns": {},
            "agents": {},
            "alarms": {},
            "nodes": {},
            "targets": {},
        }
        self._dialer = dialer
        self._views: dict[str, CampaignView] = {}
        self._seen: dict[str, _Seen] = {}
        self._since: dict[str, float] = {}
        self._targets = -1
        self._stop = dialer.listen(self.hear)

    async def load(self) -> None:
        """Count once, from the books, who was reached before this life of the daemon; facts go on from there."""
        for campaign in tuple(self._dialer.floors):
            counting = storage.attempts.reached(self._dialer.db, campaign)
            try:
                before = await outside("database", counting, LOAD_TIMEOUT_S)
            except (storage.StorageError, TimeoutError) as error:
                log.warning("reached_not_counted", campaign=campaign, error=str(error))
                continue
            view = self._view(campaign)
            if view is not None:
                view.reached += before

    def close(self) -> None:
        """Listen no more."""
        self._stop()

    def hear(self, campaign: str, fact: Mapping[str, Any]) -> None:
        """Take a fact of a floor."""
        view = self._view(campaign)
        if view is not None:
            view.hear(fact)

    def look(self) -> dict[str, Any]:
        """Bring the document up to date; return the merge patch of what changed, empty when nothing did."""
        now = self._dialer.clock.now()
        patch: dict[str, Any] = {}
        self._agents(patch)
        for campaign in self._dialer.floors:
            view = self._view(campaign)
            if view is not None:
                self._put("campaigns", campaign, without_nulls(view.look(now)), patch)
        self._forget("campaigns", self._dialer.floors, patch)
        self._house(now, patch)
        if patch:
            patch["at"] = self.document["at"] = now
        return patch

    def history(self, campaign: str | None, hours: float) -> dict[str, Any]:
        """The figures of the last hours by minute, of one campaign or of all together."""
        now = self._dialer.clock.now()
        if campaign is not None:
            view = self._view(campaign)
            return columns(()) if view is None else view.figures.history(now, hours)
        by_minute: dict[float, list[Minute]] = {}
        for view in self._views.values():
            for minute in view.figures.minutes:
                if minute.at >= now - hours * 3600:
                    by_minute.setdefault(minute.at, []).append(minute)
        merged = []
        for at in sorted(by_minute):
            whole = total(by_minute[at])
            whole.at = at
            merged.append(whole)
        return columns(merged)

    def figures(self, campaign: str) -> Figures | None:
        """The figures behind a campaign; None where there is no such floor."""
        view = self._view(campaign)
        return None if view is None else view.figures

    def views(self) -> dict[str, CampaignView]:
        """The campaigns' parts, for whoever judges the whole."""
        return self._views

    # Parts.

    def _view(self, campaign: str) -> CampaignView | None:
        runner = self._dialer.floors.get(campaign)
        if runner is None:
            return None
        view = self._views.get(campaign)
        if view is None or view.runner is not runner:
            view = self._views[campaign] = CampaignView(self._dialer, runner)
        return view

    def _put(self, part: str, key: str, value: dict[str, Any], patch: dict[str, Any]) -> None:
        """Take a new value of one entry; note what changed."""
        old = self.document[part].get(key)
        changed = value if old is None else difference(old, value)
        if changed:
            self.document[part][key] = value
            patch.setdefault(part, {})[key] = changed

    def _forget(self, part: str, known: Any, patch: dict[str, Any]) -> None:
        for key in self.document[part].keys() - set(known):
            del self.document[part][key]
            patch.setdefault(part, {})[key] = None

    def _agents(self, patch: dict[str, Any]) -> None:
        """Only agents who are another object than at the last look are shown anew: agents are values."""
        rows = self._dialer.agents
        found: dict[str, tuple[Agent | None, str | None]] = {}
        for campaign, runner in self._dialer.floors.items():
            for one in runner.floor.roster:
                known = found.get(one.id, _NOWHERE)[0]
                if known is None or known.state is State.OUT:
                    found[one.id] = (one, campaign)
        for agent_id in rows.keys() | found.keys():
            agent, on = found.get(agent_id, _NOWHERE)
            row = rows.get(agent_id)
            ears = self._dialer.listening.ears.of_agent(agent_id)
            seen = self._seen.get(agent_id)
            same = seen is not None and seen[0] is agent and seen[1] is row and seen[2] == on
            if same and seen is not None and seen[3] is ears:
                continue
            self._seen[agent_id] = (agent, row, on, ears)
            shown = self._agent(agent, row, on)
            if ears:
                shown["ears"] = [_ear(ear) for ear in ears]
            self._put("agents", agent_id, shown, patch)
        self._forget("agents", rows.keys() | found.keys(), patch)
        for gone in self._seen.keys() - rows.keys() - found.keys():
            del self._seen[gone]

    def _agent(
        self, agent: Agent | None, row: storage.AgentRow | None, campaign: str | None
    ) -> dict[str, Any]:
        name = row.name if row is not None else ""
        if agent is None:
            return without_nulls(
                {
                    "name": name,
                    "campaign": None if row is None else row.campaign_id,
                    "state": State.OUT.value,
                    "since": None if row is None else row.state_at.timestamp(),
                    "reason": "",
                    "interval_s": None if row is None else row.interval_s,
                    "skills": None if row is None else _skills(self._dialer.skills_of(row.agent_id)),
                }
            )
        return without_nulls(
            {
                "name": name,
                "campaign": campaign,
                "state": agent.state.value,
                "since": agent.since,
                "reason": agent.pausing or agent.reason,
                "interval_s": agent.interval_s,
                "ready_at": agent.interval_ends_at if agent.state is State.INTERVAL else None,
                "call": agent.call_id,
                "skills": _skills(agent.skills),
            }
        )

    def _house(self, now: float, patch: dict[str, Any]) -> None:
        for name, node in self._dialer.nodes.items():
            self._put("nodes", name, {"up": node.up, "why": node.reason}, patch)
        why = alarms.database_trouble(self._dialer)
        rest = {
            "version": VERSION,
            "instance": self._dialer.settings.instance,
            "speed": self._dialer.clock.speed,
            "database": {"up": not why, "why": why},
        }
        for key, value in rest.items():
            if self.document.get(key) != value:
                self.document[key] = patch[key] = value
        if self._targets != self._dialer.activity.version:
            self._targets = self._dialer.activity.version
            found = targets.cards(self._dialer.activity.rows)
            for name, card in found.items():
                self._put("targets", name, card, patch)
            self._forget("targets", found, patch)
        self._alarms(now, patch)

    def _alarms(self, now: float, patch: dict[str, Any]) -> None:
        on = {alarm.id: alarm for alarm in alarms.look(self._dialer, self._views, now)}
        for alarm in on.values():
            shown = {
                "level": alarm.level,
                "title": alarm.title,
                "detail": alarm.detail,
                "since": self._since.setdefault(alarm.id, now),
                "does": alarm.does,
                "remedy": alarm.remedy,
                "campaign": alarm.campaign,
            }
            self._put("alarms", alarm.id, without_nulls(shown), patch)
        self._forget("alarms", on, patch)
        for gone in self._since.keys() - on.keys():
            del self._since[gone]


def _skills(skills: tuple[str, ...]) -> list[str] | None:
    return list(skills) or None


def _ear(ear: Ear) -> dict[str, Any]:
    """Who listens to an agent, and how."""
    return {"user": ear.user, "mode": ear.mode.value, "state": ear.stage.value, "since": ear.since}
