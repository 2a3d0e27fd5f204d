"""Mode "predictive": place a call while the idle time it saves is worth more than the abandons it risks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pacing import forecast
from pacing.chances import Chances
from pacing.contract import FloatArray, Settings, Snapshot
from pacing.guard import Facts
from pacing.learning.learnt import Learnt
from pacing.reflection import Flow, Touch, touch

IDLE_S = 10.0
"""Time constant of idle time saved: beyond it, calls placed later would have done the same."""

RELEASE_S = 3.0
"""What hanging up a ringing call costs, in seconds of an agent's time: the dial, and the patience of who was rung."""

BARREN = 0.03
"""With no agent ready and fewer than this expected within the horizon there is nothing to weigh."""

COARSENESS = 100
"""On floors larger than this, calls are weighed by the hundredth of the floor."""

OFFER_MARGIN_S = 0.2

ASK_AGAIN_S = 1.0
QUIET_SHARE = 0.125
"""Of the horizon: how long to look away while nothing rings and nobody will be free within it."""

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the forecast wants, and the figures behind it."""

    dial: int
    release: tuple[int, ...]
    answers: float
    abandons: float
    last_risk: float
    expected_answers: FloatArray
    expected_free: FloatArray
    step_s: float
    answer_rate: float
    bounded: bool
    ask_again_s: float


@dataclass(frozen=True, slots=True)
class Placing:
    """Calls to place, their expected answers and abandons, the last one's risk, whether the ceiling bound."""

    dial: int
    answers: float
    abandons: float
    last_risk: float
    bounded: bool


NOTHING = Placing(0, 0.0, 0.0, 1.0, bounded=False)


class Planner:
    """One look ahead: futures, the worth of one call more, and of each ringing call."""

    def __init__(
        self,
        snapshot: Snapshot,
        facts: Facts,
        settings: Settings,
        learnt: Learnt,
        chances: Chances,
        number: int,
    ) -> None:
        self._settings, self._chances, self._number = settings, chances, number
        self._facts = facts
        now = facts.now
        self._tables = tables = learnt.tables(settings, snapshot.calls, now, facts.working)
        self._table = table = tables.ring
        self._grid = grid = table.grid
        mean_chance = learnt.mean_chance if math.isfinite(learnt.mean_chance) else 0.3
        self._calls = forecast.ringing(snapshot.calls, now, table, tables.odds, mean_chance)
        early_s = max(0.0, settings.connect_within - OFFER_MARGIN_S)
        agents = snapshot.agents
        laws = learnt.laws(agents, now)
        who = forecast.busy(agents, now, grid, learnt.talk, learnt.wrap, laws)
        known = forecast.known_free(agents, now, grid, early_s)
        start = float(facts.ready - facts.waiting)
        self._barren = start <= 0.0 and who.chance + known.sum() < BARREN
        if self._barren:
            answers = forecast.expected_answers(self._calls, table)
            self._seen = forecast.nobody_free(grid, start, answers)
        else:
            self._seen = forecast.outlook(
                start, self._calls, table, known, who, laws, early_s, tables.spread, chances, number
            )
        self._flow = self._seen.flow
        self._touched: tuple[Flow, Touch] | None = None

    def plan(self, room: int, price: float) -> Plan:
        """Place up to `room` calls, or release ringing ones; `price` counts IDLE_S per abandoned call."""
        placing = NOTHING if self._barren else self._dial(room, price)
        release: tuple[int, ...] = ()
        answers, abandons = placing.answers, placing.abandons
        if placing.dial == 0 and self._settings.release and self._calls.rows.size:
            release, less_answers, less_abandons = self._release(price)
            answers, abandons = answers - less_answers, abandons - less_abandons
        return Plan(
            placing.dial,
            release,
            answers,
            abandons,
            placing.last_risk,
            self._seen.answers,
            self._seen.free,
            self._grid.step_s,
            self._tables.answer_rate,
            placing.bounded,
            max(ASK_AGAIN_S, QUIET_SHARE * self._grid.horizon_s) if self._quiet else ASK_AGAIN_S,
        )

    @property
    def _quiet(self) -> bool:
        """Whether time alone changes next to nothing: no call to watch, nobody to call for."""
        return self._barren and not self._calls.rows.size

    def _touch(self) -> Touch:
        """What one answer more brings in the futures as they are now."""
        if self._touched is None or self._touched[0] is not self._flow:
            start, willing = self._seen.start, self._seen.willing
            self._touched = self._flow, touch(start, self._flow, willing, self._grid, IDLE_S)
        return self._touched[1]

    def _dial(self, room: int, price: float) -> Placing:
        """Calls to place: in growing steps while the next one is worth it, halving the step that goes too far."""
        share, fresh, chance = self._newcomer()
        worth, lost = self._worth(fresh, price)
        done = Placing(0, 0.0, 0.0, lost / max(chance, 1e-9), bounded=False)
        least = max(1, self._facts.working // COARSENESS)
        step, growing = least, True
        while worth > 0.0:
            if done.dial >= room:
                return replace(done, bounded=True)
            count, flow = min(step, room - done.dial), self._flow
            self._add(count, share, fresh, done.dial)
            worth_after, lost_after = self._worth(fresh, price)
            if worth_after <= 0.0 and count > least:
                self._flow, step, growing = flow, max(least, count // 2), False
                continue
            abandons = done.abandons + count * lost + 0.5 * (count - 1) * (lost_after - lost)
            answers = done.answers + count * chance
            risk = lost if count == 1 else lost_after
            done = Placing(done.dial + count, answers, abandons, risk / max(chance, 1e-9), bounded=False)
            worth, lost = worth_after, lost_after
            step = 2 * step if growing else step
        return done

    def _worth(self, fresh: FloatArray, price: float) -> tuple[float, float]:
        """What one call more is worth, s, and the abandons expected of it."""
        seen = self._touch()
        lost = float(fresh @ seen.lost)
        return float(fresh @ seen.saved_s) - price * IDLE_S * lost, lost

    def _newcomer(self) -> tuple[float, FloatArray, float]:
        """A new call's share of the table's row, its answer per bin, and the sum."""
        ever, odds = float(self._table.ever[0]), self._tables.odds
        share = odds / (odds * ever + 1.0 - ever)
        fresh = share * self._table.answer[0]
        return share, fresh, float(fresh.sum())

    def _add(self, count: int, share: float, fresh: FloatArray, placed: int) -> None:
        """`count` new calls join the futures."""
        if self._seen.drawn is None:
            normals = self._chances.gaussians(self._number, 5 + placed, self._grid.bins)
            self._flow = self._flow - forecast.gaussian(count * fresh[:, None] * self._seen.willing, normals)
        else:
            rows = np.zeros(count, dtype=np.intp)
            shares = np.full(count, share)
            quantiles = self._chances.quantiles(self._number, 5 + placed, count)
            drawn = forecast.answer_draws(rows, shares, self._table, quantiles, self._seen.willing)
            self._flow = self._flow - forecast.tally(drawn, self._grid)

    def _release(self, price: float) -> tuple[tuple[int, ...], float, float]:
        """Ringing calls that do more harm than good, worst first, with what goes with them."""
        calls = self._calls
        old = np.flatnonzero(calls.rang_s >= self._settings.min_ring)
        if not old.size:
            return (), 0.0, 0.0
        chance = calls.shares * self._table.ever[calls.rows]
        old = old[chance[old] > 1e-6]
        gone: list[int] = []
        answers = abandons = 0.0
        batch = old.size if self._barren else max(1, old.size // 4)
        while old.size:
            # With its own answer among the futures a call looks worse than it is: good enough to pick by.
            harm, _ = self._harm(old, price)
            worst = np.argsort(-harm, kind="stable")[:batch]
            worst = worst[harm[worst] > RELEASE_S]
            if not worst.size:
                break
            picked, flow = old[worst], self._flow
            self._remove(picked)
            harm, lost = self._harm(picked, price)
            if not harm.sum() > RELEASE_S * picked.size:
                self._flow = flow
                break
            answers += float(chance[picked].sum())
            abandons += float(lost.sum())
            gone += calls.id[picked].tolist()
            old = np.delete(old, worst)
        return tuple(gone), answers, abandons

    def _harm(self, which: Rows, price: float) -> tuple[FloatArray, FloatArray]:
        """For each of these ringing calls the harm done by keeping it, s, and the abandons expected of it."""
        seen = self._touch()
        rows, share = self._calls.rows[which], self._calls.shares[which]
        lost: FloatArray = share * (self._table.answer @ seen.lost)[rows]
        saved_s = share * (self._table.answer @ seen.saved_s)[rows]
        return price * IDLE_S * lost - saved_s, lost

    def _remove(self, picked: Rows) -> None:
        """These calls leave the futures."""
        if self._seen.drawn is not None:
            self._flow = self._flow + forecast.tally(self._seen.drawn[picked], self._grid)
        else:
            mean = self._calls.shares[picked] @ self._table.answer[self._calls.rows[picked]]
            self._flow = self._flow + mean[:, None] * self._seen.willing
