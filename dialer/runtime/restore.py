"""At start: the calls and agents an earlier life left, as the books and the switch still know them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ami
import storage
from dialer.compliance import Rules, candidate_zones
from dialer.core import agent as ag
from dialer.core import facts, tapes
from dialer.core.call import Call
from dialer.core.events import NewCall
from dialer.core.floor import Floor
from dialer.core.settings import NOTHING_KNOWN, Known
from dialer.leads.keys import skills_of
from dialer.runtime.ids import agent_of
from dialer.runtime.node import INBOUND_CONTEXT, INBOUND_S
from dialer.runtime.orders import screen_of
from dialer.runtime.translate import THREE_CONTEXT, is_call, is_party, is_seat
from dialer.runtime.wiring import Order

RESUMED = {
    "ready": ag.State.READY,
    "talking": ag.State.TALKING,
    "wrapup": ag.State.WRAPUP,
    "interval": ag.State.INTERVAL,
    "away": ag.State.AWAY,
    "dialing": ag.State.AWAY,
    "preview": ag.State.AWAY,
}
"""Durable states an agent goes on in; one who was being rung, or out, has to log in."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the memory still knows of a call's lead: by it the call's end is decided as if nothing had been."""

    attempts: int = 1
    owner: str | None = None
    other_numbers: bool = False
    past: tuple[str, ...] = ()
    known: Known = NOTHING_KNOWN
    screen: Mapping[str, Any] = field(default_factory=dict)
    """What its agent is shown of the lead; empty where the lead is gone."""
    skills: tuple[str, ...] = ()


def kept_of(
    attempt: storage.Attempt,
    lead: storage.Lead,
    past: tuple[str, ...],
    obeyed: Rules,
    asked: Iterable[str] = (),
) -> Kept:
    """The same of a lead and the words of its earlier calls; a plan for its deadline is made anew by itself.

    `asked`: skills its campaign asks for besides its own.
    """
    number = next((one for one in lead.numbers if one.number_id == attempt.number_id), None)
    zones = () if number is None else number.zones
    promised = None if lead.callback_at is None else lead.callback_at.timestamp()
    wanted = tuple(sorted({*skills_of(lead.window_key), *asked}))
    zones = candidate_zones(zones, lead.zone, obeyed.zone_rule, obeyed.default_zone)
    return Kept(
        lead.attempts,
        lead.callback_owner or lead.owner,
        any(one.number_id != attempt.number_id and not one.closed for one in lead.numbers),
        past,
        Known(zones, None, promised, lead.callback_owner),
        screen_of(lead, zones, lead.attempts, wanted),
        wanted,
    )


def order_of(call: Call, attempt: storage.Attempt, kept: Kept) -> Order:
    """The order an earlier life had of a live call: whom it reaches, and what is shown of them."""
    new = NewCall(
        call.id,
        call.lead_id,
        call.attempts,
        call.owner,
        other_numbers=call.other_numbers,
        past=call.past,
        known=call.known,
        caller_id=call.caller_id,
        skills=call.skills,
    )
    return Order(new, attempt.e164, kept.screen)


def call_of(
    attempt: storage.Attempt,
    floor: Floor,
    kept: Kept,
    talking_with: str | None = None,
    now: float = 0.0,
    *,
    passed: bool = False,
    confer: bool = False,
    waits: bool = False,
) -> Call:
    """A live attempt as the call machine's facts; `talking_with` is the agent the switch shows in its bridge.

    `passed`: it shows a third party there and no agent; `confer`: the bridge is a conference; `waits`: a person
    who rang us is still in their hold, as long as they have been.
    """
    bridged = _at(attempt.bridged_at)
    if bridged is None and talking_with is not None:
        bridged = now
    by_hand = bridged is None and attempt.agent is not None and not attempt.inbound
    picked = tapes.picked(attempt.attempt_id, floor.settings.recording_share)
    records = bridged is not None and floor.settings.recording == "always" and picked
    return Call(
        id=attempt.attempt_id,
        key=floor.next_key(),
        lead_id=attempt.lead_id,
        claimed_at=attempt.claimed_at.timestamp(),
        attempts=kept.attempts,
        owner=kept.owner,
        other_numbers=kept.other_numbers,
        past=kept.past,
        known=kept.known,
        caller_id=attempt.caller_id,
        said="" if attempt.disposition == facts.NONE_GIVEN else attempt.disposition,
        skills=kept.skills,
        inbound=attempt.inbound,
        amd=floor.settings.amd and not attempt.inbound,
        hold_s=INBOUND_S if attempt.inbound else None,
        trunk=attempt.trunk or None,
        dial_timeout_s=floor.settings.ring_timeout_s,
        dialed_at=_at(attempt.dialed_at),
        rang_at=_at(attempt.ringing_at),
        answered_at=_at(attempt.answered_at) or bridged,
        held_at=_at(attempt.answered_at) or bridged if bridged is not None or waits else None,
        machine=False if attempt.inbound else attempt.machine or None,
        verdict=attempt.verdict or "",
        suspected=attempt.verdict == "MACHINE" and not attempt.machine,
        agent_id=None if passed or bridged is None else talking_with or attempt.agent,
        by_hand=by_hand,
        reserved=attempt.agent if by_hand else None,
        talked_with=attempt.agent,
        bridged_at=bridged,
        talk_from=None if passed else bridged,
        talk_s=(attempt.talk_s or 0.0) if passed else 0.0,
        passed_at=now if passed else None,
        confer=confer,
        tape_on=records,
        abandoned_at=_at(attempt.answered_at) if attempt.abandoned else None,
        gave_up=attempt.gave_up,
        opted_out=attempt.opted_out,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """Where agents are by the switch: their seats, and the calls they talk on, are rung for, or were brought into."""

    seats: Mapping[str, str]
    talking: Mapping[str, str]
    ringing: Mapping[str, str]
    helping: Mapping[str, str]


def agent_row(
    row: storage.AgentRow, floor: Floor, interval_s: float, held: Held, skills: tuple[str, ...] = ()
) -> ag.Agent | None:
    """An agent in the last durable state, in the seat the switch still holds; None for one who was out.

    Without a seat the agent has to log in again. One whose conversation is over goes to wrap-up when the calls are
    compared with the switch; one whose call by hand comes to nothing is away.
    """
    state, seat_id = RESUMED.get(row.state), held.seats.get(row.agent_id)
    if state is None or seat_id is None:
        return None
    helping, ringing_on = held.helping.get(row.agent_id), held.ringing.get(row.agent_id)
    talking_on = held.talking.get(row.agent_id)
    call_id = helping or talking_on
    since = row.state_at.timestamp()
    wants_ready = state is not ag.State.AWAY
    if call_id is not None:
        state = ag.State.TALKING
    elif state is ag.State.TALKING:
        state = ag.State.WRAPUP
    elif row.state == "dialing" and ringing_on is not None:
        # Whether the agent was ready or away before is not in the books; away is the safe side.
        state, call_id, wants_ready = ag.State.DIALING, ringing_on, False
    last_end = since if state in (ag.State.WRAPUP, ag.State.INTERVAL) else ag.NEVER
    return ag.Agent(
        id=row.agent_id,
        key=floor.next_key(),
        interval_s=interval_s,
        state=state,
        since=since,
        reason=row.state_reason,
        seat_id=seat_id,
        seat=ag.SeatState.HELD if state is ag.State.DIALING else ag.SeatState.BUSY,
        last_end=last_end,
        call_id=call_id,
        last_call_id=None if helping else talking_on,
        disposed=helping is not None,
        by_hand=state is ag.State.DIALING,
        wants_ready=wants_ready,
        ready_since=since,
        skills=skills,
    )


def seats_of(channels: tuple[ami.LiveChannel, ...], prefix: str) -> dict[str, str]:
    """Live seats by agent; an agent with two keeps the younger."""
    found: dict[str, str] = {}
    for channel in sorted(channels, key=lambda one: -one.duration_s):
        agent_id = agent_of(channel.channel_id)
        if agent_id is not None and channel.channel_id.startswith(prefix):
            found[agent_id] = channel.channel_id
    return found


def pairs_of(
    channels: tuple[ami.LiveChannel, ...], known: Mapping[str, str | None]
) -> tuple[dict[str, str], dict[str, str]]:
    """Who talks with whom, read off the bridges the switch shows: the agent by call, and by agent the call of another
    agent into which they were brought. `known` is each call's agent by the books.

    The last words before a crash may be missing from the journal; the switch knows all the same.
    """
    calls: dict[str, str] = {}
    agents: dict[str, list[str]] = {}
    for channel in channels:
        agent = agent_of(channel.channel_id)
        if not channel.bridge_id:
            continue
        if agent is not None:
            agents.setdefault(channel.bridge_id, []).append(agent)
        elif is_call(channel.channel_id):
            calls[channel.bridge_id] = channel.channel_id
    pairs: dict[str, str] = {}
    helpers: dict[str, str] = {}
    for bridge, call in calls.items():
        there = agents.get(bridge, [])
        if there:
            own = known.get(call)
            pairs[call] = own if own in there else there[0]
            helpers |= {one: call for one in there if one != pairs[call]}
    return pairs, helpers


def talking_of(
    attempts: Iterable[storage.Attempt], pairs: Mapping[str, str], passed: frozenset[str]
) -> dict[str, str]:
    """The call each agent talks on. The bridges have the last word: the books may name an agent whose phone dropped.

    Where no bridge shows an agent, the one of the books it is, until the call is compared with the switch.
    """
    by_books = {
        one.agent: one.attempt_id
        for one in attempts
        if one.agent and one.bridged_at and one.attempt_id not in passed and one.attempt_id not in pairs
    }
    return by_books | {agent: call for call, agent in pairs.items()}


def passed_of(channels: tuple[ami.LiveChannel, ...]) -> frozenset[str]:
    """The calls that a third party has and no agent."""
    members: dict[str, list[str]] = {}
    for channel in channels:
        if channel.bridge_id:
            members.setdefault(channel.bridge_id, []).append(channel.channel_id)
    return frozenset(
        one
        for ids in members.values()
        if any(map(is_party, ids)) and not any(map(is_seat, ids))
        for one in ids
        if is_call(one)
    )


def waiting_of(channels: tuple[ami.LiveChannel, ...]) -> frozenset[str]:
    """The people who rang us and wait in their hold for an agent."""
    alone = Counter(one.bridge_id for one in channels)
    return frozenset(
        one.channel_id
        for one in channels
        if one.context == INBOUND_CONTEXT and one.bridge_id and alone[one.bridge_id] == 1
    )


def conferring(channels: tuple[ami.LiveChannel, ...]) -> frozenset[str]:
    """The calls in a conference of three, of which two may be left."""
    return frozenset(one.channel_id for one in channels if one.context == THREE_CONTEXT)


def parties_of(channels: tuple[ami.LiveChannel, ...], prefix: str) -> tuple[tuple[str, str, bool], ...]:
    """Third parties: id, the call they were called for, and whether they are in a conversation."""
    crowd: dict[str, int] = {}
    for channel in channels:
        crowd[channel.bridge_id] = crowd.get(channel.bridge_id, 0) + 1
    return tuple(
        (one.channel_id, one.call_id, bool(one.bridge_id) and crowd[one.bridge_id] > 1)
        for one in channels
        if one.channel_id.startswith(prefix)
    )


def _at(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()
