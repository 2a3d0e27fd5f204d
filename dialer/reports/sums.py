"""Pure sums: cells of calls and of agents' time, added up by group. Every figure of a report is made of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dialer.compliance.ledgers import Clock, LedgerRule, Tally
from dialer.reports.ask import CampaignRules
from dialer.reports.period import LocalDay
from storage import reporting

Floats = NDArray[np.float64]
Row = tuple[Any, ...]
G = TypeVar("G")

DERIVED = ("contacts", "reached", "inbound", "conversions", "value_cents")
CALL_SUMS = (*reporting.MEASURES, *DERIVED)
"""What is summed of calls. `contacts` are conversations with people, `reached` those of them that we called."""

STATES = ("ready", "talking", "wrapup", "interval", "away", "other")
PLACE = {name: place for place, name in enumerate((*CALL_SUMS, *STATES))}
WIDTH = len(PLACE)
_KEYS = len(reporting.DIMENSIONS)
_MEASURED = len(reporting.MEASURES)
_DERIVING = tuple(_KEYS + PLACE[name] for name in ("attempts", "talked", "amounts", "amount_cents"))


class Key(NamedTuple):
    """What a cell is about; agents' time has neither trunk nor list nor what follows."""

    campaign: str
    day: date
    hour: int
    agent: str = ""
    team: str = ""
    trunk: str = ""
    list: str = ""
    outcome: str = ""
    disposition: str = ""
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of one group, by name."""

    sums: Floats

    def __getitem__(self, name: str) -> float:
        """The sum of that name."""
        return float(self.sums[PLACE[name]])

    def count(self, name: str) -> int:
        """The sum as a whole number."""
        return round(self[name])

    @property
    def working_s(self) -> float:
        """Agents' time at work: logged in and not away."""
        return sum(self[state] for state in STATES if state != "away")


class Summing(Generic[G]):
    """Sums by whatever `group` makes of a key; None leaves a cell out."""

    def __init__(self, group: Callable[[Key], G | None]) -> None:
        self._group = group
        self._places: dict[G, int] = {}
        self._sums: Floats = np.zeros((16, WIDTH))

    def add(self, keys: Sequence[Key], values: Floats) -> None:
        """Take in cells: one row of values a key."""
        places = np.array([self._place(key) for key in keys], dtype=np.intp)
        chosen = places >= 0
        places, values = places[chosen], values[chosen]
        for column in np.flatnonzero(values.any(axis=0)):
            self._sums[:, column] += np.bincount(places, values[:, column], len(self._sums))

    def __iter__(self) -> Iterator[tuple[G, Figures]]:
        """Each group with its sums, in the order in which they came."""
        return ((group, Figures(self._sums[place])) for group, place in self._places.items())

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self._places)

    def get(self, group: G) -> Figures:
        """The sums of a group; all zero for one that never came."""
        place = self._places.get(group)
        return Figures(np.zeros(WIDTH) if place is None else self._sums[place])

    def _place(self, key: Key) -> int:
        group = self._group(key)
        if group is None:
            return -1
        place = self._places.get(group)
        if place is None:
            place = self._places[group] = len(self._places)
            if place == len(self._sums):
                self._sums = np.vstack([self._sums, np.zeros_like(self._sums)])
        return place


def call_cells(
    rows: Sequence[Row], rules: CampaignRules, day: LocalDay, team_of: Callable[[str], str]
) -> tuple[list[Key], Floats]:
    """Cells of calls from the database's rows of one day: their keys and their sums."""
    values = np.zeros((len(rows), WIDTH))
    keys, derived = [], []
    for row in rows:
        slot, agent, trunk, list_id, outcome, code, cause, rang_us = row[:_KEYS]
        name = agent or ""
        hour = day.hours[min(slot, len(day.hours) - 1)]
        keys.append(
            Key(rules.campaign_id, day.day, hour, name, team_of(name), trunk, list_id, outcome, code, cause)
        )
        attempts, talked, amounts, cents = (row[at] for at in _DERIVING)
        contacts = 0 if code in rules.machine_codes else talked
        converts = code in rules.values
        value = cents + (rules.values[code] or 0) * (attempts - amounts) if converts else 0
        inbound, reached = (attempts, 0) if rang_us else (0, contacts)
        derived.append((contacts, reached, inbound, attempts if converts else 0, value))
    if rows:
        values[:, :_MEASURED] = [row[_KEYS : _KEYS + _MEASURED] for row in rows]
        values[:, _MEASURED : len(CALL_SUMS)] = derived
    return keys, values


def clocks_of(rules: CampaignRules) -> list[reporting.LedgerClock]:
    """How each of the campaign's ledgers tells whether an agent came in time, in their order."""
    return [_clock(rule) for rule in rules.ledgers]


def _clock(rule: LedgerRule) -> reporting.LedgerClock:
    return reporting.LedgerClock(rule.clock is Clock.GREETING_END, rule.within_s)


def tallies(rows: Sequence[Row], rules: CampaignRules) -> list[Tally]:
    """What the campaign's ledgers count among the database's rows, in the order of its rules."""

    def total(place: int, of: Sequence[Row] = rows) -> int:
        return sum(row[place] for row in of)

    code = reporting.DIMENSIONS.index("disposition")
    by_agents = [row for row in rows if row[code] in rules.machine_codes]
    calls, people, unheard = (total(_KEYS + PLACE[name]) for name in ("calls", "people", "unheard"))
    found = []
    for place in range(_KEYS + _MEASURED, _KEYS + _MEASURED + 2 * len(rules.ledgers), 2):
        live, machines = total(place), total(place, by_agents)
        found.append(Tally(calls, live, people - live, unheard, machines, total(place + 1)))
    return found


def state_cells(
    rows: Iterable[reporting.StateRow],
    day: LocalDay,
    campaigns: frozenset[str],
    team_of: Callable[[str], str],
) -> tuple[list[Key], Floats]:
    """Cells of agents' time from the database's rows of one day; stays over several slots are cut at them."""
    seconds: dict[tuple[str, str, str, int], float] = {}
    for row in rows:
        if row.campaign in campaigns:
            for slot, part in parts(row, day.since, day.slot_s):
                place = (row.campaign, row.agent, row.state if row.state in STATES else "other", slot)
                seconds[place] = seconds.get(place, 0.0) + part
    keys, values = [], np.zeros((len(seconds), WIDTH))
    for n, ((campaign, agent, state, slot), part) in enumerate(seconds.items()):
        keys.append(Key(campaign, day.day, day.hours[min(slot, len(day.hours) - 1)], agent, team_of(agent)))
        values[n, PLACE[state]] = part
    return keys, values


def parts(row: reporting.StateRow, since: datetime, slot_s: int) -> Iterator[tuple[int, float]]:
    """The seconds of a stay in each slot it reaches."""
    if row.began is None or row.ended is None:
        yield row.slot, row.seconds
        return
    began = (row.began - since).total_seconds()
    ended = (row.ended - since).total_seconds()
    slot = int(began // slot_s)
    while began < ended:
        end = min(ended, float((slot + 1) * slot_s))
        yield slot, end - began
        began, slot = end, slot + 1
