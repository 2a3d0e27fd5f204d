"""Rules of a region as data: hours, limits and ledgers of abandonment, each with where it was read.

The shipped ones stand in config/profiles; an operator's own, or changed ones, under `profiles:` in dialer.yaml. They
are not legal advice. A value that nobody compared with its source is marked `verified: false`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PrivateAttr, ValidationError, WithJsonSchema

from config.calendars import known_calendar
from config.document import read
from config.errors import ConfigErrors
from config.explain import explain
from config.hours import Span, Week
from config.rolling import RollingLimit
from config.values import (
    Country,
    Id,
    Name,
    Real,
    Seconds,
    Section,
    Share,
    Text,
    Whole,
    Yes,
    Zone,
    live,
    wrong,
)

FOLDER = Path(__file__).parent / "profiles"


class Divide(StrEnum):
    """What a ledger divides by what; L live people with an agent in time, A without."""

    LIVE = "live"
    SUCCESSFUL = "successful"
    ALL = "all"
    SHORT = "short"


class LedgerClock(StrEnum):
    """From when an agent's time counts."""

    ANSWER = "answer"
    GREETING_END = "greeting_end"


class LedgerWindow(StrEnum):
    """Over which time a ledger runs."""

    ROLLING = "rolling"
    PERIODS = "periods"
    MONTH = "month"
    DAY = "day"
    CAMPAIGN = "campaign"


class Sourced(Section):
    """A rule and where it was read."""

    source: Text = live("", "Where it was read.", max_length=500)
    verified: Yes = live(False, "Whether somebody compared it with its source.")


class ProfileHours(Sourced):
    """When people may be called there; the campaign's own windows hold as well."""

    windows: Week = live(..., 'Opening times: mon-fri: ["09:00-20:00"].')
    calendar: Annotated[Text, AfterValidator(known_calendar)] | None = live(
        None, "Public holidays with other times."
    )
    holiday_windows: tuple[Span, ...] = live((), "Opening times on them; none: closed.")


class ProfileAttempts(Sourced):
    """How often a person may be called there."""

    per_day: Whole | None = live(None, "Calls to a lead a day.", ge=1)
    rolling: tuple[RollingLimit, ...] = live((), 'Over a sliding time: "3 in 24 h".')


class ProfileRest(Sourced):
    """How long a number rests after a call that no agent took."""

    abandoned_rest_s: Seconds = live(..., "Seconds, 72 h or 5 d.")


class ProfileRing(Sourced):
    """How long a phone must ring before the call is given up."""

    min_ring_s: Seconds = live(..., "Seconds.", le=40)


class ProfileLedger(Sourced):
    """A figure of abandonment and its limit."""

    name: Id = live(..., "Short name, on the board and in reports.")
    limit: Share = live(..., "The most it may be: 3 %.")
    divide: Divide = live(
        Divide.LIVE, "live: A/(L+A), successful: A/L, all: A/calls, short: short calls/calls."
    )
    clock: LedgerClock = live(LedgerClock.ANSWER, "answer, or greeting_end (of the person's greeting).")
    within_s: Seconds = live(
        2.0, "An agent later than this is too late; for short: the length of a short call."
    )
    window: LedgerWindow = live(
        LedgerWindow.ROLLING, "rolling, periods (from the campaign's start), month, day, campaign."
    )
    days: Real = live(1.0, "Length of rolling and periods.", gt=0, le=400)
    false_positives: Yes = live(False, "People taken for machines by detection count as abandoned.")
    machine_share: Yes = live(False, "Without detection, the share of machines is taken off.")
    least_calls: Whole = live(0, "Applies from so many calls in the window.", ge=0)
    zone: Zone = live("UTC", "Whose calendar days and months count.")


class ProfileNote(Sourced):
    """A rule this program does not keep by itself: for people to read."""

    text: Text = live(..., "The rule in words.", max_length=1000)


class Profile(Section):
    """The rules of one region."""

    id: Id = live("", "Short name.", validate_default=False)
    title: Name = live(..., "For people.")
    area: Text | None = live(
        None, "The part of a country it is about, such as US-FL.", pattern="^[A-Z]{2}-[A-Z0-9]{1,3}$"
    )
    every_area_of: Country | None = live(
        None, "Stands for the profiles of a country's parts, shipped and own, each for its own numbers."
    )
    hours: ProfileHours | None = live(None, "When people may be called.")
    attempts: tuple[ProfileAttempts, ...] = live((), "How often.")
    rest: ProfileRest | None = live(None, "Rest of a number after a call that no agent took.")
    ring: ProfileRing | None = live(None, "Least ringing time.")
    ledgers: tuple[ProfileLedger, ...] = live((), "Figures of abandonment.")
    notes: tuple[ProfileNote, ...] = live((), "Rules for people to keep.")
    _own_parts: tuple[Profile, ...] = PrivateAttr(())

    def knowing(self, own: Iterable[Profile]) -> Profile:
        """Return it with an operator's own profiles of the country's parts in the shipped ones' place."""
        copy = self.model_copy()
        copy._own_parts = tuple(one for one in own if one.area is not None)
        return copy

    @property
    def parts(self) -> dict[str, Profile]:
        """The profiles of its country's parts, by area; none where it does not stand for them."""
        if self.every_area_of is None:
            return {}
        both = (*shipped().values(), *self._own_parts)
        return {
            one.area: one
            for one in both
            if one.area is not None and one.area.startswith(f"{self.every_area_of}-")
        }

    @property
    def unverified(self) -> tuple[str, ...]:
        """What of it nobody has compared with its source."""
        parts: list[tuple[str, Sourced | None]] = [
            ("hours", self.hours),
            ("rest", self.rest),
            ("ring", self.ring),
        ]
        parts += [(f"attempts[{place}]", one) for place, one in enumerate(self.attempts)]
        parts += [(f"ledgers.{one.name}", one) for one in self.ledgers]
        parts += [(f"notes[{place}]", one) for place, one in enumerate(self.notes)]
        return tuple(name for name, part in parts if part is not None and not part.verified)


@cache
def shipped() -> dict[str, Profile]:
    """The profiles that come with this program, by id."""
    return {path.stem: _load(path) for path in sorted(FOLDER.glob("*.yaml"))}


def _load(path: Path) -> Profile:
    document = read(path)
    data = document.data
    try:
        if document.problems or not isinstance(data, dict):
            raise ConfigErrors(document.problems)
        return Profile.model_validate({**data, "id": path.stem})
    except ValidationError as error:
        raise ConfigErrors(explain(error, Profile, document)) from error


def _found(value: object) -> object:
    if not isinstance(value, str):
        return value
    known = shipped()
    if value not in known:
        near = difflib.get_close_matches(value, known, 1)
        hint = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(known)
        raise wrong("profile", f"there is no profile {value}", hint)
    return known[value]


ProfileRef = Annotated[
    Profile,
    BeforeValidator(_found),
    WithJsonSchema({"type": "string", "description": "name of a profile, such as us-federal"}),
]
"""A profile, written by its name."""
