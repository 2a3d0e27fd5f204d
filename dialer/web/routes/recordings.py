"""Recordings: found, played and downloaded by those who may; each time somebody does is in the audit log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Response

import storage
from dialer.access import Who
from dialer.recordings import Archive, RecordingError, StoreAway, holding, shown
from dialer.recordings.sound import CHANNELS, MEDIA_TYPES
from dialer.runtime.tasks import outside
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, address_of, house_of
from dialer.web.routes.board import Events
from dialer.web.routing import change_of, router
from dialer.web.texts import MOST_ID, Body, Limit, Line, Name, PathNumber, Plain

routes = router("/recordings", "recordings")

DATABASE_TIMEOUT_S = 30.0
PIECE = 1 << 20
"""A player is given at most so much at once (RFC 9110, 15.3.7 lets a server send a part of what was asked for)."""

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

TheHouse = Annotated[House, Depends(house_of)]
Reads = Annotated[Who, needs("agent", "recordings:read")]
Supervises = Annotated[Who, needs("supervisor", "recordings:read")]
Holds = Annotated[Who, needs("supervisor", "recordings:write")]
IdQuery = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Epoch = Annotated[float, Query(ge=0, le=32_503_680_000, description="Seconds since the epoch.")]
Length = Annotated[float, Query(ge=0, le=1e6, description="Seconds.")]
Number = Annotated[int, Query(ge=1, le=MOST_ID)]


class Hold(Body):
    """What is held: a recording by its number, a lead by its number, or a campaign by its id; and why."""

    kind: Literal["recording", "lead", "campaign"]
    target: Name
    reason: Line


class Release(Body):
    """What is held no longer."""

    kind: Literal["recording", "lead", "campaign"]
    target: Name


@routes.get("")
async def list_recordings(
    request: Request,
    who: Reads,
    house: TheHouse,
    campaign: IdQuery | None = None,
    agent: IdQuery | None = None,
    lead: Number | None = None,
    disposition: IdQuery | None = None,
    since: Epoch | None = None,
    until: Epoch | None = None,
    shortest_s: Length | None = None,
    longest_s: Length | None = None,
    before: Annotated[
        int | None, Query(ge=1, le=MOST_ID, description="The last id of the page before.")
    ] = None,
    limit: Limit = 50,
) -> list[Plain]:
    """Finished recordings, newest first. Agents see their own, where the configuration lets them."""
    if not who.at_least("supervisor"):
        agent = _own(who, house)
    wanted = storage.recordings.Wanted(
        campaign_id=campaign,
        agent=agent,
        lead_id=lead,
        disposition=disposition,
        since=None if since is None else datetime.fromtimestamp(since, UTC),
        until=None if until is None else datetime.fromtimestamp(until, UTC),
        shortest_s=shortest_s,
        longest_s=longest_s,
        before=before,
    )
    reading = storage.recordings.page(house.control.dialer.db, wanted, limit=limit)
    found = await outside("database", reading, DATABASE_TIMEOUT_S)
    if lead is not None:
        await _note(request, who, house, "list", str(lead), len(found))
    return [shown(one, datetime.timestamp) for one in found]


@routes.get("/holds")
async def list_holds(_: Supervises, house: TheHouse) -> list[Plain]:
    """Every legal hold on recordings, leads and campaigns."""
    return await holding.every(house.control.dialer.db)


@routes.post("/holds", status_code=201)
async def hold(request: Request, asked: Hold, who: Holds, house: TheHouse) -> Plain:
    """Let nothing of it be deleted until the hold is lifted."""
    dialer = house.control.dialer
    about: Any = {"now": dialer.clock.utc(), "actor": who.name, "reason": asked.reason}
    try:
        await holding.hold(dialer.db, asked.kind, asked.target, **about)
    except RecordingError as error:
        raise WebError("recording_unknown", str(error)) from None
    change_of(request).target = f"{asked.kind}:{asked.target}"
    return {"kind": asked.kind, "target": asked.target, "held": True}


@routes.post("/holds/release")
async def release(request: Request, asked: Release, _: Holds, house: TheHouse) -> Plain:
    """Lift a hold: what is past its time goes with the next sweep."""
    try:
        was_held = await holding.release(house.control.dialer.db, asked.kind, asked.target)
    except RecordingError as error:
        raise WebError("recording_unknown", str(error)) from None
    change_of(request).target = f"{asked.kind}:{asked.target}"
    return {"kind": asked.kind, "target": asked.target, "held": False, "was_held": was_held}


@routes.get("/{recording}")
async def one_recording(request: Request, recording: PathNumber, who: Reads, house: TheHouse) -> Plain:
    """One recording, with the outline of either side: the loudest of each moment, 0..255."""
    found = await _found(recording, who, house)
    reading = storage.recordings.peaks(house.control.dialer.db, recording)
    peaks = await outside("database", reading, DATABASE_TIMEOUT_S)
    await _note(request, who, house, "show", str(recording), found.recording.name)
    outline = {"person": list(peaks[::CHANNELS]), "agent": list(peaks[1::CHANNELS])}
    return {**shown(found, datetime.timestamp), "checksum": found.recording.checksum, "peaks": outline}


@routes.get(
    "/{recording}/audio",
    response_class=Response,
    responses={
        200: {"description": "The whole file.", "content": {kind: {} for kind in MEDIA_TYPES.values()}},
        206: {"description": "A part of it, at most 1 MiB."},
        416: {"description": "It is not that long."},
    },
)
async def audio(
    request: Request,
    recording: PathNumber,
    who: Reads,
    house: TheHouse,
    download: Annotated[bool, Query(description="As a file to keep.")] = False,
    range_: Annotated[str, Header(alias="Range", max_length=200)] = "",
) -> Response:
    """The sound: the person on the left, the agent on the right. Parts by `Range: bytes=...`."""
    one = (await _found(recording, who, house)).recording
    archive: Archive = house.control.surfaces["recordings"]
    headers = {"accept-ranges": "bytes", "content-type": MEDIA_TYPES[one.format]}
    if download:
        headers["content-disposition"] = f'attachment; filename="{one.name}.{one.format}"'
    part = _part(range_, one.bytes)
    if part is not None and part[0] >= one.bytes:
        return Response(status_code=416, headers={"content-range": f"bytes */{one.bytes}"})
    start, end = part or (0, one.bytes)
    first = await _piece(archive, one, start, min(PIECE, end - start))
    if download or not house.heard.lately((who.name, recording), house.control.dialer.clock.now()):
        await _note(request, who, house, "download" if download else "play", str(recording), one.name)
    if part is not None:
        shown = f"bytes {start}-{start + len(first) - 1}/{one.bytes}"
        return Response(first, 206, headers | {"content-range": shown})
    stream = Events(_rest(archive, one, first), headers=headers | {"content-length": str(one.bytes)})
    stream.send_timeout_s *= house.control.dialer.clock.speed
    return stream


async def _rest(archive: Archive, one: storage.recordings.Recording, first: bytes) -> AsyncIterator[bytes]:
    yield first
    for start in range(len(first), one.bytes, PIECE):
        yield await archive.read(one, start, PIECE)


async def _piece(archive: Archive, one: storage.recordings.Recording, start: int, count: int) -> bytes:
    try:
        return await archive.read(one, start, count)
    except StoreAway as error:
        raise WebError("store_away", str(error)) from None
    except RecordingError as error:
        raise WebError("recording_broken", str(error)) from None


async def _found(recording: int, who: Who, house: House) -> storage.recordings.Listed:
    agent = None if who.at_least("supervisor") else _own(who, house)
    reading = storage.recordings.by_id(house.control.dialer.db, recording)
    found = await outside("database", reading, DATABASE_TIMEOUT_S)
    own = found is not None and (agent is None or await _took_part(found.recording, agent, house))
    if found is None or not own:
        raise WebError("recording_unknown", "there is no such recording, or it is not yours to hear")
    if found.recording.deleted_at is not None:
        raise WebError("recording_unknown", f"it was deleted: {found.recording.deleted_why}")
    return found


async def _took_part(one: storage.recordings.Recording, agent: str, house: House) -> bool:
    reading = storage.recordings.took_part(house.control.dialer.db, one, agent)
    return await outside("database", reading, DATABASE_TIMEOUT_S)


def _own(who: Who, house: House) -> str:
    """The agent whose recordings these may be."""
    if not house.control.dialer.settings.recordings.agents_listen or who.agent_id is None:
        raise WebError("forbidden", "recordings are for supervisors; see recordings.agents_listen")
    return who.agent_id


async def _note(request: Request, who: Who, house: House, what: str, target: str, about: Any) -> None:
    action = f"recordings.{what}"
    await house.control.note_change(who.name, address_of(request), action, target, None, about)


def _part(text: str, size: int) -> tuple[int, int] | None:
    """From where to where (exclusive) of a Range header; None for the whole, also for one of a kind we do not know."""
    match = _RANGE.fullmatch(text.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, size - int(match[2])), size
    end = min(size, int(match[2]) + 1) if match[2] else size
    return None if match[2] and int(match[2]) < int(match[1]) else (int(match[1]), end)
