"""From what the switch says to what the core hears; pure, one event to at most one."""

from __future__ import annotations

import re

import ami
from dialer.core import events as ev
from dialer.core import wishes

MACHINE = "MACHINE"
_SWITCHS_OWN = re.compile(r"(?:[A-Za-z0-9.-]+-)?[0-9]+\.[0-9]+")
PARK = "park-"
THREE_CONTEXT = "dialer-three"
PARK_CONTEXT = "dialer-park"


def to_core(event: ami.Event) -> ev.Event | None:
    """The core's event, or None where it makes no difference to a floor.

    Times are ours (`received`): the switch's clock may differ, and pacing lives on one clock.
    """
    at = event.received
    if is_party(getattr(event, "channel_id", "")):
        return _of_party(at, event)
    match event:
        case ami.ChannelRang(channel_id=channel) if is_call(channel):
            return ev.CallRang(at, channel)
        case ami.ChannelAnswered(channel_id=channel) if is_call(channel):
            return ev.CallAnswered(at, channel)
        case ami.OriginateSucceeded(channel_id=channel) if is_call(channel):
            return ev.CallAnswered(at, channel)
        case ami.OriginateFailed(channel_id=channel, reason=reason):
            if is_call(channel):
                return ev.DialFailed(at, channel, reason)
            return ev.SeatLost(at, channel, "the phone was not answered")
        case ami.BridgeEntered(channel_id=channel, holding=holding, bridge_name=name):
            return _entered(at, channel, name, holding=holding)
        case ami.ChannelHungUp():
            return _hung_up(at, event)
        case ami.TalkStarted(channel_id=channel) if is_call(channel):
            return ev.GreetingBegan(at, channel)
        case ami.TalkStopped(channel_id=channel, duration_s=spoke_s) if is_call(channel):
            return ev.GreetingEnded(at, channel, spoke_s)
    return _of_dialplan(event)


def _of_dialplan(event: ami.Event) -> ev.Event | None:
    at = event.received
    match event:
        case ami.DialerAbandon(call_id=call) | ami.DialerMissed(call_id=call):
            return ev.CallAbandoned(at, call)
        case ami.DialerOptOut(call_id=call):
            return ev.CallOptedOut(at, call)
        case ami.DialerAmd(call_id=call, status=status, cause=cause, then=then):
            heard = status == MACHINE
            return ev.MachineJudged(
                at, call, heard and then != "agent", cause, status, suspected=heard and then == "agent"
            )
    # DialerRescue is left out: the person may be offered only from inside the rescue hold, whose event follows.
    return None


def is_call(channel_id: str) -> bool:
    """A customer's channel, by its id: one of ours, or one the switch made for somebody who rang us."""
    return channel_id.startswith("c-") or is_inbound(channel_id)


def is_inbound(channel_id: str) -> bool:
    """A channel the switch named itself, as those of people who ring us are (and of whatever else it does)."""
    return _SWITCHS_OWN.fullmatch(channel_id) is not None


def is_seat(channel_id: str) -> bool:
    """An agent's leg, by its id."""
    return channel_id.startswith("s-")


def is_party(channel_id: str) -> bool:
    """A third party's channel, by its id."""
    return channel_id.startswith("x-")


def is_listener(channel_id: str) -> bool:
    """A supervisor's phone that listens to an agent, by its id: no floor hears of it."""
    return channel_id.startswith("l-")


def _entered(at: float, channel: str, bridge: str, *, holding: bool) -> ev.Event | None:
    if is_call(channel):
        if holding and bridge.startswith(PARK):
            return wishes.CallParked(at, channel)
        return ev.CallHeld(at, channel) if holding else ev.CallBridged(at, channel)
    if is_seat(channel):
        return ev.SeatHeld(at, channel) if holding else ev.SeatBridged(at, channel)
    return None


def _hung_up(at: float, event: ami.ChannelHungUp) -> ev.Event:
    channel, cause = event.channel_id, event.cause
    if is_call(channel):
        return ev.CallHungUp(at, channel, cause, event.tech_cause)
    return ev.SeatLost(at, channel, f"the phone hung up ({event.cause_text or cause})")


def _of_party(at: float, event: ami.Event) -> ev.Event | None:
    match event:
        case ami.ChannelRang(channel_id=party):
            return wishes.PartyRang(at, party)
        case ami.BridgeEntered(channel_id=party, holding=holding):
            return wishes.PartyWaited(at, party) if holding else wishes.PartyMet(at, party)
        case ami.OriginateFailed(channel_id=party):
            return wishes.PartyGone(at, party, "it was not answered")
        case ami.ChannelHungUp(channel_id=party, cause=cause):
            return wishes.PartyGone(at, party, f"it hung up ({event.cause_text or cause})", cause)
    return None


def whereabouts(channel: ami.LiveChannel, holding_contexts: frozenset[str]) -> ev.Whereabouts:
    """Where a live channel is: ringing, up, in a hold, or talking.

    BridgeWait is the dialplan's hold; a bridge reached otherwise is a conversation. Alone in a conversation of
    three is still in it: the others may be on their way.
    """
    if channel.state != "Up":
        return ev.Whereabouts.RINGING
    if not channel.bridge_id:
        return ev.Whereabouts.UP
    if channel.context == THREE_CONTEXT:
        return ev.Whereabouts.TALKING
    if channel.context == PARK_CONTEXT and channel.bridge_id in holding_contexts:
        return ev.Whereabouts.PARKED
    return ev.Whereabouts.HOLDING if channel.bridge_id in holding_contexts else ev.Whereabouts.TALKING


def synced(at: float, asked_at: float, channels: tuple[ami.LiveChannel, ...]) -> ev.LineSynced:
    """The snapshot as the core hears it: two of ours in one bridge talk, one alone in a bridge is held."""
    members: dict[str, int] = {}
    for channel in channels:
        if channel.bridge_id:
            members[channel.bridge_id] = members.get(channel.bridge_id, 0) + 1
    alone = frozenset(bridge for bridge, count in members.items() if count == 1)
    return ev.LineSynced(
        at,
        asked_at,
        tuple(
            (channel.channel_id, whereabouts(channel, alone))
            for channel in channels
            if is_seat(channel.channel_id)
            or is_party(channel.channel_id)
            or (is_call(channel.channel_id) and _ours(channel))
        ),
    )


def _ours(channel: ami.LiveChannel) -> bool:
    """Of the channels the switch named, those that our dialplan has taken."""
    return not is_inbound(channel.channel_id) or channel.call_id == channel.channel_id
