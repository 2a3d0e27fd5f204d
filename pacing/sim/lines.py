"""The calls of a simulated shift: their fate, drawn when dialed, and the columns the policy sees."""

from __future__ import annotations

import numpy as np

from pacing import CallColumns, Result
from pacing.sim import laws
from pacing.sim.scenario import Scenario


class LiveCall:
    """One call from dialing to its record; what the future holds is drawn at the start."""

    __slots__ = (
        "age_at_end",
        "answered_at",
        "call",
        "chance",
        "connected_at",
        "dialed_at",
        "ended_ringing_at",
        "person",
        "result",
        "ringing_at",
    )

    def __init__(self, call: int, dialed_at: float) -> None:
        self.call = call
        self.dialed_at = dialed_at
        self.ringing_at = np.nan
        self.chance = np.nan
        self.result = Result.NO_ANSWER
        self.age_at_end = 0.0
        self.person = False
        self.ended_ringing_at = np.nan
        self.answered_at = np.nan
        self.connected_at = np.nan


class Fates:
    """Draws what becomes of each call; the n-th call of a seed fares alike under every policy."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        self._scenario = scenario
        streams = rng.spawn(7)
        self._kind = laws.uniforms(streams[0])
        self._coin = laws.uniforms(streams[1])
        self._ring = laws.stream(scenario.ring, streams[2])
        self._machine_ring = laws.stream(scenario.machine_ring, streams[3])
        self._refusal = laws.stream(scenario.refusal_ring, streams[4])
        nobody = scenario.nobody_ring
        self._nobody = None if nobody is None else laws.stream(nobody, streams[5])
        self._setup = laws.stream(scenario.setup, streams[6])

    def place(self, call: int, at: float) -> LiveCall:
        """A new call with its fate; `ringing_at` is when it will ring."""
        scenario = self._scenario
        live = LiveCall(call, at)
        setup = next(self._setup)
        live.ringing_at = at + setup
        chance = scenario.answer.at(at)
        if scenario.spread:
            sign = 1.0 if next(self._coin) < 0.5 else -1.0
            chance = min(max(chance + sign * scenario.spread, 0.0), 1.0)
        live.chance = chance
        result, ring = self._outcome(next(self._kind), chance)
        if ring > scenario.ring_timeout_s:
            result, ring = Result.NO_ANSWER, scenario.ring_timeout_s
        live.result, live.age_at_end = result, setup + ring
        live.person = result == Result.ANSWERED
        return live

    def _outcome(self, u: float, chance: float) -> tuple[Result, float]:
        scenario = self._scenario
        if u < chance:
            return Result.ANSWERED, next(self._ring)
        u = 1.0 - u
        for share, result, ring in (
            (scenario.machine, Result.MACHINE, self._machine_ring),
            (scenario.busy, Result.BUSY, self._refusal),
            (scenario.invalid, Result.INVALID, self._refusal),
            (scenario.failed, Result.FAILED, self._refusal),
        ):
            if u <= share and share:
                return result, next(ring)
            u -= share
        rings_out = scenario.ring_timeout_s if self._nobody is None else next(self._nobody)
        return Result.NO_ANSWER, rings_out


class Lines:
    """Calls dialing, ringing or under detection, in columns; removal swaps the last one into the gap."""

    def __init__(self, chances_known: bool) -> None:
        self._id = np.zeros(64, dtype=np.int64)
        self._dialed_at = np.zeros(64)
        self._ringing_at = np.zeros(64)
        self._chance = np.zeros(64)
        self._chances_known = chances_known
        self._slots: dict[int, int] = {}
        self._calls: list[LiveCall] = []

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call: int) -> LiveCall | None:
        """The live call of that id, if it is still dialing or ringing."""
        slot = self._slots.get(call)
        return None if slot is None else self._calls[slot]

    def add(self, live: LiveCall) -> None:
        """A call was placed; it does not ring yet."""
        n = len(self._calls)
        if n == len(self._id):
            self._grow()
        self._slots[live.call] = n
        self._calls.append(live)
        self._id[n] = live.call
        self._dialed_at[n] = live.dialed_at
        self._ringing_at[n] = live.ringing_at if live.ringing_at <= live.dialed_at else np.nan
        self._chance[n] = live.chance

    def rang(self, call: int) -> None:
        """The call rings from now on."""
        slot = self._slots.get(call)
        if slot is not None:
            self._ringing_at[slot] = self._calls[slot].ringing_at

    def picked_up(self, call: int) -> None:
        """The call rings no more and waits for the verdict of detection: it can no longer be released."""
        slot = self._slots.get(call)
        if slot is not None:
            self._ringing_at[slot] = np.nan

    def remove(self, call: int) -> bool:
        """The call is no longer in flight; False if it was not."""
        slot = self._slots.pop(call, None)
        if slot is None:
            return False
        last = self._calls.pop()
        n = len(self._calls)
        if slot != n:
            self._calls[slot] = last
            self._slots[last.call] = slot
            for column in (self._id, self._dialed_at, self._ringing_at, self._chance):
                column[slot] = column[n]
        return True

    def columns(self) -> CallColumns:
        """Copies of the columns of the calls in flight."""
        n = len(self._calls)
        return CallColumns(
            id=self._id[:n].copy(),
            dialed_at=self._dialed_at[:n].copy(),
            ringing_at=self._ringing_at[:n].copy(),
            p_answer=self._chance[:n].copy() if self._chances_known else None,
        )

    def live(self) -> tuple[LiveCall, ...]:
        """The calls in flight."""
        return tuple(self._calls)

    def _grow(self) -> None:
        pad = len(self._id)
        self._id = np.concatenate([self._id, np.zeros(pad, dtype=np.int64)])
        self._dialed_at = np.concatenate([self._dialed_at, np.zeros(pad)])
        self._ringing_at = np.concatenate([self._ringing_at, np.zeros(pad)])
        self._chance = np.concatenate([self._chance, np.zeros(pad)])
