"""The wallboard: the live floor as one document, as a stream of changes, and its last hours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

import storage
from dialer.access import Who
from dialer.web.errors import WebError
from dialer.web.guard import identify, needs
from dialer.web.house import COOKIE, House, house_of
from dialer.web.hub import MOST_LISTENERS, TooMany
from dialer.web.routing import router
from dialer.web.texts import Answer, Plain

routes = router("/board", "board")

_EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}
STILL_SIGNED_IN_S = 30.0
SEND_TIMEOUT_S = 60.0


class History(Answer):
    """The last hours in columns of equal length, a step apart; null where there was nothing to count."""

    step_s: float
    at: list[float]
    talk_min_h: list[float | None]
    wait_s: list[float | None]
    answer_rate: list[float | None]
    abandoned: list[int]


class Events(StreamingResponse):
    """A stream whose reader must read: one that takes nothing for long is let go."""

    async def stream_response(self, send: Send) -> None:
        """Send what comes, each piece within its time."""

        async def bounded(message: Message) -> None:
            await asyncio.wait_for(send(message), self.send_timeout_s)

        with contextlib.suppress(TimeoutError):
            await super().stream_response(bounded)

    send_timeout_s = SEND_TIMEOUT_S


@routes.get("", response_model=Plain)
async def board(
    _: Annotated[Who, needs("supervisor", "board:read")], house: Annotated[House, Depends(house_of)]
) -> Response:
    """The whole floor now; docs/api.md describes the document. What is absent has no value."""
    return Response(house.hub.snapshot(), media_type="application/json")


@routes.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def events(
    request: Request,
    _: Annotated[Who, needs("supervisor", "board:read")],
    house: Annotated[House, Depends(house_of)],
    last_event_id: Annotated[str, Header(max_length=100)] = "",
    once: Annotated[bool, Query(description="End after the first event.")] = False,
) -> Response:
    """`snapshot`, then `delta`s: JSON merge patches (RFC 7396), at most two a second."""
    if len(house.hub) >= MOST_LISTENERS:
        raise TooMany
    stream = _stream(request, house, last_event_id, once)
    answer = Events(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
    answer.send_timeout_s = SEND_TIMEOUT_S * house.control.dialer.clock.speed
    return answer


async def _stream(request: Request, house: House, last_id: str, once: bool) -> AsyncIterator[bytes]:
    """Events while the session or key holds; it is asked again now and then."""
    clock = house.control.dialer.clock
    asked_at = clock.now()
    async for event in house.hub.listen(last_id):
        yield event
        if once:
            return
        if clock.now() - asked_at > STILL_SIGNED_IN_S * clock.speed:
            asked_at = clock.now()
            if not await _still(request):
                return


async def _still(request: Request) -> bool:
    """Whether who asked may still see it; while the database is away, yes."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    try:
        who = await identify(
            request, request.cookies.get(COOKIE), key if scheme.lower() == "bearer" else None
        )
    except WebError:
        return False
    except (storage.StorageError, TimeoutError):
        return True
    return who.at_least("supervisor")


@routes.get("/history")
async def history(
    _: Annotated[Who, needs("supervisor", "board:read")],
    house: Annotated[House, Depends(house_of)],
    campaign: Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = None,
    hours: Annotated[float, Query(gt=0, le=24)] = 2.0,
) -> History:
    """Talk, waiting, answer rate and abandoned by minute, of one campaign or all together."""
    if campaign is not None:
        house.control.known_campaign(campaign)
    return History(**house.board.history(campaign, hours))
