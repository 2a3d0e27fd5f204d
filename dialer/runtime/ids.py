"""Ids of calls and seats: unique for ever, and nothing of a person in them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import count

AGENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SEAT = re.compile(
    r"s-(?P<instance>[a-z0-9]+)-(?P<boot>[a-z0-9]+)-(?P<seq>\d+)-(?P<agent>[a-z0-9][a-z0-9-]{0,31})"
)


class Ids:
    """Makes `c-<instance>-<boot>-<n>` for calls and `s-<instance>-<boot>-<n>-<agent>` for seats.

    A third party's begins with `x`, a listening supervisor's phone's with `l`.

    `boot` differs at each start of the daemon, so an id of an earlier life is never made again. No id is the beginning
    of another one that may live at the same time, since Asterisk's Bridge takes any channel whose id begins with the
    one it is given: `<n>` has six digits at least.
    """

    def __init__(self, instance: str, boot: str) -> None:
        self._instance = re.sub(r"[^a-z0-9]", "", instance.lower())[:12] or "main"
        self._boot = boot
        self._seq: Iterator[str] = (f"{n:06d}" for n in count(1))

    @property
    def boot(self) -> str:
        """This life of the daemon."""
        return self._boot

    @property
    def call_prefix(self) -> str:
        """How every call id of this instance begins, of any life."""
        return f"c-{self._instance}-"

    @property
    def life_prefix(self) -> str:
        """How every call id of this life begins."""
        return f"{self.call_prefix}{self._boot}-"

    @property
    def seat_prefix(self) -> str:
        """How every seat id of this instance begins, of any life."""
        return f"s-{self._instance}-"

    @property
    def party_prefix(self) -> str:
        """How every third party's id of this instance begins, of any life."""
        return f"x-{self._instance}-"

    @property
    def listener_prefix(self) -> str:
        """How every listening phone's id of this instance begins, of any life."""
        return f"l-{self._instance}-"

    def listener(self) -> str:
        """A new id for a supervisor's phone that listens."""
        return f"{self.listener_prefix}{self._boot}-{next(self._seq)}"

    def party(self) -> str:
        """A new third party's id."""
        return f"{self.party_prefix}{self._boot}-{next(self._seq)}"

    def call(self) -> str:
        """A new call's id."""
        return f"{self.call_prefix}{self._boot}-{next(self._seq)}"

    def seat(self, agent_id: str) -> str:
        """A new seat's id."""
        return f"{self.seat_prefix}{self._boot}-{next(self._seq)}-{agent_id}"


def boot_of(now: float, name: str = "") -> str:
    """A life of the daemon in base 36: grows with time, differs at each start, and between daemons of other names."""
    text = _base_36(int(now * 10))
    return text + _base_36(zlib.crc32(name.encode()) % 1296).rjust(2, "0") if name else text


def _base_36(number: int) -> str:
    digits, text = "0123456789abcdefghijklmnopqrstuvwxyz", ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text


def agent_of(seat_id: str) -> str | None:
    """The agent whose seat this is, read off its id."""
    match = _SEAT.fullmatch(seat_id)
    return None if match is None else match["agent"]
