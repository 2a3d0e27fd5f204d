"""A statistical call centre: an event heap that drives a policy through one shift."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any, Protocol

import numpy as np

from pacing import Abandoned, Event, Result, RingEnded, Snapshot, TalkEnded, WrapEnded
from pacing.sim import laws
from pacing.sim.errors import PolicyError
from pacing.sim.floor import AWAY, INTERVAL, READY, TALKING, WRAPUP, Floor
from pacing.sim.lines import Fates, Lines, LiveCall
from pacing.sim.records import CallRecord, ShiftLog
from pacing.sim.rivals import Counts
from pacing.sim.scenario import Scenario

_SOONEST_S = 0.05
_NAN = math.nan
Handler = Callable[[float, Any], None]


class Decided(Protocol):
    """What a policy answers: `pacing.Decision` or anything with these three."""

    @property
    def dial(self) -> int:
        """Calls to place now."""
        ...

    @property
    def release(self) -> Sequence[int]:
        """Ids of ringing calls to hang up."""
        ...

    @property
    def next_at(self) -> float:
        """When to ask again at the latest."""
        ...


class Policy(Protocol):
    """Anything that paces: `pacing.Engine`, or a rival."""

    def learn(self, event: Event) -> None:
        """Something happened."""
        ...

    def decide(self, snapshot: Snapshot) -> Decided:
        """What to do now."""
        ...


class Centre:
    """One shift of one scenario under one policy.

    The policy is asked after every instant at which something changed, at most once per `coalesce_s`, and at
    its own `next_at`. A policy whose attribute `clocked` is true is asked at its `next_at` only; one that has
    `decide_counts` is given counts instead of a snapshot, which is faster.
    """

    def __init__(
        self, scenario: Scenario, policy: Policy, seed: int, *, coalesce_s: float | None = None
    ) -> None:
        self.scenario = scenario
        self.policy = policy
        self.seed = seed
        many = len(scenario.agents) > 50
        self.coalesce_s = (0.25 if many else 0.0) if coalesce_s is None else coalesce_s
        streams = np.random.default_rng(seed).spawn(5)
        self.floor = Floor(scenario.agents)
        self.lines = Lines(scenario.chances_known)
        self._fates = Fates(scenario, streams[0])
        self._talk = laws.stream(scenario.talk, streams[1])
        self._machine_talk = laws.stream(scenario.machine_talk, streams[1].spawn(1)[0])
        self._wrap = laws.stream(scenario.wrap, streams[2])
        self._patience = None if scenario.patience is None else laws.stream(scenario.patience, streams[3])
        detection = scenario.detection
        self._verdict = None if detection is None else laws.stream(detection.delay, streams[4])
        self._coin = laws.uniforms(streams[4].spawn(1)[0])
        self._clocked = bool(getattr(policy, "clocked", False))
        self._by_counts: Callable[[Counts], Decided] | None = getattr(policy, "decide_counts", None)
        self._heap: list[tuple[float, int, Handler, Any]] = []
        self._sequence = 0
        self._next_call = 0
        self._leads_left = math.inf if scenario.leads is None else scenario.leads
        self._waiting: dict[int, LiveCall] = {}
        self._talking: dict[int, LiveCall] = {}
        self._calls: list[CallRecord] = []
        self._dirty = False
        self._decided_at = -math.inf
        self._tick_version = 0
        self._decisions = 0
        self._schedule_shift()

    def run(self) -> ShiftLog:
        """Play the whole shift and return its records; raises PolicyError for an impossible decision."""
        self.play(self.scenario.length_s)
        return self.close()

    def play(self, until: float) -> None:
        """Go on to that second of the shift; may be called again with a later one, before `close`."""
        heap = self._heap
        until = min(until, self.scenario.length_s)
        while heap and heap[0][0] <= until:
            at, _, handler, argument = heappop(heap)
            handler(at, argument)
            if self._dirty and not (heap and heap[0][0] == at):
                self._consult(at)

    def close(self) -> ShiftLog:
        """Record what is still going on, and return all records."""
        at = self.scenario.length_s
        for live in self.lines.live():
            self._record(live, ended_at=_NAN, result="")
        for agent, live in self._talking.items():
            talk_s = at - live.connected_at
            self._record(live, ended_at=live.ended_ringing_at, agent=agent, talk_s=talk_s)
        for live in self._waiting.values():
            self._record(live, ended_at=live.ended_ringing_at)
        self.floor.close(at)
        return ShiftLog(
            self.scenario.name, self.seed, at, tuple(self._calls), tuple(self.floor.stints), self._decisions
        )

    def _schedule_shift(self) -> None:
        for agent, plan in enumerate(self.scenario.agents):
            self._at(plan.begins_s, self._shift_begins, agent)
            if plan.ends_s < self.scenario.length_s:
                self._at(plan.ends_s, self._shift_ends, agent)
            for begins_s, ends_s in plan.breaks:
                self._at(begins_s, self._break_begins, agent)
                self._at(ends_s, self._break_ends, agent)
        self._at(0.0, self._tick, 0)

    def _at(self, at: float, handler: Handler, argument: Any) -> None:
        self._sequence += 1
        heappush(self._heap, (at, self._sequence, handler, argument))

    # The policy

    def _changed(self) -> None:
        if not self._clocked:
            self._dirty = True

    def _tick(self, at: float, version: int) -> None:
        del at
        if version == self._tick_version:
            self._dirty = True

    def _consult(self, now: float) -> None:
        self._dirty = False
        if now < self._decided_at + self.coalesce_s:
            self._tick_at(self._decided_at + self.coalesce_s)
            return
        self._decided_at = now
        self._decisions += 1
        decision = self._ask(now)
        for call in decision.release:
            self._release(now, call)
        for _ in range(self._affordable(decision.dial)):
            self._place(now)
        if decision.next_at < math.inf:
            self._tick_at(max(decision.next_at, now + _SOONEST_S))

    def _ask(self, now: float) -> Decided:
        if self._by_counts is not None:
            floor = self.floor
            return self._by_counts(
                Counts(
                    now,
                    len(floor.ready),
                    floor.talking,
                    floor.working,
                    len(self.lines),
                    len(self._waiting),
                )
            )
        waiting = np.array([live.answered_at for live in self._waiting.values()], dtype=np.float64)
        return self.policy.decide(
            Snapshot(now, self.floor.columns(), self.lines.columns(), waiting, None, now)
        )

    def _tick_at(self, at: float) -> None:
        self._tick_version += 1
        self._at(at, self._tick, self._tick_version)

    def _affordable(self, dial: int) -> int:
        if dial < 0:
            raise PolicyError(f"asked to place {dial} calls")
        count = int(min(dial, self._leads_left))
        self._leads_left -= count
        return count

    # Calls

    def _place(self, now: float) -> None:
        live = self._fates.place(self._next_call, now)
        self._next_call += 1
        self.lines.add(live)
        if live.ringing_at > now:
            self._at(live.ringing_at, self._rings, live.call)
        self._at(now + live.age_at_end, self._ring_ends, live)

    def _release(self, now: float, call: int) -> None:
        live = self.lines.get(call)
        if live is None:
            raise PolicyError(f"released call {call}, which is not in flight")
        if not now - live.ringing_at >= self.scenario.min_ring_s - 1e-6:
            raise PolicyError(f"released call {call} after {now - live.ringing_at:.2f} s of ringing")
        if not math.isnan(live.answered_at):
            raise PolicyError(f"released call {call}, which was answered already")
        live.result = Result.RELEASED
        self._ring_ended(live, now, now - live.dialed_at)
        self._record(live, ended_at=now)

    def _rings(self, at: float, call: int) -> None:
        del at
        self.lines.rang(call)

    def _ring_ends(self, at: float, live: LiveCall) -> None:
        if self.lines.get(live.call) is not live:
            return
        answered = live.result in (Result.ANSWERED, Result.MACHINE)
        if not answered:
            self._ring_ended(live, at, live.age_at_end)
            self._record(live, ended_at=at)
            return
        live.answered_at = at
        if self._verdict is None:
            live.result = Result.ANSWERED
            self._answered(at, live)
            return
        self._judge(live)
        delay = next(self._verdict)
        if delay > 0:
            self.lines.picked_up(live.call)
            self._at(at + delay, self._answered, live)
        else:
            self._answered(at, live)

    def _judge(self, live: LiveCall) -> None:
        """Answering-machine detection, which errs both ways."""
        detection = self.scenario.detection
        if detection is None:
            return
        if live.person:
            live.result = Result.MACHINE if next(self._coin) < detection.people_lost else Result.ANSWERED
        else:
            live.result = Result.MACHINE if next(self._coin) < detection.machines_found else Result.ANSWERED

    def _answered(self, at: float, live: LiveCall) -> None:
        self._ring_ended(live, at, live.age_at_end)
        if live.result == Result.MACHINE:
            self._record(live, ended_at=live.answered_at)
        elif self.floor.ready:
            self._connect(at, live, next(iter(self.floor.ready)))
        else:
            self._wait(at, live)

    def _wait(self, at: float, live: LiveCall) -> None:
        limit = max(live.answered_at + self.scenario.connect_within_s, at)
        patience = math.inf if self._patience is None else live.answered_at + next(self._patience)
        self._waiting[live.call] = live
        gives_up = patience < limit
        ends_at = max(min(patience, limit), at)
        if ends_at <= at:
            self._abandon(at, (live, gives_up))
        else:
            self._at(ends_at, self._abandon, (live, gives_up))

    def _abandon(self, at: float, what: tuple[LiveCall, bool]) -> None:
        live, gave_up = what
        if self._waiting.pop(live.call, None) is None:
            return
        self.policy.learn(Abandoned(at))
        self._record(live, ended_at=live.ended_ringing_at, abandoned=True, gave_up=gave_up)
        self._changed()

    def _ring_ended(self, live: LiveCall, at: float, age: float) -> None:
        self.lines.remove(live.call)
        live.ended_ringing_at = live.answered_at if live.answered_at <= at else at
        self.policy.learn(RingEnded(at, age, Result(live.result)))
        self._changed()

    def _record(
        self,
        live: LiveCall,
        *,
        ended_at: float,
        agent: int = -1,
        talk_s: float = 0.0,
        abandoned: bool = False,
        gave_up: bool = False,
        result: str | None = None,
    ) -> None:
        self._calls.append(
            CallRecord(
                live.call,
                live.dialed_at,
                ended_at,
                live.result.value if result is None else result,
                live.person,
                live.answered_at,
                live.connected_at,
                agent,
                talk_s,
                abandoned,
                gave_up,
            )
        )

    # Agents

    def _connect(self, at: float, live: LiveCall, agent: int) -> None:
        live.connected_at = at
        self.floor.go(agent, TALKING, at, live.call)
        self._talking[agent] = live
        talk_s = next(self._talk) if live.person else next(self._machine_talk)
        self._at(at + talk_s * self.floor.plans[agent].talk_factor, self._talk_ends, agent)
        self._changed()

    def _talk_ends(self, at: float, agent: int) -> None:
        live = self._talking.pop(agent)
        talk_s = at - live.connected_at
        self._record(live, ended_at=live.ended_ringing_at, agent=agent, talk_s=talk_s)
        self.floor.conversation_ended(agent, at)
        self.floor.go(agent, WRAPUP, at, live.call)
        self.policy.learn(TalkEnded(at, agent, talk_s))
        wrap_s = next(self._wrap)
        if wrap_s > 0:
            self._at(at + wrap_s, self._wrap_ends, agent)
            self._changed()
        else:
            self._wrap_ends(at, agent)

    def _wrap_ends(self, at: float, agent: int) -> None:
        self.policy.learn(WrapEnded(at, agent, at - self.floor.sinces[agent]))
        if self.floor.leaving[agent]:
            self._leave(at, agent)
        else:
            self._resume(at, agent)

    def _resume(self, at: float, agent: int) -> None:
        """Ready, unless the agent's own call interval still runs."""
        free_at = self.floor.last_ends[agent] + self.floor.plans[agent].interval_s
        if free_at > at:
            self.floor.go(agent, INTERVAL, at)
            self._at(free_at, self._interval_ends, (agent, self.floor.versions[agent]))
        else:
            self._get_ready(at, agent)
        self._changed()

    def _interval_ends(self, at: float, what: tuple[int, int]) -> None:
        agent, version = what
        if self.floor.versions[agent] == version:
            self._get_ready(at, agent)

    def _get_ready(self, at: float, agent: int) -> None:
        self.floor.go(agent, READY, at)
        self._changed()
        if self._waiting:
            live = self._waiting.pop(next(iter(self._waiting)))
            self._connect(at, live, agent)

    def _shift_begins(self, at: float, agent: int) -> None:
        self.floor.enter(agent, at)
        self._get_ready(at, agent)

    def _shift_ends(self, at: float, agent: int) -> None:
        self._leave_soon(at, agent)

    def _break_begins(self, at: float, agent: int) -> None:
        if self.floor.present[agent]:
            self._leave_soon(at, agent)

    def _break_ends(self, at: float, agent: int) -> None:
        if not self.floor.present[agent] or at >= self.floor.plans[agent].ends_s:
            return
        if self.floor.leaving[agent]:
            self.floor.set_leaving(agent, False)
            self._changed()
        elif self.floor.states[agent] == AWAY:
            self._resume(at, agent)

    def _leave_soon(self, at: float, agent: int) -> None:
        if self.floor.states[agent] in (TALKING, WRAPUP):
            self.floor.set_leaving(agent, True)
            self._changed()
        else:
            self._leave(at, agent)

    def _leave(self, at: float, agent: int) -> None:
        self.floor.set_leaving(agent, False)
        if at >= self.floor.plans[agent].ends_s:
            self.floor.exit(agent, at)
        else:
            self.floor.go(agent, AWAY, at)
        self._changed()
