"""What two switches told of the same play, compared field by field for the fields the daemon reads.

Events of several threads of Asterisk race, so a channel's events are compared as a set with counts; their
distances in time only where a timer of the dialplan makes them.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import Any

from ami import Event
from ami.events import (
    BridgeEntered,
    BridgeLeft,
    ChannelAnswered,
    ChannelHungUp,
    ChannelRang,
    DialerAbandon,
    DialerAmd,
    DialerOptOut,
    OriginateFailed,
    TalkStarted,
    TalkStopped,
)
from tests.parts.twins import Stage, channel_of

_NOT_COMPARED = ("at", "received", "node", "bridge_id", "channels", "flags", "boot")
_DIGITS = re.compile(r"\d+")

# Distances that a timer of the dialplan, of the behaviour or of the order makes, in seconds.
_TIMED: tuple[tuple[type[Event], type[Event]], ...] = (
    (BridgeEntered, DialerAbandon),
    (BridgeEntered, BridgeLeft),
    (DialerAbandon, ChannelHungUp),
    (ChannelAnswered, DialerAmd),
    (ChannelAnswered, TalkStarted),
    (TalkStarted, TalkStopped),
    (ChannelRang, ChannelAnswered),
    (ChannelRang, OriginateFailed),
)
TOLERANCE_S = 1.8


def differences(fake: Stage, real: Stage) -> list[str]:
    """Each difference in a line; none when the twins are twins."""
    found: list[str] = []
    ours, theirs = _facts(fake), _facts(real)
    for channel in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get(channel, Counter()), theirs.get(channel, Counter())
        found += [f"{channel}: only the fake: {fact} x{n}" for fact, n in sorted((mine - yours).items())]
        found += [f"{channel}: only Asterisk: {fact} x{n}" for fact, n in sorted((yours - mine).items())]
        found += _timing(channel, fake, real) if fake.timed and real.timed else []
    if fake.found != real.found:
        found.append(f"found: the fake {fake.found}, Asterisk {real.found}")
    mine_seen, yours_seen = sorted(fake.seen, key=str), sorted(real.seen, key=str)
    if mine_seen != yours_seen:
        found.append(f"carrier: the fake's {mine_seen}, Asterisk's {yours_seen}")
    return found


def _facts(stage: Stage) -> dict[str, Counter[str]]:
    facts: dict[str, Counter[str]] = {}
    for event in stage.events:
        about = stage.alias(channel_of(event) or "the line")
        facts.setdefault(about, Counter())[stage.alias(_fact(event))] += 1
    return facts


def _fact(event: Event) -> str:
    fields = {
        field.name: _value(event, field.name)
        for field in dataclasses.fields(event)
        if field.name not in _NOT_COMPARED
    }
    return f"{type(event).__name__} {fields}"


def _value(event: Event, name: str) -> Any:
    value = getattr(event, name)
    if isinstance(event, DialerAmd) and name == "cause":
        # How long the words were is the ear's business, and whether it is sure.
        return _DIGITS.sub("n", value) if event.status == "MACHINE" else ""
    if isinstance(event, TalkStopped) and name == "duration_s":
        return round(value)
    if isinstance(event, DialerAmd) and name == "status":
        return value.replace("NOTSURE", "HUMAN")
    return value


def _timing(channel: str, fake: Stage, real: Stage) -> list[str]:
    found = []
    unsure = any(e.status == "NOTSURE" for e in real.of(channel, DialerAmd))  # type: ignore[attr-defined]
    # Whoever presses a key does so when the ear has heard enough.
    pressed = bool(real.of(channel, DialerOptOut))
    for first, second in () if unsure or pressed else _TIMED:
        mine, yours = _distance(channel, fake, first, second), _distance(channel, real, first, second)
        if mine is not None and yours is not None and abs(mine - yours) > TOLERANCE_S:
            pair = f"{first.__name__} to {second.__name__}"
            found.append(f"{channel}: {pair}: the fake {mine:.2f} s, Asterisk {yours:.2f} s")
    return found


def _distance(channel: str, stage: Stage, first: type[Event], second: type[Event]) -> float | None:
    firsts, seconds = stage.of(channel, first), stage.of(channel, second)
    return seconds[0].at - firsts[0].at if firsts and seconds else None
