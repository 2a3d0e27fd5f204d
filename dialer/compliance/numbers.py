"""Telephone numbers: read, judged whether they may be dialed at all, and masked for logs.

Formats and kinds come from libphonenumber's data. Only subscribers' numbers of the campaign's own countries
pass; everything else, including what can not be told, is refused: toll fraud lives on the numbers nobody
thought of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

MAX_TEXT = 40
_E164 = re.compile(r"^\+[1-9][0-9]{6,14}$")
_LETTERS = re.compile(r"[^\W\d_]")
_ALLOWED = re.compile(r"^[0-9+()\[\]./\-\u2010-\u2015\u00a0\u2009\u202f\s]+$")
_WORLD = "001"  # libphonenumber's region of country codes that belong to no country
_ZONE_DIGITS = 10  # no prefix in libphonenumber's zone data is longer
_SHORT_DIGITS = 6
_KEPT_ZONES = 20_000
KEPT_NUMBERS = 4_096
"""Numbers read that are kept, half a kB each: a claim looks at the heads of a list again and again, at no others."""
_KNOWN_ZONES: dict[str, tuple[str, ...]] = {}


class Kind(StrEnum):
    """What a number is for."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    VOICEMAIL = "voicemail"
    WORLD = "world"
    UNKNOWN = "unknown"


_KINDS = {
    PhoneNumberType.FIXED_LINE: Kind.FIXED_LINE,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: Kind.PREMIUM,
    PhoneNumberType.SHARED_COST: Kind.SHARED_COST,
    PhoneNumberType.VOIP: Kind.VOIP,
    PhoneNumberType.PERSONAL_NUMBER: Kind.PERSONAL,
    PhoneNumberType.PAGER: Kind.PAGER,
    PhoneNumberType.UAN: Kind.COMPANY,
    PhoneNumberType.VOICEMAIL: Kind.VOICEMAIL,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number understood: E.164 with the plus, its country ("001" for none), kind and candidate zones."""

    e164: str
    country: str
    kind: Kind
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadNumber:
    """Why a text is no number to dial: a stable code, and the reason with its remedy for people."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class NumberRules:
    """Whose numbers a campaign may dial: ISO countries and kinds (fixed line, mobile)."""

    countries: frozenset[str]
    kinds: frozenset[Kind] = frozenset({Kind.FIXED_LINE, Kind.MOBILE})

    def refusal(self, number: Number) -> BadNumber | None:
        """Why the number may not be dialed under these rules, or None where it may."""
        if number.country == _WORLD or number.kind is Kind.WORLD:
            return BadNumber(
                "number_satellite", "satellite and international network numbers are never dialed"
            )
        if number.country not in self.countries:
            listed = ", ".join(sorted(self.countries))
            return BadNumber(
                "number_country", f"the number is of {number.country}; the campaign calls {listed} only"
            )
        if number.kind is Kind.FIXED_LINE_OR_MOBILE:
            # Where the plan does not tell them apart, it must be allowed to be either.
            if {Kind.FIXED_LINE, Kind.MOBILE} <= self.kinds:
                return None
        elif number.kind in (Kind.FIXED_LINE, Kind.MOBILE) and number.kind in self.kinds:
            return None
        allowed = ", ".join(sorted(self.kinds))
        return BadNumber("number_kind", f"the number is {number.kind}; the campaign calls {allowed} only")


def read(text: str, default_region: str | None = None) -> Number | BadNumber:
    """The number a person wrote, national ones read as of `default_region`."""
    written = text.strip()
    problem = _unreadable(written)
    if problem is not None:
        return problem
    if default_region is not None and _short(written, default_region):
        return BadNumber("number_short", "emergency and short numbers are never dialed")
    try:
        parsed = phonenumbers.parse(written, default_region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            return BadNumber(
                "number_no_country", "the country is missing; write it as +44..., or set default_region"
            )
        return BadNumber("number_unreadable", f"is not a phone number ({_lower(str(error))})")
    return _judged(parsed)


@lru_cache(maxsize=KEPT_NUMBERS)
def read_e164(e164: str) -> Number | BadNumber:
    """The same for a number already in E.164 form, as the database holds it."""
    if not _E164.match(e164):
        return BadNumber("number_unreadable", "is not an E.164 number")
    return read(e164)


def _unreadable(written: str) -> BadNumber | None:
    if not written:
        return BadNumber("number_empty", "there is no number")
    if len(written) > MAX_TEXT:
        return BadNumber("number_unreadable", f"is longer than {MAX_TEXT} characters")
    if _LETTERS.search(written):
        return BadNumber("number_letters", "holds letters; write digits only")
    if not _ALLOWED.match(written) or any(character in "\r\n\v\f\x1c\x1d\x1e\x85" for character in written):
        return BadNumber("number_unreadable", "holds characters no phone number has; write digits only")
    return None


def _short(written: str, region: str) -> bool:
    digits = re.sub(r"[^0-9+]", "", written)
    if not digits.isdecimal() or len(digits) > _SHORT_DIGITS:
        return False
    number = phonenumbers.PhoneNumber(phonenumbers.country_code_for_region(region), int(digits))
    return shortnumberinfo.is_emergency_number(digits, region) or bool(
        shortnumberinfo.is_possible_short_number_for_region(number, region)
    )


def _judged(parsed: phonenumbers.PhoneNumber) -> Number | BadNumber:
    region = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.number_type(parsed) if region is not None else PhoneNumberType.UNKNOWN
    if region is None or kind == PhoneNumberType.UNKNOWN:
        country = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
        where = f"in {country}" if country not in (_WORLD, "ZZ") else f"under +{parsed.country_code}"
        return BadNumber("number_invalid", f"no such number is in use {where}; check its digits")
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not _E164.match(e164):
        return BadNumber("number_invalid", "has more than the 15 digits a number may have (ITU-T E.164)")
    named = Kind.WORLD if region == _WORLD else _KINDS.get(kind, Kind.UNKNOWN)
    return Number(e164, region, named, _zones(parsed, kind, e164))


def _zones(parsed: phonenumbers.PhoneNumber, kind: int, e164: str) -> tuple[str, ...]:
    """Every zone the number may ring in, by libphonenumber; empty where it knows none."""
    geographic = phonenumbers.is_number_type_geographical(kind, parsed.country_code or 0)
    key = e164[1 : 1 + _ZONE_DIGITS] if geographic else f"={parsed.country_code}"
    known = _KNOWN_ZONES.get(key)
    if known is None:
        from phonenumbers import timezone  # 1 MB of prefixes, which a start without them need not wait for

        found = timezone.time_zones_for_number(parsed)
        known = tuple(sorted(zone for zone in found if zone != "Etc/Unknown"))
        if len(_KNOWN_ZONES) >= _KEPT_ZONES:
            _KNOWN_ZONES.clear()
        _KNOWN_ZONES[key] = known
    return known


def mask(e164: str) -> str:
    """A number as logs may show it: country and first digits, then dots, and the last three: +4479••••207."""
    digits = e164.removeprefix("+")
    if len(digits) < 8:
        return "••••"
    return ("+" if e164.startswith("+") else "") + digits[:4] + "••••" + digits[-3:]


def _lower(text: str) -> str:
    text = re.sub(r"^\(\d+\)\s*", "", text).rstrip(".")
    return text[:1].lower() + text[1:]
