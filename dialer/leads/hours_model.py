"""When people answer: rates by hour of the week, shrunk from segment to campaign, and what one person's past says.

Cells with few calls lean on wider ones: an hour of the week on its hour of weekdays or weekends, that on the
campaign, a segment on its campaign (each the mean of a beta posterior whose prior is the wider cell). One
person's unanswered calls lower the chance at like hours more than at others: the mean of a beta posterior
again, each call counted by how like its hour is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOURS = 168
"""Hours of a week, Monday 00:00 local time first."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR_RATE = 0.25
PRIOR_CALLS = 40.0
KIND_CALLS = 20.0
HOUR_CALLS = 200.0
SEGMENT_CALLS = 60.0
PERSON_CALLS = 0.25
"""How many calls' worth the general rate counts for one person: few, as people differ much."""

ALIKE_H = 1.6
OTHER_DAYS = 0.2
ANY_HOUR = 0.05


def _likeness() -> Floats:
    """How far an unanswered call at one hour of the week speaks for another, 0 to 1."""
    hours = np.arange(HOURS)
    apart = np.abs(hours[:, None] % 24 - hours[None, :] % 24)
    apart = np.minimum(apart, 24 - apart)
    weekend = hours >= 5 * 24
    near = np.exp(-0.5 * (apart / ALIKE_H) ** 2)
    near *= np.where(weekend[:, None] == weekend[None, :], 1.0, OTHER_DAYS)
    return np.asarray(ANY_HOUR + (1.0 - ANY_HOUR) * near, dtype=np.float64)


LIKENESS = _likeness()
_KIND = np.where(np.arange(HOURS) >= 5 * 24, 24, 0) + np.arange(HOURS) % 24
"""The cell of each hour of the week among 24 of weekdays and 24 of weekends."""


class HoursModel:
    """Counts of calls and answers by segment and hour of the week, and the rates they tell."""

    def __init__(self) -> None:
        self._dialed: dict[str, Floats] = {}
        self._answered: dict[str, Floats] = {}
        self._rates: dict[str, Floats] = {}

    def add(self, segment: str, hour: int, dialed: float, answered: float) -> None:
        """Learn of calls made in an hour of the week, and how many of them a person answered."""
        if segment not in self._dialed:
            self._dialed[segment] = np.zeros(HOURS)
            self._answered[segment] = np.zeros(HOURS)
        self._dialed[segment][hour] += dialed
        self._answered[segment][hour] += answered
        self._rates.clear()

    @property
    def calls(self) -> int:
        """Calls learnt from."""
        return int(sum(float(one.sum()) for one in self._dialed.values()))

    def rates(self, segment: str) -> Floats:
        """The chance of an answer at each hour of the week for somebody not yet tried; unknown: the campaign's."""
        known = self._rates.get(segment)
        if known is None:
            known = self._rates[segment] = self._work_out(segment)
        return known

    def _work_out(self, segment: str) -> Floats:
        dialed = sum(self._dialed.values(), np.zeros(HOURS))
        answered = sum(self._answered.values(), np.zeros(HOURS))
        overall = (answered.sum() + PRIOR_CALLS * PRIOR_RATE) / (dialed.sum() + PRIOR_CALLS)
        kind_dialed = np.bincount(_KIND, dialed, minlength=48).astype(np.float64)
        kind_answered = np.bincount(_KIND, answered, minlength=48).astype(np.float64)
        by_kind = _lean(kind_answered, kind_dialed, np.full(48, overall), KIND_CALLS)
        campaign = _lean(answered, dialed, by_kind[_KIND], HOUR_CALLS)
        if segment not in self._dialed:
            return campaign
        return _lean(self._answered[segment], self._dialed[segment], campaign, SEGMENT_CALLS)


def _lean(answered: Floats, dialed: Floats, wider: Floats, weight: float) -> Floats:
    return np.asarray((answered + weight * wider) / (dialed + weight), dtype=np.float64)


def for_person(rates: Floats, hours: Ints, tried: Ints) -> Floats:
    """The chance at each of `hours` for somebody whose calls at the hours `tried` were not answered."""
    return np.asarray(rates[hours] * PERSON_CALLS / weights(hours, tried), dtype=np.float64)


def weights(hours: Ints, tried: Ints) -> Floats:
    """What a person's rates are divided by, at each of `hours`, after unanswered calls at `tried`."""
    return np.asarray(PERSON_CALLS + LIKENESS[hours][:, tried].sum(axis=1), dtype=np.float64)
