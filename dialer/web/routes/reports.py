"""Reports: what came of a day or a range, as JSON for pages and programs, and as files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Response

from dialer.access import Who
from dialer.language import Language, preferred
from dialer.reports import GROUPINGS
from dialer.reports.formats import MEDIA, Format, document, rendered
from dialer.reports.threads import in_thread
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import router
from dialer.web.texts import Plain

routes = router("/reports", "reports")
mine = router("/me/report", "reports")

TheHouse = Annotated[House, Depends(house_of)]
Reads = Annotated[Who, needs("supervisor", "reports:read")]
_ID = r"^[a-z0-9][a-z0-9-]{0,31}$"
IdQuery = Annotated[str, Query(pattern=_ID)]
Ids = Annotated[list[IdQuery], Query(max_length=100)]
Days = Annotated[
    str,
    Query(
        max_length=30,
        pattern=r"^[ -~]+$",
        description="today, yesterday, 7d, 2026-11, 2026-11-22 or 2026-11-01..2026-11-22.",
    ),
]
Grouping = Literal[GROUPINGS]  # type: ignore[valid-type]
Groupings = Annotated[list[Grouping], Query(max_length=len(GROUPINGS))]
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report in the format asked for.",
        "content": {
            media.partition(";")[0]: {"schema": {"type": "string"}}
            for form, media in MEDIA.items()
            if form is not Format.JSON
        },
    }
}


@routes.get("", responses=FILES, response_model=Plain)
async def report(
    _: Reads,
    house: TheHouse,
    period: Days = "today",
    campaign: Ids = [],  # noqa: B006 - FastAPI copies it
    team: IdQuery | None = None,
    agent: IdQuery | None = None,
    by: Groupings = [],  # noqa: B006
    format: Format = Format.JSON,  # noqa: A002 - the name in the address
    table: Annotated[str | None, Query(pattern=r"^[a-z_]{1,32}$", description="The table of a CSV.")] = None,
    lang: Annotated[
        Language | None, Query(description="Of HTML and XLSX; else what the browser asks for.")
    ] = None,
    accept_language: Annotated[str, Header(include_in_schema=False)] = "",
) -> Any:
    """Calls, conversions, agents' time, abandonment, lists and trunks of the days asked for, in tables."""
    made = await house.control.report(period, campaign, team or "", agent or "", by)
    if format is Format.JSON:
        settings = house.control.dialer.settings
        choices = {
            "campaigns": {one.id: one.name or one.id for one in settings.campaigns.values()},
            "teams": sorted(settings.teams),
        }
        return {**document(made), "choices": choices}
    try:
        content = await in_thread(rendered, made, format, table or "", lang or preferred(accept_language))
    except KeyError as error:
        raise WebError("table_unknown", str(error.args[0])) from None
    name = "-".join(filter(None, ("report", *campaign, team, agent, made.period, table)))
    name = name.replace("..", "_")[:120]
    headers = {"content-disposition": f'attachment; filename="{name}.{format.value}"'}
    return Response(content, media_type=MEDIA[format], headers=headers)


@mine.get("")
async def my_report(
    who: Annotated[Who, needs("agent", "reports:read")], house: TheHouse, period: Days = "today"
) -> Plain:
    """An agent's own figures by day and hour."""
    if who.agent_id is None:
        raise WebError("forbidden", "your user has no desk; an admin can give it one")
    return document(await house.control.report(period, agent=who.agent_id, by=("day", "hour")))
