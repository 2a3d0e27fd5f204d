"""The people and phones around the embedded Asterisk, drawn from a shift's laws; the same seed, the same people."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ami.fake import AgentPhone, Behaviour, Callee, Kind, busy, invalid
from pacing.sim import Scenario

OPT_OUT_SHARE = 0.1
"""Of the people who hear the recorded message, those who press the key."""


class World:
    """Answers what a number does this time, and how long an agent's wrap-up takes."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self._seed = seed
        self._calls: Counter[str] = Counter()
        self._wraps = np.random.default_rng([seed, 1])
        self.began = 0.0
        self.now: Callable[[], float] = lambda: 0.0

    def behaviour(self) -> Behaviour:
        """The world as the embedded switch asks for it."""
        return Behaviour(callee=self.callee, phone=lambda _endpoint: AgentPhone(answer_s=0.8))

    def wrap_s(self) -> float:
        """One agent's after-call work."""
        return float(self.scenario.wrap.draw(self._wraps, 1)[0])

    def callee(self, number: str) -> Callee:
        """What this number does on this call."""
        self._calls[number] += 1
        rng = np.random.default_rng([self._seed, zlib.crc32(number.encode()), self._calls[number]])
        plan = self.scenario
        setup_s = float(plan.setup.draw(rng, 1)[0])
        fate = rng.random()
        answer = plan.answer.at(self.now() - self.began)
        if fate < answer:
            return self._person(rng, setup_s)
        fate -= answer
        if fate < plan.machine:
            ring_s = float(plan.machine_ring.draw(rng, 1)[0])
            talk_s = float(plan.machine_talk.draw(rng, 1)[0])
            return Callee(Kind.MACHINE, setup_s, ring_s, talk_s)
        fate -= plan.machine
        refusal_s = float(plan.refusal_ring.draw(rng, 1)[0])
        if fate < plan.busy:
            return replace(busy(refusal_s), post_dial_s=setup_s)
        fate -= plan.busy
        if fate < plan.invalid:
            return replace(invalid(), post_dial_s=setup_s)
        fate -= plan.invalid
        if fate < plan.failed:
            return Callee(Kind.REFUSED, setup_s, 0.0, sip=503)
        return Callee(Kind.NO_ANSWER, setup_s)

    def _person(self, rng: np.random.Generator, setup_s: float) -> Callee:
        plan = self.scenario
        patience_s = math.inf if plan.patience is None else float(plan.patience.draw(rng, 1)[0])
        return Callee(
            Kind.HUMAN,
            setup_s,
            float(plan.ring.draw(rng, 1)[0]),
            float(plan.talk.draw(rng, 1)[0]),
            patience_s=min(patience_s, 30.0),
            presses_optout=bool(rng.random() < OPT_OUT_SHARE),
        )
