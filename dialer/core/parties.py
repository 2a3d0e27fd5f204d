"""The third in a conversation: called by an agent, joined when it answers, gone when it hangs up."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import commands as do
from dialer.core import facts, legs, wrapup
from dialer.core import wishes as wi
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.outcomes import judge_unanswered, verdict_on_trunk
from dialer.core.party import Party

GRACE_S = 5.0
"""How long after its own time-out an unanswered party may stay silent before it is given up."""

JOIN_S = 5.0
"""How long a party who answered may take to be joined; then it is given up, as the dialplan gives it up."""


def ask(floor: Floor, call: Call, party_id: str, purpose: wi.Purpose, at: float) -> None:
    """Call a third party over the first trunk with room."""
    trunk = floor.trunks.take(floor.settings.trunks, party_id, at)
    if trunk is None:
        floor.calls[call.id] = replace(call, trouble="no trunk has room for another call; try again")
        return
    party = Party(party_id, call.id, purpose, at, trunk=trunk)
    floor.parties[party_id] = party
    floor.calls[call.id] = replace(call, party_id=party_id, trouble="")
    floor.timers.set("party", party_id, at + ring_s(floor, trunk) + GRACE_S)
    floor.record(facts.party("party_dialed", party, at))
    floor.emit(do.DialParty(call.id, party_id, trunk))


def ring_s(floor: Floor, trunk: str) -> float:
    """How long a third party's phone may ring over this trunk."""
    return floor.settings.ring_timeout_s + floor.trunks.limits(trunk).post_dial_delay_s


def on_found(floor: Floor, event: wi.PartyFound) -> None:
    """Take over what an earlier life called; what waits for nobody any more is hung up."""
    call = floor.calls.get(event.call_id)
    if event.party_id in floor.parties:
        return
    if call is None or not event.joined or (call.talk_from is None and call.passed_at is None):
        if event.to_agent is None:
            floor.emit(do.HangUp(event.party_id))
        return
    floor.parties[event.party_id] = Party(
        event.party_id,
        call.id,
        wi.Purpose.ADD,
        event.at,
        event.to_agent,
        waited_at=event.at,
        joined_at=event.at,
    )
    confer = call.parked_at is None and call.passed_at is None
    floor.calls[call.id] = replace(call, party_id=event.party_id, confer=confer)
    legs.keep_apart(floor, call)


def on_rang(floor: Floor, event: wi.PartyRang) -> None:
    """The phone rings."""
    party = floor.parties.get(event.party_id)
    if party is not None and party.rang_at is None:
        floor.parties[party.id] = replace(party, rang_at=event.at)


def on_waited(floor: Floor, event: wi.PartyWaited) -> None:
    """The party has answered: join it as was wished; with nobody left to talk to it is hung up."""
    party = floor.parties.get(event.party_id)
    if party is None:
        floor.emit(do.HangUp(event.party_id))
        return
    if party.waited_at is not None:
        return
    party = floor.parties[party.id] = replace(party, waited_at=event.at)
    floor.timers.set("party", party.id, event.at + JOIN_S)
    call = floor.calls.get(party.call_id)
    if call is None or call.agent_id is None or call.talk_from is None:
        floor.emit(do.HangUp(party.id))
    elif party.purpose is wi.Purpose.TRANSFER:
        floor.emit(do.BridgeParty(call.id, party.id))
    elif call.parked_at is not None and call.seat_id is not None:
        floor.emit(do.BridgeParty(call.seat_id, party.id))
    elif call.seat_id is not None:
        together(floor, call, party)


def together(floor: Floor, call: Call, party: Party) -> None:
    """Person, agent and party in one conversation."""
    if call.seat_id is not None:
        legs.keep_apart(floor, call)
        floor.calls[call.id] = replace(floor.calls[call.id], confer=True)
        helps, apart = party.to_agent is not None, party.joined_at is not None
        floor.emit(do.Join(call.id, call.seat_id, party.id, other_is_seat=helps, apart=apart))


def on_met(floor: Floor, event: wi.PartyMet) -> None:
    """The party is with the person, with the agent, or with both."""
    party = floor.parties.get(event.party_id)
    if party is None or party.joined_at is not None:
        return
    party = floor.parties[party.id] = replace(
        party, waited_at=party.waited_at or event.at, joined_at=event.at
    )
    floor.timers.clear("party", party.id)
    floor.record(facts.party("party_joined", party, event.at))
    call = floor.calls.get(party.call_id)
    if call is not None and party.purpose is wi.Purpose.TRANSFER and call.agent_id is not None:
        legs.pass_on(floor, call, event.at)


def on_gone(floor: Floor, event: wi.PartyGone) -> None:
    """The party's leg is gone: the agent keeps the person; without an agent the person's call ends."""
    party = floor.parties.pop(event.party_id, None)
    if party is None:
        return
    _settle(floor, party, event)
    call = floor.calls.get(party.call_id)
    if call is None or call.party_id != party.id:
        return
    trouble = "" if party.joined_at is not None else event.why
    floor.calls[call.id] = replace(call, party_id=None, trouble=trouble)
    if call.passed_at is not None:
        floor.emit(do.HangUp(call.id))
    else:
        legs.regroup(floor, call.id)


def _settle(floor: Floor, party: Party, event: wi.PartyGone) -> None:
    floor.timers.clear("party", party.id)
    if party.trunk is not None:
        rang = party.rang_at is not None or party.waited_at is not None
        outcome = judge_unanswered(0, event.cause, None)
        floor.trunks.give_back(
            party.trunk, party.id, event.at, verdict_on_trunk(outcome, rang=rang), rang=rang
        )
    floor.record(facts.party("party_gone", party, event.at, event.why))


def on_overdue(floor: Floor, party_id: str) -> None:
    """A party has been silent for too long: it is hung up and given up."""
    party = floor.parties.get(party_id)
    call = None if party is None else floor.calls.get(party.call_id)
    if party is not None and party.to_agent is not None:
        if call is not None:
            drop(floor, call, floor.now)
    elif party is not None:
        floor.emit(do.HangUp(party_id))
        on_gone(floor, wi.PartyGone(floor.now, party_id, "it did not answer"))


def drop(floor: Floor, call: Call, at: float) -> None:
    """The third is to go, by the agent's wish or because the conversation is over."""
    party = floor.parties.get(call.party_id) if call.party_id else None
    if party is None:
        return
    if party.to_agent is None:
        floor.emit(do.HangUp(party.id))
        return
    floor.emit(do.TakeBack(party.id))
    legs.release_helper(floor, call, party, at)
    legs.regroup(floor, call.id)


def hand_over(floor: Floor, party: Party) -> None:
    """Agent and party have spoken apart; now person and party, and the agent leaves when they meet."""
    floor.parties[party.id] = replace(party, purpose=wi.Purpose.TRANSFER, joined_at=None)
    floor.timers.set("party", party.id, floor.now + JOIN_S)
    floor.emit(do.BridgeParty(party.call_id, party.id))


def over(floor: Floor, call: Call, at: float) -> None:
    """The person is gone, or waits for another agent: whoever else was locked or called for them is let go."""
    target = legs.moving_to(floor, call)
    if target is not None:
        wrapup.give_back(floor, target, at)
    party = floor.parties.get(call.party_id) if call.party_id else None
    if party is not None and party.to_agent is not None:
        legs.release_helper(
            floor, call, party, at
        )  # the dialplan sends the leg back with the end of the three
    else:
        drop(floor, call, at)
    if call.tape_on and call.tape and call.ended:
        floor.record(facts.recording("recording_stopped", call, at))
