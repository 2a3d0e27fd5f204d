"""People's data, for admins: what is past keeping, what is held on somebody, forgetting them, legal holds.

A number is never part of an address, and the audit log names it masked.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from pydantic import Field

from dialer.access import Who
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import Body, Name, PathNumber, Plain

routes = router("/privacy", "privacy")

TheHouse = Annotated[House, Depends(house_of)]
Reads = Annotated[Who, needs("admin", "privacy:read")]
Writes = Annotated[Who, needs("admin", "privacy:write")]


class PersonNumber(Body):
    """The person's number with + and country code; `whole`: with every other number of the same leads."""

    number: Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[^\x00-\x1f]+$")]
    whole: bool = False


class Erasure(PersonNumber):
    """The same; nothing is done while `dry_run`."""

    dry_run: bool = True


class HoldReason(Body):
    """Why."""

    reason: Name


@routes.get("/sweep")
async def due(_: Reads, house: TheHouse) -> list[Plain]:
    """What the next sweep deletes or makes nameless."""
    return await house.control.privacy_due()


@routes.post("/export")
async def export(request: Request, asked: PersonNumber, _: Writes, house: TheHouse) -> Plain:
    """Everything held on a person; recordings by their names. It is in the audit log that it was asked."""
    found = await house.control.privacy_export(asked.number, asked.whole)
    change = change_of(request)
    change.target, change.after = house.control.shown_number(asked.number), {"whole": asked.whole}
    return found


@routes.post("/erase")
async def erase(request: Request, asked: Erasure, who: Writes, house: TheHouse) -> Plain:
    """Forget a person for good: calls stay as nameless figures, a keyed hash keeps them from being called again."""
    done = await house.control.privacy_erase(asked.number, who.name, asked.whole, asked.dry_run)
    change = change_of(request)
    change.target = str(done.get("known_as", "")) or house.control.shown_number(asked.number)
    change.after = done
    return done


@routes.get("/holds")
async def holds(_: Reads, house: TheHouse) -> list[Plain]:
    """Leads under legal hold."""
    return await house.control.privacy_holds()


@routes.put("/holds/{lead}")
async def hold(lead: PathNumber, asked: HoldReason, who: Writes, house: TheHouse) -> Plain:
    """Keep a lead and its calls whatever their age."""
    return await house.control.privacy_hold(lead, who.name, asked.reason)


@routes.delete("/holds/{lead}")
async def release(lead: PathNumber, _: Writes, house: TheHouse) -> Plain:
    """Let a lead go again."""
    return await house.control.privacy_release(lead)
