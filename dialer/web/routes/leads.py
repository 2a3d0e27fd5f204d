"""Leads and do-not-call lists. Numbers are masked by role."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field

from dialer.access import Who
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.masking import lead_for, number_for
from dialer.web.routing import change_of, router
from dialer.web.texts import Body, Id, Limit, Line, Name, PathNumber, Plain, Prose

routes = router("/leads", "leads")
callbacks = router("/callbacks", "leads")
dnc = router("/dnc", "dnc")

TheHouse = Annotated[House, Depends(house_of)]
Reads = Annotated[Who, needs("supervisor", "leads:read")]
Writes = Annotated[Who, needs("supervisor", "leads:write")]
ReadsDnc = Annotated[Who, needs("supervisor", "dnc:read")]
WritesDnc = Annotated[Who, needs("supervisor", "dnc:write")]
CampaignQuery = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
TextQuery = Annotated[str, Query(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Skills = Annotated[list[Id], Field(max_length=10)]
Epoch = Annotated[float, Field(ge=0, le=32_503_680_000, description="Seconds since the epoch.")]


class ChangedLead(Body):
    """What is to change; what is left out stays, null takes away."""

    name: Line | None = None
    zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")] | None = None
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None
    deadline: Epoch | None = None
    owner: Id | None = None
    data: Annotated[dict[Name, Line], Field(max_length=100)] | None = None
    skills: Skills | None = None


class AskedSkills(Body):
    """What leads are to ask for, and which leads: those of the ids, or all open ones that ask for a skill (or none)."""

    campaign: Id
    skills: Skills
    external_ids: Annotated[list[Name], Field(max_length=10_000)] | None = None
    asks: Id | None = None


class NoteText(Body):
    """A free text about a lead."""

    text: Prose


class Reason(Body):
    """Why."""

    reason: Line = ""


class Promise(Body):
    """When, in the lead's own time (2026-06-01 14:30) or with an offset; nothing: now. And by whom."""

    at: Line | None = None
    owner: Id | None = None
    reason: Line = "callback"


class DncNumber(Body):
    """A number with + and country code (with a campaign also as written there), and the list: all or one campaign's."""

    number: Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[^\x00-\x1f]+$")]
    campaign: Id | None = None


class DncEntry(DncNumber):
    """The same, with the reason and, where it ends, when."""

    reason: Name
    expires_at: Epoch | None = None


@routes.get("")
async def search(
    who: Reads,
    house: TheHouse,
    campaign: CampaignQuery,
    number: TextQuery | None = None,
    external_id: TextQuery | None = None,
    name: TextQuery | None = None,
    limit: Limit = 50,
) -> list[Plain]:
    """Leads of a campaign by number, external id or the beginning of a name."""
    found = await house.control.leads(campaign, number, external_id, name, limit)
    return [lead_for(who, house.web, lead) for lead in found]


@routes.get("/{lead}")
async def one_lead(lead: PathNumber, who: Reads, house: TheHouse) -> Plain:
    """One lead with all that happened, newest first."""
    found = await house.control.lead(lead)
    return {**lead_for(who, house.web, found), "history": await house.control.lead_history(lead)}


@routes.patch("/{lead}")
async def change_lead(
    request: Request, lead: PathNumber, asked: ChangedLead, who: Writes, house: TheHouse
) -> Plain:
    """Change name, zone, priority, deadline, owner, data, or the skills it asks for."""
    values = {key: getattr(asked, key) for key in asked.model_fields_set}
    for key in ("name", "priority", "data", "skills"):
        if key in values and values[key] is None:
            raise WebError("invalid", "cannot be null", field=key)
    if not values:
        raise WebError("bad_request", "say what to change")
    if values.get("deadline") is not None:
        values["deadline"] = datetime.fromtimestamp(values["deadline"], UTC)
    change = change_of(request)
    before = lead_for(who, house.web, await house.control.lead(lead))
    change.before = {key: before[key] for key in values}
    return lead_for(who, house.web, await house.control.change_lead(lead, values))


@routes.post("/skills")
async def ask_skills(request: Request, asked: AskedSkills, _: Writes, house: TheHouse) -> Plain:
    """Let leads ask for these skills of an agent and no others; how many changed."""
    change_of(request).target = asked.campaign
    return await house.control.ask_skills(asked.campaign, asked.skills, asked.external_ids, asked.asks)


@routes.post("/{lead}/notes", status_code=201)
async def note(lead: PathNumber, asked: NoteText, who: Writes, house: TheHouse) -> Plain:
    """Keep a note; in the database before it is acknowledged."""
    return await house.control.note(lead, asked.text, who.name)


@routes.post("/{lead}/exclude")
async def exclude(lead: PathNumber, asked: Reason, who: Writes, house: TheHouse) -> Plain:
    """Never call this lead again in this campaign."""
    return lead_for(who, house.web, await house.control.exclude_lead(lead, asked.reason))


@routes.post("/{lead}/callback")
async def promise(lead: PathNumber, asked: Promise, who: Writes, house: TheHouse) -> Plain:
    """Call this lead next, now or at an instant, by anybody or by one agent."""
    found = await house.control.promise_call(lead, asked.at, asked.owner, asked.reason)
    return lead_for(who, house.web, found)


@callbacks.get("")
async def list_callbacks(
    who: Annotated[Who, needs("agent", "leads:read")],
    house: TheHouse,
    campaign: CampaignQuery | None = None,
    owner: CampaignQuery | None = None,
    limit: Limit = 100,
) -> list[Plain]:
    """Promised calls still to be made, the earliest first; agents see their own."""
    if not who.at_least("supervisor"):
        if who.agent_id is None:
            raise WebError("forbidden", "your user has no desk; an admin can give it one")
        owner = who.agent_id
    found = await house.control.callbacks(campaign, owner, limit)
    return [lead_for(who, house.web, lead) for lead in found]


@dnc.get("")
async def check(
    who: ReadsDnc, house: TheHouse, number: TextQuery, campaign: CampaignQuery | None = None
) -> Plain:
    """Which do-not-call lists hold a number."""
    found = await house.control.dnc_check(number, campaign)
    return {**found, "number": number_for(who, house.web, found["number"])}


@dnc.post("", status_code=201)
async def add(request: Request, asked: DncEntry, who: WritesDnc, house: TheHouse) -> Plain:
    """Never call a number again: for all campaigns, or for one."""
    expires = None if asked.expires_at is None else datetime.fromtimestamp(asked.expires_at, UTC)
    found = await house.control.dnc_add(asked.number, asked.reason, asked.campaign, expires)
    change_of(request).target = found["number"]
    return {**found, "number": number_for(who, house.web, found["number"])}


@dnc.post("/remove")
async def remove(request: Request, asked: DncEntry, who: WritesDnc, house: TheHouse) -> Plain:
    """Take a number off a list again; the reason goes into the audit log."""
    found = await house.control.dnc_remove(asked.number, asked.campaign)
    change_of(request).target = found["number"]
    return {**found, "number": number_for(who, house.web, found["number"])}
