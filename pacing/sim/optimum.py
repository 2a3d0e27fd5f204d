"""The exact optimum of the memoryless room, which no policy without releases can beat.

Every duration is exponential: a Markov decision process over (agents busy, calls ringing), where any number
of calls may be placed at any instant and an answer that finds no agent free is abandoned at once. The most
talk at a given share of abandoned answers is found by Lagrange: an abandon costs `price` seconds of a busy
agent, relative value iteration (Puterman, Markov Decision Processes, 8.5 and 11.5.3) solves the priced
problem, and bisection of the price brings the share to the target. Talk, answers and abandons are long-run
rates, linear in time, so the exact optimum mixes the two plans on either side of the last price by time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pacing import AgentState, Event, Snapshot
from pacing.sim.rivals import Choice

Grid = NDArray[np.float64]
Plan = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Room:
    """A memoryless room; times are means in seconds, `answer` the chance that ringing ends in an answer."""

    agents: int
    answer: float = 0.3
    ring_s: float = 15.0
    talk_s: float = 150.0
    target: float = 0.03

    @property
    def most_ringing(self) -> int:
        """Ringing calls beyond which no sensible policy goes: the grid's edge."""
        mean = self.agents * self.ring_s / (self.talk_s * self.answer)
        return math.ceil(2.0 * mean + 6.0 * math.sqrt(mean) + 2.0 / self.answer + 4.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Long-run means of a policy: agents busy, answers and abandons per second."""

    busy: float
    answers: float
    abandons: float

    @property
    def share(self) -> float:
        """Abandons over answers."""
        return self.abandons / self.answers if self.answers else 0.0


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best utilisation at the target, and the two plans that mixed reach it.

    A plan says to how many ringing calls to fill up, by (busy, ringing); `lean` abandons less than the
    target, `bold` more, and `boldness` is the share of time for `bold`.
    """

    room: Room
    utilisation: float
    share: float
    lean: Plan
    bold: Plan
    boldness: float


def solve(room: Room, *, rounds: int = 24) -> Optimum:
    """The exact optimum by value iteration and bisection of an abandon's price."""
    low, high = 0.0, 50.0 * room.talk_s
    values = np.zeros((room.agents + 1, room.most_ringing + 1))
    lean, values = _priced(room, high, values)
    bold, values = _priced(room, low, values)
    for _ in range(rounds):
        price = (low + high) / 2
        plan, values = _priced(room, price, values)
        if long_run(room, plan).share > room.target:
            low, bold = price, plan
        else:
            high, lean = price, plan
    return _mix(room, lean, bold)


def _mix(room: Room, lean: Plan, bold: Plan) -> Optimum:
    a, b = long_run(room, lean), long_run(room, bold)
    over_a = a.abandons - room.target * a.answers
    over_b = b.abandons - room.target * b.answers
    boldness = 0.0 if over_b <= over_a else min(max(-over_a / (over_b - over_a), 0.0), 1.0)
    busy = a.busy + boldness * (b.busy - a.busy)
    answers = a.answers + boldness * (b.answers - a.answers)
    abandons = a.abandons + boldness * (b.abandons - a.abandons)
    return Optimum(room, busy / room.agents, abandons / answers, lean, bold, boldness)


def _priced(room: Room, price: float, values: Grid, tolerance: float = 1e-7) -> tuple[Plan, Grid]:
    """The best plan where exceeding the target by an abandon costs `price` busy seconds, and its values."""
    n, most = room.agents, room.most_ringing
    clock = most / room.ring_s + n / room.talk_s  # uniformisation
    busy = np.arange(n + 1.0)[:, None]
    ringing = np.broadcast_to(np.arange(most + 1.0), (n + 1, most + 1))
    ends = ringing / (room.ring_s * clock)
    answers, misses = ends * room.answer, ends * (1 - room.answer)
    talks = np.broadcast_to(busy / (room.talk_s * clock), ringing.shape)
    stays = 1.0 - answers - misses - talks
    gain = busy / clock + room.target * price * answers
    gain[n] -= price * answers[n]
    for _ in range(200_000):
        best = _fill(values)
        fewer = np.concatenate([best[:, :1], best[:, :-1]], axis=1)
        answered = np.concatenate([fewer[1:], fewer[-1:]], axis=0)
        freed = np.concatenate([best[:1], best[:-1]], axis=0)
        new = gain + answers * answered + misses * fewer + talks * freed + stays * best
        step = new - values
        values = new - new[0, 0]
        if step.max() - step.min() < tolerance / clock:
            break
    return _plan(values), values


def _fill(values: Grid) -> Grid:
    """The best value reachable by placing calls: the running maximum from the right."""
    best: Grid = np.maximum.accumulate(values[:, ::-1], axis=1)[:, ::-1]
    return best


def _plan(values: Grid) -> Plan:
    best = _fill(values)
    columns = np.arange(values.shape[1])
    reached = np.where(values >= best - 1e-12, columns, values.shape[1])
    plan: Plan = np.minimum.accumulate(reached[:, ::-1], axis=1)[:, ::-1].astype(np.int64)
    return plan


def long_run(room: Room, plan: Plan) -> Rates:
    """The stationary rates of a plan, by solving its Markov chain."""
    n, most = room.agents, room.most_ringing
    width = most + 1
    size = (n + 1) * width
    flow = np.zeros((size, size))
    for busy in range(n + 1):
        for ringing in range(width):
            here = busy * width + ringing
            if ringing:
                rate = ringing / room.ring_s
                after = min(busy + 1, n)
                flow[here, after * width + plan[after, ringing - 1]] += rate * room.answer
                flow[here, busy * width + plan[busy, ringing - 1]] += rate * (1 - room.answer)
            if busy:
                flow[here, (busy - 1) * width + plan[busy - 1, ringing]] += busy / room.talk_s
    share = _stationary(flow, int(plan[0, 0])).reshape(n + 1, width)
    counts = np.arange(n + 1)[:, None]
    rates = share * np.arange(width)[None, :] * room.answer / room.ring_s
    return Rates(float((share * counts).sum()), float(rates.sum()), float(rates[n].sum()))


def _stationary(flow: Grid, start: int) -> Grid:
    """Stationary shares of the chain over the states that `start` reaches."""
    reached = np.zeros(len(flow), dtype=bool)
    front = [start]
    reached[start] = True
    while front:
        new = [int(i) for i in np.flatnonzero(flow[front].sum(axis=0)) if not reached[i]]
        reached[new] = True
        front = new
    index = np.flatnonzero(reached)
    rates = flow[np.ix_(index, index)]
    np.fill_diagonal(rates, rates.diagonal() - rates.sum(axis=1))
    system = np.concatenate([rates.T[:-1], np.ones((1, len(index)))])
    right = np.zeros(len(index))
    right[-1] = 1.0
    shares = np.zeros(len(flow))
    shares[index] = np.linalg.solve(system, right)
    return shares


class Optimal:
    """The optimum as a policy for the simulator, switching between its two plans every `block_s`."""

    def __init__(self, optimum: Optimum, block_s: float = 1800.0) -> None:
        self._optimum = optimum
        self._block_s = block_s

    def learn(self, event: Event) -> None:
        """It knows all the laws."""

    def decide(self, snapshot: Snapshot) -> Choice:
        """Fill up as planned."""
        optimum = self._optimum
        block = int(snapshot.now // self._block_s)
        bold = math.floor((block + 1) * optimum.boldness) > math.floor(block * optimum.boldness)
        plan = optimum.bold if bold else optimum.lean
        busy = int(np.count_nonzero(snapshot.agents.state == AgentState.TALKING))
        ringing = min(len(snapshot.calls), plan.shape[1] - 1)
        return Choice(int(plan[busy, ringing]) - ringing)
