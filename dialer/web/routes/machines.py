"""Answering machines checked by ear: the next clip, a word on it, and what the words come to."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Request

import storage
from dialer import leads
from dialer.access import Who
from dialer.leads.evidence import ring_s
from dialer.runtime.tasks import outside
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, address_of, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import Body, PathNumber, Plain

routes = router("/machines", "machines")

DATABASE_TIMEOUT_S = 30.0

TheHouse = Annotated[House, Depends(house_of)]
Reads = Annotated[Who, needs("supervisor", "recordings:read")]
Says = Annotated[Who, needs("supervisor", "recordings:write")]
IdQuery = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class Word(Body):
    """What the clip is, by its sound alone; `unclear` counts as a person."""

    said: Literal["person", "machine", "unclear"]


@routes.get("")
async def list_figures(_: Reads, house: TheHouse) -> list[Plain]:
    """Of each campaign: how many of the machines heard are people, at most, and how many clips wait."""
    dialer = house.control.dialer
    rows = []
    for campaign in dialer.settings.campaigns.values():
        counting = leads.reviewed(dialer.db, campaign, dialer.clock.utc())
        rows.append((await outside("database", counting, DATABASE_TIMEOUT_S)).as_dict())
    return rows


@routes.get("/next")
async def next_clip(
    request: Request,
    who: Reads,
    house: TheHouse,
    campaign: IdQuery | None = None,
    skip: Annotated[int, Query(ge=0, le=1000, description="So many of the oldest are passed over.")] = 0,
) -> Plain:
    """The oldest clip nobody said a word on: its number and length, and nothing about the call.

    It is heard at /recordings/NUMBER/audio.
    """
    reading = storage.reviews.waiting(house.control.dialer.db, campaign, skip=skip)
    found = await outside("database", reading, DATABASE_TIMEOUT_S)
    if not found:
        return {"clip": None}
    one = found[0]
    await house.control.note_change(
        who.name, address_of(request), "machines.next", str(one.recording_id), None, one.name
    )
    return {"clip": {"id": one.recording_id, "length_s": round(one.length_s, 3)}}


@routes.post("/{recording}/review")
async def review(request: Request, recording: PathNumber, asked: Word, who: Says, house: TheHouse) -> Plain:
    """Say what it is. The first word stands; who said it may change it."""
    dialer = house.control.dialer
    reading = storage.recordings.by_id(dialer.db, recording)
    found = await outside("database", reading, DATABASE_TIMEOUT_S)
    if found is None or found.recording.kind != "clip" or found.recording.deleted_at is not None:
        raise WebError("recording_unknown", "there is no such clip, or it is deleted")
    clip = found.recording
    reading_call = storage.attempts.by_id(dialer.db, clip.attempt_id)
    attempt = await outside("database", reading_call, DATABASE_TIMEOUT_S)
    heard_at = clip.started_at if attempt is None or attempt.answered_at is None else attempt.answered_at
    said = storage.reviews.Review(
        attempt_id=clip.attempt_id,
        campaign_id=clip.campaign_id,
        heard_at=heard_at,
        ring_s=None if attempt is None else ring_s(attempt),
        said=asked.said,
        reviewer=who.name,
        at=dialer.clock.utc(),
    )
    if not await outside("database", storage.reviews.say(dialer.db, said), DATABASE_TIMEOUT_S):
        raise WebError("already_reviewed", "somebody else said a word on it; take the next one")
    change_of(request).target = clip.name
    budgets = dialer.budgets.get(clip.campaign_id)
    if budgets is not None:
        await budgets.reestimate()
    return {"recording": recording, "said": asked.said}


@routes.get("/rings")
async def rings(_: Reads, house: TheHouse, campaign: IdQuery) -> list[Plain]:
    """What the detection and people said of a campaign's calls, by how long they had rung."""
    dialer = house.control.dialer
    try:
        chosen = dialer.settings.campaign(campaign)
    except KeyError:
        raise WebError("campaign_unknown", f"there is no campaign {campaign}") from None
    counting = leads.by_ring(dialer.db, chosen, dialer.clock.utc())
    return [one.as_dict() for one in await outside("database", counting, DATABASE_TIMEOUT_S)]
