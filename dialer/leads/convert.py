"""A row of a file into a lead, or into the reasons why it is none. Pure; runs in worker processes too."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import storage
from dialer.compliance import BadNumber, Number, Rules
from dialer.compliance.numbers import read
from dialer.compliance.zones import zone_info
from dialer.leads.cells import undefused
from dialer.leads.keys import key_of
from dialer.leads.mapping import Columns
from dialer.leads.rows import Row

MAX_NAME = 200
MAX_ID = 200
MAX_VALUE = 4000
MAX_SKILLS = 10
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, and bytes that were no text."""

_UNDECODED = re.compile(r"[\udc80-\udcff]")
_BETWEEN_SKILLS = re.compile(r"[,;/|+\u3001\uff0c\uff1b]")
_OWNER = re.compile(r"^[a-z0-9][a-z0-9-]{0,31}$")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no lead: a stable code and the reason with its remedy."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Converted:
    """A lead, and the codes of further numbers that were left as data."""

    lead: storage.NewLead
    left_out: tuple[str, ...] = ()


class _Bad(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Converter:
    """How the rows of one file become leads of one campaign."""

    columns: Columns
    rules: Rules
    default_region: str
    known_skills: frozenset[str] = frozenset()

    def convert(self, row: Row) -> Converted | Rejected:
        """The lead of a row, or why it is rejected; the first reason found."""
        try:
            return self._lead(row)
        except _Bad as bad:
            return Rejected(bad.code, bad.reason)

    def _lead(self, row: Row) -> Converted:
        cells = self._checked(row)
        numbers, left_out, codes = self._numbers(cells)
        zone = self._zone(self._field(cells, "zone"))
        data = self._data(cells) | left_out
        zones = [number.zones for number in numbers]
        lead = storage.NewLead(
            numbers=tuple(numbers),
            external_id=self._external_id(cells),
            name=_text(self._field(cells, "name"), MAX_NAME, "name"),
            zone=zone,
            priority=_priority(self._field(cells, "priority")),
            deadline=_deadline(
                self._field(cells, "deadline"), zone or next((one[0] for one in zones if one), "UTC")
            ),
            owner=_owner(self._field(cells, "owner")),
            window_key=key_of(zones, zone, self.rules, self._skills(self._field(cells, "skills"))),
            data=data,
        )
        return Converted(lead, codes)

    def _checked(self, row: Row) -> tuple[str, ...]:
        if row.broken:
            raise _Bad("row_broken", f"the row {row.broken}; double it or take it away")
        cells, width = row.cells, len(self.columns.header)
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            raise _Bad(
                "row_columns",
                f"the row has {len(cells)} columns, the header {width}; quote cells that hold delimiters",
            )
        whole = "".join(cells)
        if _UNDECODED.search(whole):
            raise _Bad("row_encoding", "the row holds bytes that are no text; save the file as UTF-8")
        if UNFIT.search(whole):
            raise _Bad("row_control", "the row holds control characters; remove them")
        return tuple(map(undefused, cells))

    def _field(self, cells: tuple[str, ...], field: str) -> str:
        index = self.columns.fields.get(field)
        return cells[index].strip() if index is not None else ""

    def _numbers(
        self, cells: tuple[str, ...]
    ) -> tuple[list[storage.NewNumber], dict[str, str], tuple[str, ...]]:
        good: dict[str, storage.NewNumber] = {}
        bad: list[tuple[int, BadNumber]] = []
        for index in self.columns.numbers:
            text = cells[index].strip()
            if not text:
                continue
            number = self._number(text)
            if isinstance(number, BadNumber):
                bad.append((index, number))
            else:
                good.setdefault(number.e164, storage.NewNumber(number.e164, number.kind.value, number.zones))
        if not good:
            code, reason = (
                (bad[0][1].code, bad[0][1].reason) if bad else ("number_empty", "there is no number")
            )
            raise _Bad(code, reason)
        # A lead is not lost for a bad second number; what was written stays with it, undialed.
        left_out = {
            f"{self.columns.header[index]} (not dialed: {one.code})": cells[index].strip()
            for index, one in bad
        }
        return list(good.values()), left_out, tuple(one.code for _, one in bad)

    def _number(self, text: str) -> Number | BadNumber:
        # Spreadsheets write a leading apostrophe or an ="..." around numbers to keep their zeros.
        plain = text[2:-1] if text.startswith('="') and text.endswith('"') else text.removeprefix("'")
        number = read(plain, self.default_region)
        if isinstance(number, BadNumber):
            if re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+?\d+", plain):
                return BadNumber("number_rounded", "a spreadsheet has rounded it; format the column as text")
            return number
        return self.rules.numbers.refusal(number) or number

    def _zone(self, text: str) -> str | None:
        if text and zone_info(text) is None:
            raise _Bad("zone", f"{text!r} is no time zone; write an IANA name such as Europe/London")
        return text or None

    def _skills(self, text: str) -> tuple[str, ...]:
        """What the lead asks for: names with commas, semicolons, slashes, bars or plus signs between."""
        asked = {
            re.sub(r"[\s_]+", "-", one.strip()).lower() for one in _BETWEEN_SKILLS.split(text) if one.strip()
        }
        unknown = sorted(asked - self.known_skills)
        if unknown:
            known = (
                ", ".join(sorted(self.known_skills)) or "none; add them under skills: in the configuration"
            )
            raise _Bad("skills", f"there is no skill {unknown[0]!r}; there are: {known}")
        if len(asked) > MAX_SKILLS:
            raise _Bad("skills", f"a lead may ask for {MAX_SKILLS} skills at most")
        return tuple(sorted(asked))

    def _external_id(self, cells: tuple[str, ...]) -> str:
        """The file's own id, or one made from the row, so that the same row is never added twice."""
        text = self._field(cells, "external_id")
        if len(text) > MAX_ID:
            raise _Bad("external_id", f"the id is longer than {MAX_ID} characters")
        if text:
            return _text(text, MAX_ID, "external_id")
        kept = [f"{name}={cells[index].strip()}" for name, index in self._named() if cells[index].strip()]
        return "row-" + hashlib.sha256("\x1f".join(sorted(kept)).encode()).hexdigest()[:24]

    def _named(self) -> list[tuple[str, int]]:
        numbers = [(f"number{place}", index) for place, index in enumerate(self.columns.numbers)]
        return [*self.columns.fields.items(), *numbers, *self.columns.data]

    def _data(self, cells: tuple[str, ...]) -> dict[str, str]:
        kept = {name: cells[index].strip() for name, index in self.columns.data if cells[index].strip()}
        for name, value in kept.items():
            if len(value) > MAX_VALUE:
                raise _Bad("value_long", f"the column {name!r} is longer than {MAX_VALUE} characters")
        return kept


def _text(text: str, most: int, field: str) -> str:
    plain = " ".join(text.split())
    if len(plain) > most:
        raise _Bad(field, f"the {field} is longer than {most} characters")
    return plain


def _priority(text: str) -> int:
    if not text:
        return 0
    if not re.fullmatch(r"[+-]?\d{1,4}", text):
        raise _Bad("priority", f"{text!r} is no priority; write a whole number from -9999 to 9999")
    return int(text)


def _owner(text: str) -> str | None:
    if text and not _OWNER.match(text):
        raise _Bad("owner", f"{text!r} is no agent's id (small letters, digits, hyphens)")
    return text or None


def _deadline(text: str, zone: str) -> datetime | None:
    """An instant; a date alone means the end of that day, and a time without zone is the lead's own."""
    if not text:
        return None
    hint = f"{text!r} is no deadline; write 2026-12-24 or 2026-12-24 18:00"
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text):
                at = datetime.combine(at.date() + timedelta(days=1), time())
            at = at.replace(tzinfo=zone_info(zone) or UTC)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Bad("deadline", hint) from None
