"""The manager actions that touch calls; `lists` and `house` hold the others."""

from __future__ import annotations

import re
from collections.abc import Callable

from ami.fake.channels import Originate
from ami.fake.desk import Desk
from ami.fake.replies import ack, error
from ami.wire import Message

Handler = Callable[[Desk, Message], None]

_CALLER = re.compile(r'^\s*(?:"?(?P<name>[^"<]*?)"?\s*)?<(?P<number>[^>]*)>\s*$')
_MAX_CHANNEL_ID = 149


REGISTRY: dict[str, tuple[str, frozenset[str], Handler]] = {}


def action(name: str, *authority: str) -> Callable[[Handler], Handler]:
    """Registers the handler of an action and the classes (any of them) it needs."""

    def register(handler: Handler) -> Handler:
        REGISTRY[name.lower()] = (name, frozenset(authority), handler)
        return handler

    return register


@action("Originate", "originate")
def originate(desk: Desk, message: Message) -> None:
    """Only Async: what is not would hold the session up, and nobody here asks for it."""
    channel = message.get("Channel")
    if not channel:
        return error(desk, message, "Channel not specified")
    if "/" not in channel:
        return error(desk, message, "Invalid channel")
    timeout_ms = message.get("Timeout", "30000")
    if not timeout_ms.isdigit():
        return error(desk, message, "Invalid timeout")
    channel_id = message.get("ChannelId")
    if len(channel_id) > _MAX_CHANNEL_ID:
        return error(desk, message, "Uniqueid length exceeds maximum of 149")
    context, exten = message.get("Context"), message.get("Exten")
    if not desk.server.has_extension(context, exten):
        return error(desk, message, "Extension does not exist.")
    order = Originate(
        channel=channel,
        channel_id=channel_id,
        context=context,
        exten=exten,
        timeout_s=int(timeout_ms) / 1000,
        caller=parse_caller(message.get("CallerID")),
        account=message.get("Account"),
        variables=parse_variables(message.get_all("Variable")),
        action_id=message.action_id,
    )
    machine = desk.machine
    if machine.tell.races():
        # A call that fails at once may be over before its order is acknowledged.
        machine.originate(order)
        return ack(desk, message, "Originate successfully queued")
    ack(desk, message, "Originate successfully queued")
    machine.originate(order)
    return None


@action("Bridge", "call")
def bridge(desk: Desk, message: Message) -> None:
    """Joins two channels by name or unique id, or by what one of them begins with."""
    machine = desk.machine
    if not message.get("Channel1") or not message.get("Channel2"):
        return error(desk, message, "Missing channel parameter in request")
    found = []
    for header in ("Channel1", "Channel2"):
        name = message.get(header)
        channel = machine.find_beginning(name)
        if channel is None:
            return error(desk, message, f"{header} does not exist: {name}")
        found.append(channel)
    tone = message.get("Tone").lower()
    wanted = {"channel1": found[0], "channel2": found[1]}.get(tone)
    late = machine.tell.races()
    if not late:
        ack(desk, message, "Channels have been bridged")
    machine.bridge(found[0], found[1], tone_to=wanted)
    if late:
        ack(desk, message, "Channels have been bridged")
    return None


@action("Hangup", "system", "call")
def hang_up(desk: Desk, message: Message) -> None:
    """Ends a channel with a cause."""
    name = message.get("Channel")
    if not name:
        return error(desk, message, "No channel specified")
    channel = desk.machine.find(name)
    if channel is None:
        return error(desk, message, "No such channel")
    cause = message.get("Cause")
    ack(desk, message, "Channel Hungup")
    desk.machine.hang_up(channel, int(cause) if cause.isdigit() and int(cause) <= 127 else 0)
    return None


@action("Setvar", "call")
def set_var(desk: Desk, message: Message) -> None:
    """Sets a channel variable, or a global one."""
    name, variable = message.get("Channel"), message.get("Variable")
    if not variable:
        return error(desk, message, "No variable specified")
    if not name:
        desk.machine.globals[variable] = message.get("Value")
        return ack(desk, message, "Variable Set")
    channel = desk.machine.find(name)
    if channel is None:
        return error(desk, message, "No such channel")
    channel.variables[variable.lstrip("_")] = message.get("Value")
    return ack(desk, message, "Variable Set")


@action("Getvar", "call", "reporting")
def get_var(desk: Desk, message: Message) -> None:
    """Reads a channel variable, or a global one; unset is empty."""
    name, variable = message.get("Channel"), message.get("Variable")
    if not variable:
        return error(desk, message, "No variable specified")
    values = desk.machine.globals
    if name:
        channel = desk.machine.find(name)
        if channel is None:
            return error(desk, message, "No such channel")
        values = channel.variables
    return ack(desk, message, "", f"Variable: {variable}\r\nValue: {values.get(variable, '')}\r\n")


@action("Redirect", "call")
def redirect(desk: Desk, message: Message) -> None:
    """Sends a channel to a place in the dialplan."""
    name = message.get("Channel")
    if not name:
        return error(desk, message, "Channel not specified")
    channel = desk.machine.find(name)
    if channel is None:
        return error(desk, message, f"Channel does not exist: {name}")
    place = (channel, message.get("Context"), message.get("Exten"))
    name = message.get("ExtraChannel")
    if not name:
        ack(desk, message, "Redirect successful")
        desk.machine.redirect(*place)
        return None
    extra = desk.machine.find(name)
    if extra is None:
        return error(desk, message, f"Channel does not exist: {name}")
    ack(desk, message, "Dual Redirect successful")
    desk.machine.redirect_both(place, (extra, message.get("ExtraContext"), message.get("ExtraExten")))
    return None


@action("MixMonitor", "system", "call")
def mix_monitor(desk: Desk, message: Message) -> None:
    """Records a channel into a file."""
    name = message.get("Channel")
    if not name:
        return error(desk, message, "No channel specified")
    channel = desk.machine.find(name)
    if channel is None:
        return error(desk, message, "No such channel")
    if not message.get("File"):
        return error(desk, message, "Could not start monitoring channel")
    ack(desk, message)
    desk.machine.set_recording(channel, message.get("File"))
    return None


@action("StopMixMonitor", "system", "call")
def stop_mix_monitor(desk: Desk, message: Message) -> None:
    """Closes the recording of a channel."""
    if not message.get("Channel"):
        return error(desk, message, "No channel specified")
    channel = desk.machine.find(message.get("Channel"))
    if channel is None:
        return error(desk, message, "No such channel")
    if not channel.recording:
        return error(desk, message, "Could not stop monitoring channel")
    ack(desk, message)
    desk.machine.set_recording(channel, "")
    return None


@action("MixMonitorMute", "system", "call")
def mix_monitor_mute(desk: Desk, message: Message) -> None:
    """Silences a recording, or lets it hear again."""
    if not message.get("Channel"):
        return error(desk, message, "No channel specified")
    if message.get("State") not in ("0", "1"):
        return error(desk, message, "No state specified")
    channel = desk.machine.find(message.get("Channel"))
    if channel is None:
        return error(desk, message, "No such channel")
    return ack(desk, message)


def parse_caller(text: str) -> tuple[str, str]:
    """Number and name out of `"Name" <number>`."""
    match = _CALLER.match(text)
    if match is None:
        return text.strip(), ""
    return match["number"].strip(), (match["name"] or "").strip()


def parse_variables(values: tuple[str, ...]) -> dict[str, str]:
    """Variables out of Variable headers, which Asterisk splits at commas that are not escaped."""
    found: dict[str, str] = {}
    for value in values:
        for pair in re.split(r"(?<!\\),", value):
            name, _, text = pair.partition("=")
            found[name.strip().lstrip("_")] = text.replace("\\,", ",")
    return found
