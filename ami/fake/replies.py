"""How Asterisk words its answers."""

from __future__ import annotations

from collections.abc import Iterable

from ami.fake.desk import Desk
from ami.fake.teller import Emission
from ami.wire import Message


def action_id(message: Message) -> str:
    """The ActionID line to echo, or nothing."""
    value = message.action_id
    return f"ActionID: {value}\r\n" if value else ""


def say(desk: Desk, text: str) -> None:
    """One message to the session being answered, in line with the events."""
    desk.machine.tell.out.append(Emission(desk.session, "", "", "", f"{text}\r\n".encode()))


def ack(desk: Desk, message: Message, text: str = "", extra: str = "") -> None:
    """Response: Success."""
    tail = f"Message: {text}\r\n" if text else ""
    say(desk, f"Response: Success\r\n{action_id(message)}{tail}{extra}")


def error(desk: Desk, message: Message, text: str) -> None:
    """Response: Error."""
    say(desk, f"Response: Error\r\n{action_id(message)}Message: {text}\r\n")


def event_list(
    desk: Desk, message: Message, text: str, entries: Iterable[str], complete: str, *, items: bool = False
) -> None:
    """An event list: start, entries (each its headers, the Event line first), and its end."""
    echo = action_id(message)
    say(desk, f"Response: Success\r\n{echo}EventList: start\r\nMessage: {text}\r\n")
    count = 0
    for entry in entries:
        say(desk, entry)
        count += 1
    tail = f"Items: {count}\r\n" if items else ""
    say(desk, f"Event: {complete}\r\n{echo}EventList: Complete\r\nListItems: {count}\r\n{tail}")
