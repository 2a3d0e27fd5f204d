"""The lanes of a floor whose leads ask for skills: which there are, which rest, and how many calls each gets now."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from msgspec.structs import replace

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import exchange, skills
from dialer.core.agent import Agent, State
from dialer.core.floor import Explanation, Floor
from dialer.core.lane import COUNTED, Lane
from dialer.core.settings import CLAIM_REST_S
from pacing import MOST_LANES, LaneDecision, Lanes

_THERE = frozenset(State) - {State.OUT}
_AT_WORK = _THERE - {State.AWAY, State.RINGING}


def in_force(floor: Floor) -> bool:
    """Whether who can serve whom matters now: by leads on the list, or by people called or waiting."""
    return bool(floor.lanes.told) or floor.calls.any_skilled


def on_told(floor: Floor, event: ev.LanesTold) -> None:
    """Take the lanes of the open leads; a list that asks for nothing has none."""
    before, told = floor.lanes.told, dict(event.lanes)
    if set(told) <= {skills.PLAIN}:
        told = {}
    lanes = {}
    for name, lane in before.items():
        if lane.claiming and name not in told:
            lane.leads = 0
            lanes[name] = lane
    for name, leads in told.items():
        lane = before.get(name) or Lane()
        if leads and not lane.leads:
            lane.rests_until = 0.0
        lane.leads = leads
        lanes[name] = lane
    floor.lanes.told = dict(sorted(lanes.items()))
    floor.needs_pacing = True


def on_skills(floor: Floor, event: ev.SkillsSet) -> None:
    """The agent's skills from now on; a conversation goes on whatever they are."""
    agent = floor.roster.get(event.agent_id)
    if agent is not None:
        floor.put_agent(with_skills(agent, event.skills))


def with_skills(agent: Agent, given: tuple[str, ...]) -> Agent:
    """The agent with these skills and no others."""
    return replace(agent, skills=tuple(sorted(set(given))))


def on_claimed(floor: Floor, event: ev.LeadsClaimed) -> None:
    """A lane's claim came back: it rests where it had no more to give."""
    lane = floor.lanes.told.get(event.lane or "")
    if lane is None:
        return
    lane.claiming = max(0, lane.claiming - event.asked)
    lane.why = event.why
    if not lane.leads and not lane.claiming:
        del floor.lanes.told[event.lane or ""]
        return
    if event.exhausted or event.why:
        lane.rests_until = event.at + CLAIM_REST_S
        if event.resume_at is not None and not floor.leads_changed:
            soonest = min(event.resume_at, floor.soonest_due, event.at + exchange.EMPTY_REST_S)
            lane.rests_until = max(lane.rests_until, soonest)


def anybody_for(floor: Floor, asked: tuple[str, ...]) -> bool:
    """Whether somebody at work has what is asked for."""
    if not asked:
        return floor.roster.working > 0
    return any(agent.state in _AT_WORK and skills.serves(agent, asked) for agent in floor.roster)


def breadth(floor: Floor, has: tuple[str, ...]) -> int:
    """In how many of the lanes with open leads an agent with these skills can be of use."""
    skilled, told = frozenset(has), floor.lanes.told.items()
    return sum(lane.leads > 0 and skilled.issuperset(skills.skills_of(name)) for name, lane in told)


def decide(floor: Floor, control_until: float | None) -> None:
    """Ask pacing about every lane, claim for those that get calls, release what it says, and keep the reason."""
    rests_until = floor.claim_after
    seen = view(floor, open_now=floor.now >= rests_until)
    room = floor.trunks.capacity(floor.settings.trunks, floor.now) - floor.claiming
    decision = floor.lanes.engine.decide(
        exchange.snapshot(floor), seen, most=max(0, room), one_line=control_until is not None
    )
    whole = decision.whole
    exchange.release(floor, whole.release)
    floor.pace_at = max(whole.next_at, floor.now + exchange.SOON_S)
    rests = [lane.rests_until for lane in floor.lanes.told.values() if lane.leads]
    for until in (control_until, rests_until, *rests):
        if until is not None and until > floor.now:
            floor.pace_at = min(floor.pace_at, max(until, floor.now + exchange.SOON_S))
    if whole.dial < decision.wanted and whole.dial >= max(0, room):
        opens = floor.trunks.opens_at(floor.settings.trunks, floor.now)
        floor.pace_at = min(floor.pace_at, max(floor.now + exchange.SOON_S, opens))
    for name, count in zip(seen.names, decision.dial, strict=True):
        if count:
            floor.lanes.told[name].claiming += count
            floor.claiming += count
            floor.emit(do.ClaimLane(count, name))
    text = _text(floor, seen, decision, control=control_until is not None)
    floor.why = Explanation(floor.now, text, dialing=whole.dial > 0, asked_for=whole.dial, decision=whole)


def view(floor: Floor, *, open_now: bool = True) -> Lanes:
    """The lanes as pacing's columns, in parallel with `exchange.snapshot`."""
    told, waiting = floor.lanes.told, exchange.waiting_calls(floor)
    arriving = [floor.calls[call_id] for call_id in floor.calls.arriving_ids]
    names = list(told)
    asked = [floor.calls.by_key(int(key)).skills for key in floor.calls.flying(0, floor.now).id]
    lane_of = {one: skills.lane_of(one) for one in set(asked)}
    callers = [skills.lane_of(call.skills) for call in (*waiting, *arriving)]
    names += sorted({*lane_of.values(), *callers} - set(names))
    place = {name: at for at, name in enumerate(names)}
    ghosts = [place[name] for name, lane in told.items() for _ in range(lane.claiming)]
    ghosts += [-1] * (floor.claiming - len(ghosts))
    able = _able(floor, names)
    return Lanes(
        names=tuple(names),
        able=able,
        calls=np.array([*(place[lane_of[one]] for one in asked), *ghosts], dtype=np.int64),
        waiting=np.array([place[name] for name in callers], dtype=np.int64),
        open=_open(floor, names) if open_now else tuple(False for _ in names),
    )


def _able(floor: Floor, names: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Who can serve which lane: a row per lane, a column per agent on the floor, in the order of the columns."""
    asked = [frozenset(skills.skills_of(name)) for name in names]
    known: dict[tuple[str, ...], list[bool]] = {}
    rows = []
    of_key = {agent.key: agent.skills for agent in floor.roster}
    for key in floor.roster.columns().id:
        has = of_key[int(key)]
        if has not in known:
            known[has] = [one <= set(has) for one in asked]
        rows.append(known[has])
    return np.array(rows, dtype=np.bool_).reshape(len(rows), len(names)).T


def _open(floor: Floor, names: list[str]) -> tuple[bool, ...]:
    """Lanes with leads to be had that somebody at work can serve: the longest ones, where there are many."""
    told, at_work = floor.lanes.told, _skills_at(floor, _AT_WORK)
    served = [
        name
        for name, lane in told.items()
        if lane.leads and any(has.issuperset(skills.skills_of(name)) for has in at_work)
    ]
    served.sort(key=lambda name: (-told[name].leads, name))
    chosen = set(served[:MOST_LANES])
    floor.lanes.turned_away = tuple(served[MOST_LANES:])
    return tuple(name in chosen and floor.now >= told[name].rests_until for name in names)


def _skills_at(floor: Floor, states: Collection[State]) -> list[frozenset[str]]:
    """The different sets of skills of the agents in these states: a few, however many agents."""
    return [frozenset(one) for one in {agent.skills for agent in floor.roster if agent.state in states}]


# Words.


def _text(floor: Floor, seen: Lanes, decision: LaneDecision, *, control: bool) -> str:
    whole, told = decision.whole, floor.lanes.told
    shares = [
        f"{count} {named(name)}" for name, count in zip(seen.names, decision.dial, strict=True) if count
    ]
    placing = ""
    if shares:
        placing = f"Placing {whole.dial}"
        if whole.dial < decision.wanted and whole.dial >= floor.trunks.capacity(
            floor.settings.trunks, floor.now
        ):
            placing += f" of {decision.wanted} wanted: the trunks have no more room"
        placing += f" ({', '.join(shares)}). "
    elif told and not any(seen.open):
        why = next((lane.why for lane in told.values() if lane.why and lane.leads), "")
        placing = f"{floor.claim_why or why or exchange.NO_LEAD}. "
    return (exchange.CONTROL + " " if control else "") + placing + whole.why.text + waits(floor)


def named(name: str) -> str:
    """A lane for people."""
    return " and ".join(skills.skills_of(name)) or "for anybody"


def waits(floor: Floor) -> str:
    """Why leads of some lanes are not dialed, each in a sentence; empty where nothing is to be said."""
    told = floor.lanes.told
    said = (f"{_many(told[name].leads)} for {named(name)}: {why}" for name, why in kept_back(floor).items())
    return "".join(f". {one}" for one in said)


def kept_back(floor: Floor) -> dict[str, str]:
    """The lanes of which no lead is dialed now though there are some, with the reason."""
    found = {}
    at_work, there = _skills_at(floor, _AT_WORK), _skills_at(floor, _THERE)
    for name, lane in floor.lanes.told.items():
        if not lane.leads:
            continue
        asked = set(skills.skills_of(name))
        if not any(asked <= has for has in at_work):
            has = "it" if len(asked) < 2 else "all of it"
            away = any(asked <= has for has in there)
            found[name] = f"who has {has} is away" if away else f"nobody on the floor has {has}"
        elif name in floor.lanes.turned_away:
            found[name] = f"{MOST_LANES} sets of skills are dialed at once; their turn comes"
    return found


def _many(leads: int) -> str:
    if leads > COUNTED:
        return f"more than {COUNTED:,} leads wait"
    return "1 lead waits" if leads == 1 else f"{leads:,} leads wait"
