"""The fence: end another daemon's manager sessions, so that nothing it still sends does anything.

By `manager kick session`, which takes a manager user with the right `command`, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ami.actions import Action
from ami.address import NodeAddress
from ami.client import Connection
from ami.errors import ConnectFailed

_ROUNDS: Final = 5
_SHOWN_OF_NAME: Final = 15
"""Asterisk cuts longer user names in its list."""


async def fence(
    address: NodeAddress, username: str, secret: str, *, clock: Callable[[], float], timeout_s: float = 3.0
) -> int:
    """End every session of `address.username`, as the manager user `username`; return how many there were.

    Raises AmiError while any may be left: nothing may be dialed through this node then.
    """
    line = _line(replace(address, username=username, secret=secret), clock)
    await line.open(connect_timeout_s=timeout_s, boot_timeout_s=None)
    ended = 0
    try:
        for _ in range(_ROUNDS):
            sessions = await _sessions(line, address.username, timeout_s)
            if not sessions:
                return ended
            for number in sessions:
                await line.request(_command(f"manager kick session {number}"), timeout_s)
                ended += 1
    finally:
        await line.close()
    raise ConnectFailed(f"{address.name}: sessions of {address.username} come back as fast as they are ended")


async def prove_fence(
    address: NodeAddress, username: str, secret: str, *, clock: Callable[[], float], timeout_s: float = 3.0
) -> None:
    """End a session of our own as a fence would, and no other; raises AmiError where it cannot."""
    fencer = _line(replace(address, username=username, secret=secret), clock)
    victim = _line(address, clock)
    try:
        await fencer.open(connect_timeout_s=timeout_s, boot_timeout_s=None)
        before = await _sessions(fencer, address.username, timeout_s)
        await victim.open(connect_timeout_s=timeout_s, boot_timeout_s=None)
        new = set(await _sessions(fencer, address.username, timeout_s)) - set(before)
        if not new:
            raise ConnectFailed(f"{address.name}: it is not shown the sessions of {address.username}")
        if len(new) > 1:
            return  # somebody logged in at the same time: which one is ours cannot be told
        await fencer.request(_command(f"manager kick session {new.pop()}"), timeout_s)
        await asyncio.wait({victim.closed}, timeout=timeout_s)
        if not victim.closed.done():
            raise ConnectFailed(f"{address.name}: a session that was ended by it lives on")
    finally:
        await victim.close()
        await fencer.close()


def _line(address: NodeAddress, clock: Callable[[], float]) -> Connection:
    return Connection(address, lambda _message, _at: None, clock=clock, wanted=())


async def _sessions(line: Connection, user: str, timeout_s: float) -> tuple[str, ...]:
    """Their numbers; a row is user, address, start, elapsed, number, ..."""
    answer = await line.request(_command("manager show connected"), timeout_s)
    rows = [row.split() for row in answer.get_all("Output")]
    return tuple(row[4] for row in rows if len(row) > 4 and row[4].isdecimal() and _same(row[0], user))


def _same(shown: str, user: str) -> bool:
    return shown == user or (len(shown) >= _SHOWN_OF_NAME and user.startswith(shown))


def _command(text: str) -> Action:
    return Action("Command", (("Command", text),))
