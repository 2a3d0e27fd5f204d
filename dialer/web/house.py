"""What every route needs: the dialer's use cases, who is asking, the board; and the settings of this website."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

import config
from dialer.access import Identity
from dialer.access.limits import MOST_KEYS, Allowance
from dialer.board import Board
from dialer.control import Control
from dialer.web.hub import Hub

COOKIE = "cadence_session"
HEARD_AGAIN_S = 600.0
MOST_HEARD = 5_000

REFUSALS_A_MINUTE = 10
"""Lines in the audit log of refusals of one user or key; how many more there were stands in their next line."""


class Heard:
    """Who heard what lately: a player asks for a recording in many parts, and that is one hearing."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, int], float] = OrderedDict()

    def lately(self, what: tuple[str, int], now: float) -> bool:
        """Whether this was heard in the last minutes; from now on it was."""
        last = self._at.pop(what, float("-inf"))
        self._at[what] = now
        while len(self._at) > MOST_HEARD:
            self._at.popitem(last=False)
        return now - last < HEARD_AGAIN_S


class Refusals:
    """How many refusals of each user or key may still be noted, in bounded memory."""

    def __init__(self) -> None:
        self._allowed = Allowance(REFUSALS_A_MINUTE / 60.0, 60.0)
        self._unnoted: OrderedDict[str, int] = OrderedDict()

    def admits(self, name: str, now: float) -> int | None:
        """How many went by unnoted before this one, which is to be noted; None: it goes by as well."""
        before = self._unnoted.pop(name, 0)
        if self._allowed.wait_s(name, now) <= 0.0:
            return before
        self._unnoted[name] = before + 1
        while len(self._unnoted) > MOST_KEYS:
            self._unnoted.popitem(last=False)
        return None


@dataclass(slots=True)
class House:
    """The parts behind the routes."""

    control: Control
    web: config.Web
    identity: Identity
    board: Board
    hub: Hub
    heard: Heard = field(default_factory=Heard)
    refusals: Refusals = field(default_factory=Refusals)


def house_of(connection: HTTPConnection) -> House:
    """The house this request came to."""
    found: House = connection.app.state.house
    return found


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from; behind a trusted proxy, where it came from there."""
    return connection.client.host if connection.client else ""
