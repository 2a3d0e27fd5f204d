"""The desk as one document, from memory alone: nothing here waits, so the person is on screen with the voice."""

from __future__ import annotations

from typing import Any

from config import Campaign
from dialer.access import Who
from dialer.compliance.zones import zone_info
from dialer.core.agent import Agent, SeatState, State
from dialer.core.call import Call
from dialer.core.skills import serves
from dialer.runtime import shown_calls
from dialer.runtime.clock import instant
from dialer.runtime.floor import FloorRunner
from dialer.web.desk import script
from dialer.web.desk.cards import Card, Cards
from dialer.web.desk.places import place_of
from dialer.web.desk.today import Today
from dialer.web.house import House
from dialer.web.masking import number_for

Document = dict[str, Any]

MOST_COLLEAGUES = 50
"""Named for a transfer; anybody else is found by id."""


class View:
    """Draws one agent's desk."""

    def __init__(self, house: House, cards: Cards, who: Who, agent_id: str) -> None:
        self._house = house
        self._dialer = house.control.dialer
        self._cards = cards
        self._who = who
        self._id = agent_id

    def draw(self, today: Today | None, callbacks: list[Document]) -> Document:
        """Everything the desk shows now."""
        runner, agent = self._found()
        row = self._dialer.agents.get(self._id)
        home = None if row is None else row.campaign_id
        campaign_id = runner.campaign_id if runner is not None else home
        campaign = self._dialer.settings.campaigns.get(campaign_id or "")
        document: Document = {
            "type": "desk",
            "speed": self._dialer.clock.speed,
            "agent": self._agent(agent, campaign_id),
            "campaign": None if campaign is None else self._campaign(campaign),
            "forecast": None,
            "call": None,
            "wrapup": None,
            "dispositions": [] if campaign is None else _dispositions(campaign),
            "pause_reasons": list(self._dialer.settings.pause_reasons),
            "preview": None,
            "skip_reasons": [] if campaign is None else list(campaign.preview.skip_reasons),
            "callbacks": callbacks,
            "listened": self._dialer.listening.told(self._id),
            "today": (today or Today("")).shown(self._dialer.activity.rows.get(self._id, ())),
        }
        if runner is not None and agent is not None and campaign is not None:
            self._live(document, runner, agent, campaign)
        return document

    def _found(self) -> tuple[FloorRunner | None, Agent | None]:
        for runner in self._dialer.floors.values():
            agent = runner.floor.roster.get(self._id)
            if agent is not None and agent.state is not State.OUT:
                return runner, agent
        return None, None

    def _live(self, document: Document, runner: FloorRunner, agent: Agent, campaign: Campaign) -> None:
        document["preview"] = self._preview(runner, campaign)
        if agent.call_id is not None and (call := runner.floor.calls.get(agent.call_id)) is not None:
            if agent.state in (State.TALKING, State.DIALING):
                document["call"] = self._call(runner, agent, call, campaign)
                document["colleagues"] = self._colleagues(runner, call)
        elif agent.state is State.WRAPUP and agent.last_call_id is not None:
            ends_at = agent.wrap_up_ends_at(campaign.wrap_up_max_s)
            shown = self._person(runner, agent.last_call_id, campaign)
            document["wrapup"] = {
                "since": agent.last_end,
                "ends_at": ends_at,
                "call": {"id": agent.last_call_id, **shown},
            }
        elif agent.state is State.READY:
            document["forecast"] = _forecast(runner, agent)

    def _colleagues(self, runner: FloorRunner, call: Call) -> list[Document]:
        """Who else is here: those ready who have what the person asks for come first."""
        rows, known = self._dialer.agents, self._dialer.settings.skills
        others = [one for one in runner.floor.roster if one.id != self._id and one.state is not State.OUT]
        able = {one.id: serves(one, call.skills) for one in others}
        others.sort(key=lambda one: (not able[one.id], not one.free, one.id))
        return [
            {
                "id": one.id,
                "name": rows[one.id].name if one.id in rows else "",
                "ready": one.free,
                "able": able[one.id],
                "skills": [known.get(skill, skill) for skill in one.skills],
            }
            for one in others[:MOST_COLLEAGUES]
        ]

    def _agent(self, agent: Agent | None, campaign: str | None) -> Document:
        row = self._dialer.agents.get(self._id)
        settings = self._dialer.settings.campaigns.get(campaign or "")
        interval_s = None
        if agent is not None:
            interval_s = agent.interval_s
        elif settings is not None:
            interval_s = self._dialer.interval_of(self._id, settings)
        return {
            "id": self._id,
            "name": "" if row is None else row.name,
            "campaign": campaign,
            "state": "out" if agent is None else agent.state.value,
            "since": (0.0 if row is None else row.state_at.timestamp()) if agent is None else agent.since,
            "reason": "" if agent is None else agent.reason,
            "interval_s": interval_s,
            "interval_min_s": 0.0 if settings is None else settings.interval.min_s,
            "interval_max_s": 3600.0 if settings is None else settings.interval.max_s,
            "ready_at": agent.interval_ends_at
            if agent is not None and agent.state in (State.INTERVAL, State.WRAPUP)
            else None,
            "pausing": False if agent is None or agent.pausing is None else (agent.pausing or True),
            "phone_held": agent is not None and agent.seat in (SeatState.HELD, SeatState.BUSY),
        }

    def _campaign(self, campaign: Campaign) -> Document:
        runner = self._dialer.floors.get(campaign.id)
        return {
            "id": campaign.id,
            "name": campaign.name or campaign.id,
            "state": "stopped" if runner is None else runner.floor.run_state.value,
            "why": "" if runner is None else runner.floor.why.text,
            "manual": True,
            "preview": campaign.dialing.value == "preview",
            "recording": campaign.recording.mode.value,
        }

    def _call(self, runner: FloorRunner, agent: Agent, call: Call, campaign: Campaign) -> Document:
        told = shown_calls.call_of(runner, agent.id) or {}
        recording, party = told.get("recording", {}), told.get("party")
        return {
            "id": call.id,
            "direction": told.get("direction", "out"),
            "since": agent.since,
            "answered_at": call.answered_at,
            "suspected": call.suspected,
            "bridged_at": call.bridged_at,
            "held": bool(told.get("held")),
            "held_since": told.get("held_since"),
            "helping": bool(told.get("helping")),
            "recording": bool(recording.get("on")) and not recording.get("paused"),
            "party": None if party is None else self._party(party),
            "trouble": told.get("trouble"),
            "verbs": told.get("verbs", []),
            **self._person(runner, call.id, campaign),
        }

    def _preview(self, runner: FloorRunner, campaign: Campaign) -> Document | None:
        """The lead that is shown before it is dialed."""
        shown = shown_calls.preview_of(runner, self._id)
        if shown is None:
            return None
        person = self._person(runner, shown["call"], campaign, own=False)
        return {
            "call": shown["call"],
            "ends_at": shown["ends_at"],
            "on_timeout": shown["on_timeout"],
            **person,
        }

    def _party(self, party: Document) -> Document:
        """A third party: by name where it is one of ours."""
        agent = party.get("to_agent")
        row = None if agent is None else self._dialer.agents.get(agent)
        return {
            **party,
            "kind": party.get("purpose"),
            "agent": agent,
            "name": "" if row is None else row.name,
        }

    def _person(self, runner: FloorRunner, call_id: str, campaign: Campaign, *, own: bool = True) -> Document:
        """Lead, script and history of a call; what is missing is asked for."""
        card = self._cards.of(runner, call_id)
        if card is None or card.history is None:
            self._cards.want(runner, call_id)
        if card is None:
            return {"lead": None, "script": [], "history": None}
        lead = self._lead(card, own=own)
        row = self._dialer.agents.get(self._id)
        values = {str(key): str(value) for key, value in card.screen.get("data", {}).items()}
        values |= {"name": str(lead["name"]), "agent": "" if row is None else row.name}
        return {
            "lead": lead,
            "script": script.filled(campaign.script, values),
            "history": card.history,
            "note": card.note,
        }

    def _lead(self, card: Card, *, own: bool) -> Document:
        screen = card.screen
        zone = zone_info(screen["zone"]) if screen.get("zone") else None
        now = instant(self._dialer.clock.now())
        known = self._dialer.settings.skills
        return {
            "id": card.lead_id,
            "name": screen.get("name", ""),
            "number": number_for(self._who, self._house.web, card.number, own=own),
            "place": place_of(screen.get("data", {})),
            "zone": screen.get("zone"),
            "local_time": None if zone is None else f"{now.astimezone(zone):%H:%M}",
            "external_id": screen.get("external_id"),
            "deadline": screen.get("deadline"),
            "owner": screen.get("owner"),
            "data": screen.get("data", {}),
            "attempt_no": screen.get("attempt_no", 1),
            "skills": [known.get(one, one) for one in screen.get("skills", ())],
        }


def _dispositions(campaign: Campaign) -> list[Document]:
    return [
        {
            "code": one.code,
            "title": one.label,
            "key": one.key,
            "callback": one.callback,
            "closes": one.final,
            **({"asks_amount": True, "currency": campaign.currency or ""} if one.asks_amount else {}),
        }
        for one in campaign.dispositions
    ]


def _forecast(runner: FloorRunner, agent: Agent) -> Document | None:
    """When this agent's turn will come: those who are ready longer come first."""
    decision = runner.floor.why.decision
    if decision is None or not decision.why.strip_answers:
        return None
    before = sum(1 for one in runner.floor.roster if one.free and one.ready_since < agent.ready_since)
    expected = 0.0
    for bin_, answers in enumerate(decision.why.strip_answers):
        expected += answers
        if expected >= before + 0.5:
            # In steps of three seconds: a number that trembles is not read.
            at_s = max(3.0, 3.0 * round((bin_ + 1) * decision.why.strip_bin_s / 3.0))
            return {"ready_in_s": at_s, "text": f"a call in about {at_s:.0f} s"}
    return None
