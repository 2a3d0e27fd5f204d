"""The agent's desk: a WebSocket whose life is the agent's presence."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.websockets import WebSocket

import storage
from dialer.access import Who
from dialer.web.desk import Desks
from dialer.web.errors import WebError
from dialer.web.guard import identify
from dialer.web.house import COOKIE, house_of

routes = APIRouter()


@routes.websocket("/api/v1/desk")
async def desk(socket: WebSocket) -> None:
    """Serve one desk; ends with 4401 for who is not signed in and 4403 for who has no desk."""
    house = house_of(socket)
    try:
        who = await _who(socket)
    except WebError as error:
        await _refuse(socket, 4401 if error.id == "not_signed_in" else 4403, error.id)
        return
    except (storage.StorageError, TimeoutError):
        await _refuse(socket, 1013, "database_away")
        return
    if who.agent_id is None or who.agent_id not in house.control.dialer.agents:
        await _refuse(socket, 4403, "no_desk")
        return
    desks: Desks = socket.app.state.desks
    await desks.serve(socket, who, who.agent_id)


async def _who(socket: WebSocket) -> Who:
    """A page of ours, by its cookie; what comes without an origin is no page."""
    if "origin" not in socket.headers:
        raise WebError("origin", "a desk is opened by its page")
    return await identify(socket, socket.cookies.get(COOKIE), None)


async def _refuse(socket: WebSocket, code: int, reason: str) -> None:
    """Accepted first, or a page could not read the code."""
    await socket.accept()
    await socket.close(code, reason)
