"""`dialer leads show` and `change`: all that is known of a lead, and many of them changed at once."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import config
import storage
from dialer import compliance
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out
from dialer.control import ControlError
from dialer.leads import bulk, skills_of
from dialer.ops.socket import NotRunning

MOST_UNKNOWN = 20
"""Ids that were not found, named one by one."""


class State(StrEnum):
    """States a person may put leads into."""

    PENDING = "pending"
    DONE = "done"
    EXCLUDED = "excluded"


def now() -> datetime:
    """The wall's clock, which is that of a command."""
    return datetime.now(UTC)  # noqa: TID251


def show(
    campaign: Annotated[str, typer.Option("--campaign", help="Whose lead.")],
    number: Annotated[str | None, typer.Option(help="One of the lead's numbers.")] = None,
    external_id: Annotated[str | None, typer.Option("--id", help="The lead's external id.")] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Show a lead as it stands, why it is not called, and all that happened to it.

    Example: dialer leads show --campaign spring --number "020 7946 0101"
    """
    if (number is None) == (external_id is None):
        context.fail("say which lead: --id or --number")
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)

    async def work() -> list[dict[str, Any]]:
        async with context.opened(settings) as db:
            return [await _told(db, chosen, lead) for lead in await _found(db, chosen, number, external_id)]

    with context.explained():
        found = context.run_async(work())
    if not found:
        context.fail(f"{chosen.id} has no such lead")
    if as_json:
        context.show_json(found)
        return
    for lead in found:
        _print(lead)


def change(
    campaign: Annotated[str, typer.Option("--campaign", help="Whose leads.")],
    ids: Annotated[list[str] | None, typer.Option("--id", help="An external id; may be given often.")] = None,
    ids_file: Annotated[
        Path | None, typer.Option("--ids", help="A file with one external id a line.")
    ] = None,
    state: Annotated[
        State | None, typer.Option(help="pending: call them again; done, excluded: no more.")
    ] = None,
    priority: Annotated[int | None, typer.Option(min=-9999, max=9999, help="Higher goes first.")] = None,
    owner: Annotated[str | None, typer.Option(help="The agent who is to have them.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for their history.")] = "by hand",
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Change many leads at once; one in a call keeps its state until the call's own end.

    Example: dialer leads change --campaign spring --ids gone.txt --state excluded --reason "moved away"
    """
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)
    wanted = [*(ids or []), *(_lines(ids_file) if ids_file is not None else [])]
    if not wanted:
        context.fail("say which leads: --id or --ids")
    if state is None and priority is None and owner is None:
        context.fail("say what to change: --state, --priority or --owner")

    async def work() -> bulk.Changed:
        asked = bulk.Change(None if state is None else state.value, priority, owner, reason[:200])
        async with context.opened(settings) as db:
            if owner is not None and owner not in {row.agent_id for row in await storage.agents.every(db)}:
                raise ControlError("agent_unknown", f"there is no agent {owner}")
            return await bulk.change(db, chosen.id, wanted, asked, now=now())

    with context.explained():
        done = context.run_async(work())
    tell(settings, chosen.id)
    if as_json:
        context.show_json(
            {"asked": done.asked, "found": done.found, "changed": done.changed, "unknown": done.unknown}
        )
        return
    busy = done.found - done.changed
    out.print(f"{done.changed} of {done.asked} leads changed", highlight=False)
    if busy:
        out.print(f"{busy} are in a call or wait for the word about one; run it again", highlight=False)
    for one in done.unknown[:MOST_UNKNOWN]:
        out.print(f"  unknown: {one}", highlight=False, markup=False)
    if len(done.unknown) > MOST_UNKNOWN:
        out.print(f"  and {len(done.unknown) - MOST_UNKNOWN} more", highlight=False)


def tell(settings: config.Settings, campaign: str) -> None:
    """Let a running dialer know of changed leads; without one they are found at its start."""
    with contextlib.suppress(NotRunning, ControlError, OSError):
        context.ask(settings, "leads_changed", campaign=campaign)


def campaign_of(settings: config.Settings, campaign: str) -> config.Campaign:
    """The campaign, or the end with the names there are."""
    try:
        return settings.campaign(campaign)
    except KeyError as error:
        context.fail(str(error.args[0]))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        context.fail(f"{path} cannot be read: {error}")
    return [line.strip() for line in lines if line.strip()]


async def _found(
    db: storage.Database, campaign: config.Campaign, number: str | None, external_id: str | None
) -> list[storage.Lead]:
    if external_id is not None:
        lead = await storage.leads.by_external_id(db, campaign.id, external_id)
        return [] if lead is None else [lead]
    read = compliance.numbers.read(number or "", campaign.default_region)
    if isinstance(read, compliance.BadNumber):
        raise ControlError("number_invalid", read.reason)
    return list(await storage.leads.by_number(db, read.e164, campaign_id=campaign.id))


async def _told(db: storage.Database, campaign: config.Campaign, lead: storage.Lead) -> dict[str, Any]:
    numbers = [
        {
            "number": one.e164,
            "kind": one.kind,
            "attempts": one.attempts,
            "closed": one.closed,
            "do_not_call": list(await storage.dnc.has(db, one.e164, now=now(), campaign_id=campaign.id)),
        }
        for one in lead.numbers
    ]
    calls = await storage.attempts.of_lead(db, lead.lead_id)
    changes = await storage.leads.history(db, lead.lead_id)
    notes = await storage.leads.notes_of(db, lead.lead_id)
    past = [(one.claimed_at, one.disposition or one.outcome or one.state, one.agent or "") for one in calls]
    past += [(one.at, f"{one.state}: {one.reason} {one.detail}".strip(": "), "") for one in changes]
    past += [(one.at, f"note: {one.body}", one.agent_id or "") for one in notes]
    return {
        "lead": lead.lead_id,
        "external_id": lead.external_id,
        "name": lead.name,
        "state": lead.state,
        "reason": lead.reason,
        "next_at": _iso(lead.next_at),
        "attempts": lead.attempts,
        "priority": lead.priority,
        "owner": lead.owner,
        "skills": list(skills_of(lead.window_key)),
        "zone": lead.zone,
        "deadline": _iso(lead.deadline),
        "callback_at": _iso(lead.callback_at),
        "callback_owner": lead.callback_owner,
        "numbers": numbers,
        "data": dict(lead.data),
        "history": [{"at": _iso(at), "what": what, "by": by} for at, what, by in sorted(past, reverse=True)],
    }


def _print(lead: dict[str, Any]) -> None:
    for name, value in lead.items():
        if name in {"numbers", "data", "history"} or value in (None, "", []):
            continue
        shown = ", ".join(value) if isinstance(value, list) else value
        out.print(f"{name:<16}{shown}", highlight=False, markup=False)
    for one in lead["numbers"]:
        listed = f", do not call: {', '.join(one['do_not_call'])}" if one["do_not_call"] else ""
        closed = f", closed: {one['closed']}" if one["closed"] else ""
        told = f"{one['number']} {one['kind']}, {one['attempts']} calls{closed}{listed}"
        out.print(f"{'number':<16}{told}", highlight=False, markup=False)
    for name, value in lead["data"].items():
        out.print(f"  {name:<14}{value}", highlight=False, markup=False)
    for one in lead["history"]:
        by = f" ({one['by']})" if one["by"] else ""
        out.print(f"  {one['at']}  {one['what']}{by}", highlight=False, markup=False)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def nobody_has(settings: config.Settings, asked: dict[str, int]) -> list[str]:
    """Skills that leads of a file ask for and no agent has, by the file and by a running dialer."""
    if not asked:
        return []
    has = {skill for agent in settings.agents.values() for skill in agent.skills}
    with contextlib.suppress(NotRunning, ControlError, OSError):
        has |= {skill for row in context.ask(settings, "agents") for skill in row.get("skills", ())}
    lacking = [skill for skill in asked if skill not in has]
    return [f"{asked[skill]:,} leads ask for `{skill}`, which no agent has" for skill in lacking]
