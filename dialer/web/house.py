"""What every route needs: the dialer's use cases, who is asking, the board; and the settings of this website."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

import config
from dialer.access import Identity
from dialer.board import Board
from dialer.control import Control
from dialer.web.hub import Hub

if TYPE_CHECKING:
    from dialer.web.desk import Desks

COOKIE = "cadence_session"


@dataclass(slots=True)
class House:
    """The parts behind the routes."""

    control: Control
    web: config.Web
    identity: Identity
    board: Board
    hub: Hub
    desks: Desks | None = None


def house_of(connection: HTTPConnection) -> House:
    """The house this request came to."""
    found: House = connection.app.state.house
    return found


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from; behind a trusted proxy, where it came from there."""
    return connection.client.host if connection.client else ""
