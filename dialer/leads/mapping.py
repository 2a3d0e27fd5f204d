"""Which column of a file holds what: by the campaign's mapping, else by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialer.leads.errors import LeadFileError

MAX_NUMBERS = 9
REJECT_COLUMNS = ("rejected_line", "rejected_code", "rejected_reason")
STATE_COLUMNS = ("lead_state", "lead_reason", "lead_attempts", "lead_next_at")
_OURS = frozenset({*REJECT_COLUMNS, *STATE_COLUMNS})

_NUMBER_WORDS = (
    "number", "phone", "phonenumber", "telephone", "telephonenumber", "tel", "mobile", "cell", "msisdn", "landline",
    "telefon", "telefonnummer", "rufnummer", "handy", "mobil", "téléphone", "portable", "numéro", "telefono",
    "cellulare", "teléfono", "móvil", "telefone", "celular", "电话", "手机", "号码",
)  # fmt: skip
_WORDS = {
    "name": ("name", "fullname", "customer", "customername", "contact", "nom", "nome", "nombre", "姓名"),
    "zone": ("zone", "timezone", "tz"),
    "priority": ("priority", "prio"),
    "deadline": ("deadline", "due", "until"),
    "owner": ("owner", "agent"),
    "skills": ("skills", "skill", "技能"),
    "external_id": ("externalid", "id", "leadid", "customerid", "reference", "ref", "crmid"),
}
_FIELDS = {word: field for field, words in _WORDS.items() for word in words}
_NUMBERED = re.compile(r"^(.*?)([1-9])?$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns by what they hold: indexes into a row; `data` are those kept by their own name."""

    header: tuple[str, ...]
    fields: Mapping[str, int]
    numbers: tuple[int, ...]
    data: tuple[tuple[str, int], ...]


def map_columns(header: Sequence[str], wanted: Mapping[str, str], *, skilled: bool = False) -> Columns:
    """The mapping for a header; `wanted` maps a lead's field to a column's name and goes first.

    A column named skills is one only where there are any (`skilled`): else it is data, as it always was.

    Raises LeadFileError when a wanted column is missing, one is there twice, or none holds a phone number.
    """
    names = tuple(cell.strip() for cell in header)
    _refuse_twice(names)
    fields, numbers = _by_wish(names, wanted)
    taken = {*fields.values(), *numbers.values()}
    for index, name in enumerate(names):
        if index in taken or name in _OURS:
            continue
        field, position = _by_name(name)
        if field == "skills" and not skilled:
            continue
        if field == "number" and "number" not in wanted and position not in numbers:
            numbers[position] = index
        elif field and field != "number" and field not in fields and field not in wanted:
            fields[field] = index
    if not numbers:
        listed = ", ".join(names[:20]) or "none"
        raise LeadFileError(
            f"no column holds phone numbers (columns: {listed}); name one `number`, "
            "or map it in the campaign: leads: {columns: {number: ...}}"
        )
    taken = {*fields.values(), *numbers.values()}
    data = tuple(
        (name or f"column{index + 1}", index)
        for index, name in enumerate(names)
        if index not in taken and name not in _OURS
    )
    return Columns(names, fields, tuple(numbers[position] for position in sorted(numbers)), data)


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in filter(None, names):
        if name in seen:
            raise LeadFileError(f"the column {name!r} is there twice; rename one")
        seen.add(name)


def _by_wish(names: Sequence[str], wanted: Mapping[str, str]) -> tuple[dict[str, int], dict[int, int]]:
    fields: dict[str, int] = {}
    numbers: dict[int, int] = {}
    lowered = {name.casefold(): index for index, name in enumerate(names)}
    for field, column in wanted.items():
        index = lowered.get(column.strip().casefold())
        if index is None:
            raise LeadFileError(
                f"there is no column {column!r}, which the campaign maps to {field}; there are: {', '.join(names)}"
            )
        if field.startswith("number"):
            numbers[int(field[6:] or 1)] = index
        else:
            fields[field] = index
    return fields, numbers


def _by_name(name: str) -> tuple[str, int]:
    plain = re.sub(r"[\s_./-]+", "", name.casefold())
    match = _NUMBERED.match(plain)
    word, digit = (match[1], match[2]) if match else (plain, None)
    if word in _NUMBER_WORDS:
        # Words differ in rank, so that "phone, mobile" gives two numbers in this order.
        return "number", int(digit) * 100 if digit else 100 + _NUMBER_WORDS.index(word)
    return _FIELDS.get(plain, ""), 0
