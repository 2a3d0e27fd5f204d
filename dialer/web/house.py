"""What every route needs: the dialer's use cases, who is asking, the board; and the settings of this website."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

import config
from dialer.access import Identity
from dialer.board import Board
from dialer.control import Control
from dialer.web.hub import Hub

COOKIE = "cadence_session"
HEARD_AGAIN_S = 600.0
MOST_HEARD = 5_000


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


@dataclass(slots=True)
class House:
    """The parts behind the routes."""

    control: Control
    web: config.Web
    identity: Identity
    board: Board
    hub: Hub
    heard: Heard = field(default_factory=Heard)


def house_of(connection: HTTPConnection) -> House:
    """The house this request came to."""
    found: House = connection.app.state.house
    return found


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from; behind a trusted proxy, where it came from there."""
    return connection.client.host if connection.client else ""
