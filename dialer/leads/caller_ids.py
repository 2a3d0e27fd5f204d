"""Which of our numbers is shown at a call: pools by the number called, turns, caps per day, rest after few answers.

Pure: the day, the instant and what came of calls are told. Instants are seconds since the epoch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pool:
    """Numbers shown to those whose own number begins with one of `prefixes`; without any, to everybody."""

    numbers: tuple[str, ...]
    prefixes: tuple[str, ...] = ()

    def fit(self, called: str) -> int:
        """How closely it fits a number: the length of the longest prefix, 0 for all, -1 not at all."""
        if not self.prefixes:
            return 0
        return max((len(one) for one in self.prefixes if called.startswith(one)), default=-1)


@dataclass(frozen=True, slots=True)
class Care:
    """How numbers are spared: calls a day each, and rest when too few of the latest calls were answered."""

    max_per_day: int | None = None
    keep_first: bool = False
    rest_below: float | None = None
    rest_calls: int = 50
    rest_s: float = 86_400.0


@dataclass(slots=True)
class _Use:
    day: int = 0
    calls: int = 0
    elsewhere: int = 0
    latest: deque[bool] = field(default_factory=deque)
    rests_until: float = 0.0
    turn: int = 0

    @property
    def today(self) -> int:
        """Calls of the day, whoever placed them."""
        return self.calls + self.elsewhere


class Uses:
    """How our numbers are used, whichever campaign shows them: what a carrier sees of each is one number's calls."""

    def __init__(self) -> None:
        self._use: dict[str, _Use] = {}
        self._turns = 0
        self._read: set[str] = set()

    def unread(self, numbers: Iterable[str]) -> frozenset[str]:
        """Those of the numbers nobody has asked for before: what an earlier life did with them is to be told."""
        new = frozenset(numbers) - self._read
        self._read |= new
        return new

    def forget(self, numbers: Iterable[str]) -> None:
        """They could not be read after all: let them be asked for again."""
        self._read -= set(numbers)

    def hear_of_others(self, calls: Mapping[str, int], day: int) -> None:
        """So many calls of the day other daemons have placed with each number, in place of what was heard before."""
        for number in calls.keys() | self._use.keys():
            self.of(number, day).elsewhere = calls.get(number, 0)

    def of(self, number: str, day: int) -> _Use:
        """The number's use on a day."""
        use = self._use.setdefault(number, _Use())
        if use.day != day:
            use.day, use.calls, use.elsewhere = day, 0, 0
        return use

    def take(self, number: str, day: int) -> None:
        """It is shown once more."""
        self._turns += 1
        use = self.of(number, day)
        use.calls += 1
        use.turn = self._turns


class CallerIds:
    """Chooses for each call; `default` is the one number there is without pools.

    `uses` are shared by every campaign that may show the same numbers; caps and rests are each campaign's own words.
    """

    def __init__(
        self,
        default: str,
        pools: Iterable[Pool] = (),
        care: Care | None = None,
        uses: Uses | None = None,
    ) -> None:
        self._default = default
        self._pools = tuple(pools)
        self._care = care or Care()
        self._uses = Uses() if uses is None else uses
        self._ours = {number for pool in self._pools for number in pool.numbers} or {default}

    @property
    def numbers(self) -> frozenset[str]:
        """Every number that may be shown."""
        return frozenset(self._ours | {self._default})

    def remember(self, number: str, day: int, calls: int) -> None:
        """Count calls made with a number before this life began."""
        use = self._used(number, day)
        use.calls += calls

    def choose(self, called: str, day: int, now: float, first: str = "") -> str | None:
        """The number to show to `called`, counted as used; None where every one has had its calls of the day.

        The closest pool with a number free goes first, then wider ones, then any; in a pool it is the one whose
        turn it is. A resting number is taken only when all the others rest too.
        `first` is what was shown at the lead's first call: kept, where that is wanted, as long as its cap allows.
        """
        if self._care.keep_first and first in self._ours and self._free(first, day):
            return self._take(first, day)
        pools = sorted(self._pools, key=lambda pool: -pool.fit(called))
        fitting = [pool for pool in pools if pool.fit(called) >= 0]
        fitting.append(Pool(tuple(sorted(self._ours))))  # better another region's than one over its cap
        for rested in (True, False):
            for pool in fitting:
                free = [one for one in pool.numbers if self._free(one, day)]
                if rested:
                    free = [one for one in free if self._used(one, day).rests_until <= now]
                if free:
                    return self._take(min(free, key=lambda one: self._used(one, day).turn), day)
        return None

    def room(self, day: int) -> int:
        """How many calls of the day the caps still allow."""
        cap = self._care.max_per_day
        if cap is None:
            return 1 << 30
        return sum(max(0, cap - self._used(number, day).today) for number in self._ours)

    def give_back(self, number: str, day: int) -> None:
        """The call was not placed after all."""
        use = self._used(number, day)
        use.calls = max(0, use.calls - 1)

    def learn(self, number: str, day: int, now: float, *, answered: bool) -> bool:
        """What came of a call; True where the number begins to rest."""
        care = self._care
        if care.rest_below is None or number not in self._ours:
            return False
        use = self._used(number, day)
        use.latest.append(answered)
        while len(use.latest) > care.rest_calls:
            use.latest.popleft()
        if len(use.latest) < care.rest_calls or sum(use.latest) >= care.rest_below * care.rest_calls:
            return False
        use.latest.clear()
        use.rests_until = now + care.rest_s
        return True

    def state(self, day: int, now: float) -> list[dict[str, object]]:
        """Each number with its calls today, share answered of the latest, and whether it rests."""
        rows: list[dict[str, object]] = []
        for number in sorted(self.numbers):
            use = self._used(number, day)
            share = round(sum(use.latest) / len(use.latest), 3) if use.latest else None
            rests = max(0.0, use.rests_until - now)
            rows.append({"number": number, "today": use.today, "answered": share, "rests_s": round(rests)})
        return rows

    def _used(self, number: str, day: int) -> _Use:
        return self._uses.of(number, day)

    def _free(self, number: str, day: int) -> bool:
        cap = self._care.max_per_day
        return cap is None or self._used(number, day).today < cap

    def _take(self, number: str, day: int) -> str:
        self._uses.take(number, day)
        return number
