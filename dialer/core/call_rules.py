"""How each fact changes a call: one small rule a fact, none of them minding the order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from dialer.core import events as ev
from dialer.core import wishes
from dialer.core.call import Call


def apply(call: Call, event: ev.CallEvent) -> Call:
    """Add one fact to the call; a repeat changes nothing, and nothing is added after the end but flags."""
    if call.ended and not isinstance(event, ev.CallAbandoned | ev.CallOptedOut):
        return call
    add = _RULES.get(type(event))
    after = call if add is None else add(call, event)
    return call if after == call else replace(after, heard_at=max(call.heard_at, event.at))


def _rang(call: Call, event: ev.CallRang) -> Call:
    return replace(call, rang_at=_first(call.rang_at, event.at))


def _answered(call: Call, event: ev.CallAnswered) -> Call:
    return replace(call, answered_at=_first(call.answered_at, event.at))


def _judged(call: Call, event: ev.MachineJudged) -> Call:
    if event.status and not call.verdict:
        call = replace(call, verdict=event.status, machine_cause=event.cause, suspected=event.suspected)
    if call.machine is not None:
        return call
    answered_at = _first(call.answered_at, event.at)
    return replace(call, machine=event.machine, machine_cause=event.cause, answered_at=answered_at)


def _bridged(call: Call, event: ev.CallBridged | ev.BridgeMade) -> Call:
    at = event.at
    if call.passed_at is not None:
        return call  # with the third party, and no agent of ours
    if call.talk_from is not None:
        # Only what the switch says of the person's own leg ends a hold: an answer may be older than the wish.
        return _unparked(call, at) if isinstance(event, ev.CallBridged) else call
    met = replace(
        call,
        answered_at=_first(call.answered_at, at),
        bridged_at=_first(call.bridged_at, at),
        machine=call.machine or False,
    )
    if isinstance(event, ev.BridgeMade) and event.seat_id != call.seat_id:
        return met  # that agent's phone dropped since, and the caller is with another or waits again
    return replace(met, talk_from=at, unsure=False)


def _abandoned(call: Call, event: ev.CallAbandoned) -> Call:
    return replace(
        call,
        answered_at=_first(call.answered_at, event.at),
        abandoned_at=_first(call.abandoned_at, event.at),
        gave_up=call.gave_up or event.gave_up,
    )


def _opted_out(call: Call, _: ev.CallOptedOut) -> Call:
    return replace(call, opted_out=True)


def _refused(call: Call, event: ev.DialRefused) -> Call:
    if call.rang_at is not None or call.answered_at is not None:
        return call  # a channel that rang was asked for, whatever the answer to the action says
    return replace(call, refused=event.why, hung_up_at=event.at)


def _failed(call: Call, event: ev.DialFailed) -> Call:
    if call.answered_at is not None or call.failed_at is not None:
        return call
    return replace(call, failed_reason=event.reason, failed_at=event.at)


def _hung_up(call: Call, event: ev.CallHungUp) -> Call:
    return _end(replace(call, cause=event.cause, tech_cause=event.tech_cause), event.at)


def _lost(call: Call, event: ev.CallLost) -> Call:
    return _end(replace(call, lost=True), event.at)


def _held(call: Call, event: ev.CallHeld) -> Call:
    """Into a holding bridge: the first time as answered, later because the agent's side ended."""
    at = event.at
    if call.talk_from is None and call.passed_at is None and call.held_at is not None:
        return call
    if call.talk_from is not None and at <= call.talk_from and call.parked_at is None:
        return call  # an old word about the hold the caller was taken from
    talked = 0.0 if call.talk_from is None else at - call.talk_from
    return replace(
        _unparked(call, at),
        passed_at=None,
        moving_to=None,
        confer=False,
        answered_at=_first(call.answered_at, at),
        machine=call.machine or False,  # whoever reaches the hold was judged a person
        held_at=at,
        rescue=event.rescue or call.bridged_at is not None,
        talk_from=None,
        talk_s=call.talk_s + talked,
    )


def _greeting_began(call: Call, event: ev.GreetingBegan) -> Call:
    return replace(call, greeting_from=_first(call.greeting_from, event.at))


def _greeting_ended(call: Call, event: ev.GreetingEnded) -> Call:
    """The first end of speech; it is told only after the silence that proves it, so the begin and the length count."""
    if call.greeting_from is None or call.greeting_end_at is not None:
        return call
    return replace(call, greeting_end_at=min(event.at, call.greeting_from + event.spoke_s))


def _parked(call: Call, event: wishes.CallParked) -> Call:
    """On hold: the conversation goes on, its clock too."""
    if call.talk_from is None or call.parked_at is not None:
        return call
    return replace(call, parked_at=event.at, parking=False, confer=False)


def _unparked(call: Call, at: float) -> Call:
    if call.parked_at is None:
        return call
    return replace(
        call, parked_at=None, regroup=False, parked_s=call.parked_s + max(0.0, at - call.parked_at)
    )


def _end(call: Call, at: float) -> Call:
    talked = 0.0 if call.talk_from is None else max(0.0, at - call.talk_from)
    return replace(_unparked(call, at), hung_up_at=at, talk_s=call.talk_s + talked)


_RULES: dict[type[ev.CallEvent], Callable[[Call, Any], Call]] = {
    ev.CallRang: _rang,
    ev.CallAnswered: _answered,
    ev.CallHeld: _held,
    ev.CallBridged: _bridged,
    ev.BridgeMade: _bridged,
    ev.MachineJudged: _judged,
    ev.GreetingBegan: _greeting_began,
    ev.GreetingEnded: _greeting_ended,
    ev.CallAbandoned: _abandoned,
    ev.CallOptedOut: _opted_out,
    ev.DialRefused: _refused,
    ev.DialFailed: _failed,
    ev.CallHungUp: _hung_up,
    ev.CallLost: _lost,
    wishes.CallParked: _parked,
}


def _first(known: float | None, at: float) -> float:
    return at if known is None else known
