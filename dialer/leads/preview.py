"""What an import would do, without doing it: how columns are understood and what would become of the rows."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import config
from dialer.leads.convert import Converted, Converter
from dialer.leads.doubles import Doubles
from dialer.leads.hours import HoursCheck
from dialer.leads.keys import skills_of, zones_of
from dialer.leads.rules import rules_of
from dialer.leads.seen import Seen
from dialer.leads.source import Source

_BATCH_ROWS = 2000
_SHOWN_ROWS = 5
_SHOWN_REASONS = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file is understood. `columns`: field of a lead to the file's column, `data`: columns kept as data.

    `first` are the first leads by field; `reasons` tells of each code of rejection the first lines and why;
    `skills`: how many leads ask for each.
    """

    path: Path
    encoding: str
    delimiter: str
    columns: dict[str, str]
    data: tuple[str, ...]
    rows: int
    good: int
    codes: dict[str, int]
    left_out: dict[str, int]
    first: tuple[dict[str, str], ...]
    reasons: dict[str, tuple[str, ...]]
    few_hours: int
    never_open: int
    skills: dict[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One line for people: "1,240 of 9,800 will never be dialed, because 1,200 x number_country, ..."."""
        bad = self.rows - self.good
        if not bad:
            return f"all {self.rows:,} rows become leads"
        causes = ", ".join(f"{count:,} x {code}" for code, count in Counter(self.codes).most_common())
        return f"{bad:,} of {self.rows:,} will never be dialed, because {causes}"

    def as_dict(self) -> dict[str, Any]:
        """The preview as plain data for JSON."""
        names = [name for name in self.__slots__ if name != "path"]
        return {
            "path": str(self.path),
            "summary": self.summary,
            **{name: getattr(self, name) for name in names},
        }


async def preview_file(campaign: config.Campaign, path: Path | str, *, now: datetime) -> Preview:
    """Read a file as an import would, to its end, and tell what would become of it; LeadFileError as there."""
    return await asyncio.to_thread(_preview, campaign, Path(path), now)


@dataclass(slots=True)
class _Tally:
    rows: int = 0
    good: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, str]] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    skills: Counter[str] = field(default_factory=Counter)

    def reject(self, line: int, code: str, reason: str) -> None:
        self.codes[code] += 1
        shown = self.reasons.setdefault(code, [])
        if len(shown) < _SHOWN_REASONS:
            shown.append(f"line {line}: {reason}")

    def take(self, one: Converted) -> None:
        self.good += 1
        self.left_out.update(one.left_out)
        self.skills.update(skills_of(one.lead.window_key))
        if len(self.first) < _SHOWN_ROWS:
            self.first.append(_shown(one))


def _preview(campaign: config.Campaign, path: Path, now: datetime) -> Preview:
    source, seen, tally = Source.open(path, campaign), Seen(), _Tally()
    doubles = Doubles(campaign)
    rules = rules_of(campaign)
    hours = HoursCheck(rules, now)
    converter = Converter(source.columns, rules, campaign.default_region, frozenset(campaign.known_skills))
    try:
        while rows := source.batch(_BATCH_ROWS):
            tally.rows += len(rows)
            for row in rows:
                result = converter.convert(row)
                if not isinstance(result, Converted):
                    tally.reject(row.line, result.code, result.reason)
                elif not seen.add(result.lead.external_id or ""):
                    tally.reject(row.line, "duplicate", "the same row, or its external id, came before")
                elif (double := doubles.in_file(result)) is not None:
                    tally.reject(row.line, double.code, double.reason)
                else:
                    tally.take(result)
                    hours.count(result.lead.window_key)
    finally:
        source.close()
        seen.close()
        doubles.close()
    columns = source.columns
    numbers = {f"number{place if place > 1 else ''}": index for place, index in enumerate(columns.numbers, 1)}
    return Preview(
        path=path,
        encoding=source.facts.encoding,
        delimiter=source.delimiter,
        columns={name: columns.header[index] for name, index in [*columns.fields.items(), *numbers.items()]},
        data=tuple(name for name, _ in columns.data),
        rows=tally.rows,
        good=tally.good,
        codes=dict(tally.codes),
        left_out=dict(tally.left_out),
        first=tuple(tally.first),
        reasons={code: tuple(lines) for code, lines in tally.reasons.items()},
        few_hours=hours.few,
        never_open=hours.never,
        skills=dict(tally.skills.most_common()),
    )


def _shown(one: Converted) -> dict[str, str]:
    lead = one.lead
    fields = {
        "external_id": lead.external_id or "",
        "name": lead.name,
        "numbers": " ".join(number.e164 for number in lead.numbers),
        "zones": lead.zone or "|".join(zones_of(lead.window_key)),
        "priority": str(lead.priority),
        "deadline": lead.deadline.isoformat() if lead.deadline else "",
        "owner": lead.owner or "",
        "skills": " ".join(skills_of(lead.window_key)),
    }
    return {name: value for name, value in (fields | dict(lead.data)).items() if value}
