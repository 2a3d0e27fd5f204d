"""Requests refused at the door: a line in the audit log for those of people and programs we know, so many a minute."""

from __future__ import annotations

import structlog
from fastapi import Request

import storage
from dialer.access import Refused, Who
from dialer.web.errors import WebError
from dialer.web.house import address_of, house_of

log = structlog.get_logger(__name__)

AT_THE_DOOR = frozenset({"forbidden", "scope", "csrf", "too_many_requests"})


async def note(request: Request, path: str, error: WebError | Refused) -> None:
    """Keep who was refused what, and why; strangers and refusals further in are no matter of the door.

    A database that is away does not keep the refusal from being told.
    """
    who: Who | None = getattr(request.state, "who", None)
    if who is None or error.id not in AT_THE_DOOR:
        return
    house = house_of(request)
    unnoted = house.refusals.admits(who.name, house.control.dialer.clock.now())
    if unnoted is None:
        return
    target = "/".join(str(one) for one in request.path_params.values())
    said = {"why": error.id, **({"unnoted": unnoted} if unnoted else {})}
    action = f"refused {request.method} {path}"
    try:
        await house.control.note_change(who.name, address_of(request), action, target, None, said)
    except (storage.StorageError, TimeoutError) as failed:
        log.warning(
            "refusal_not_noted", actor=who.name, action=action, error=str(failed) or "no answer in time"
        )
