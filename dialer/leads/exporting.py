"""Export of a campaign's leads to CSV, harmless in spreadsheets, and fit to be imported again."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path

import storage
from dialer import private
from dialer.leads.cells import defused
from dialer.leads.keys import skills_of
from dialer.leads.mapping import MAX_NUMBERS, STATE_COLUMNS

_FIELDS = ("external_id", "name", "zone", "priority", "deadline", "owner")
_SKILLS = "skills"
_NUMBERS = ("number", *(f"number{place}" for place in range(2, MAX_NUMBERS + 1)))
_PAGE = 1000


async def export_file(db: storage.Database, campaign_id: str, path: Path | str) -> int:
    """Write all leads of a campaign with their state and data; the number of leads.

    The file appears whole or not at all. Two passes: the first finds the columns of the leads' data.
    """
    path = Path(path)
    names = await _data_names(db, campaign_id)
    part = path.with_name(path.name + ".part")
    skills = (_SKILLS,) if names.skilled else ()
    header = (*_FIELDS, *skills, *_NUMBERS[: names.numbers], *STATE_COLUMNS, *names.data)
    count = 0
    page: list[Sequence[str]] = [header]
    await asyncio.to_thread(private.begun, part)
    async for lead in storage.leads.each(db, campaign_id, page=_PAGE):
        page.append([defused(cell) for cell in _cells(lead, names)])
        count += 1
        if len(page) >= _PAGE:
            await asyncio.to_thread(_write, part, page)
            page = []
    await asyncio.to_thread(_write, part, page)
    await asyncio.to_thread(part.replace, path)
    return count


class _Names:
    def __init__(self) -> None:
        self.data: dict[str, None] = {}
        self.numbers = 1
        self.skilled = False


async def _data_names(db: storage.Database, campaign_id: str) -> _Names:
    names = _Names()
    async for lead in storage.leads.each(db, campaign_id, page=_PAGE):
        names.data.update(dict.fromkeys(lead.data))
        names.numbers = max(names.numbers, len(lead.numbers))
        names.skilled = names.skilled or bool(skills_of(lead.window_key))
    for taken in (*_FIELDS, *_NUMBERS, *STATE_COLUMNS, *((_SKILLS,) if names.skilled else ())):
        names.data.pop(taken, None)
    return names


def _cells(lead: storage.Lead, names: _Names) -> list[str]:
    numbers = [number.e164 for number in lead.numbers][: names.numbers]
    return [
        lead.external_id or "",
        lead.name,
        lead.zone or "",
        str(lead.priority),
        lead.deadline.isoformat() if lead.deadline else "",
        lead.owner or "",
        *((", ".join(skills_of(lead.window_key)),) if names.skilled else ()),
        *numbers,
        *[""] * (names.numbers - len(numbers)),
        lead.state,
        lead.reason,
        str(lead.attempts),
        lead.next_at.isoformat() if lead.next_at else "",
        *(lead.data.get(name, "") for name in names.data),
    ]


def _write(part: Path, rows: Sequence[Sequence[str]]) -> None:
    with part.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
