"""The daemon itself: parts, version, examination, reload."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from dialer.access import Who
from dialer.board import alarms
from dialer.version import VERSION
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import router
from dialer.web.texts import Plain

routes = router("/system", "system")

TheHouse = Annotated[House, Depends(house_of)]


@routes.get("")
async def system(_: Annotated[Who, needs("supervisor", "system:read")], house: TheHouse) -> Plain:
    """Version, nodes, database, journal's backlog, who listens."""
    dialer = house.control.dialer
    why = alarms.database_trouble(dialer)
    return {
        "version": VERSION,
        "instance": dialer.settings.instance,
        "at": dialer.clock.now(),
        "nodes": {
            name: {
                "up": node.up,
                "why": node.reason,
                "trunks": [
                    {
                        "name": trunk.name,
                        "channels": trunk.channels,
                        "max_channels": trunk.max_channels,
                        "rests_until": trunk.rests_until,
                    }
                    for trunk in node.trunks.report(dialer.clock.now())
                ],
            }
            for name, node in dialer.nodes.items()
        },
        "database": {"up": not why, "why": why, "kind": dialer.db.dialect},
        "books_behind": dialer.books.behind,
        "boards": len(house.hub),
        "reload": {"at": house.control.reloaded_at, "trouble": house.control.reload_trouble},
    }


@routes.get("/doctor")
async def doctor(_: Annotated[Who, needs("admin", "system:read")], house: TheHouse) -> list[Plain]:
    """What would stop or hurt dialing, each with its remedy; `dialer doctor` looks deeper, with a call."""
    dialer = house.control.dialer
    views = house.board.views()
    return [
        {"id": one.id, "level": one.level, "said": f"{one.title}. {one.detail}".strip(), "fix": one.remedy}
        for one in alarms.look(dialer, views, dialer.clock.now())
    ]


@routes.post("/reload")
async def reload(_: Annotated[Who, needs("admin", "system:write")], house: TheHouse) -> Plain:
    """Read the configuration anew: all of it is taken over, or nothing and why."""
    return await house.control.reload()
