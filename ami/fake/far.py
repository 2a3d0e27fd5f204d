"""The far end: people and phones that answer, talk, press keys and hang up, as their behaviour says."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

from ami.fake.behaviour import AgentPhone, Behaviour, Callee, Kind
from ami.fake.channels import Channel, Originate
from ami.fake.records import KEEP_CALLS, CarrierCall, Sums
from ami.fake.timers import Timers, cancel


class FarEnd:
    """Acts on channels through `hang_up`; keeps the carrier's record of the last `keep_calls` calls, None: of all.

    `sums` are over all calls, by the first two characters of the channel's id, which say what kind of call it is.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        timers: Timers,
        now: Callable[[], float],
        epoch_s: float,
        hang_up: Callable[[Channel], None],
        *,
        keep_calls: int | None = KEEP_CALLS,
    ) -> None:
        self.behaviour = behaviour
        self.calls: deque[CarrierCall] = deque(maxlen=keep_calls)
        self.sums: defaultdict[str, Sums] = defaultdict(Sums)
        self._timers = timers
        self._now = now
        self._epoch_s = epoch_s
        self._hang_up = hang_up

    def of(self, order: Originate) -> Callee | AgentPhone:
        """Who or what is at the far end of this call."""
        if order.context in ("dialer-seat", "dialer-listen"):
            return self.behaviour.phone(order.channel)
        number, _, trunk = order.target.partition("@")
        return self.behaviour.trunk(trunk) or self.behaviour.callee(number)

    def arrives(self, channel: Channel, order: Originate) -> None:
        """The call reaches the carrier."""
        far = channel.far
        if isinstance(far, Callee):
            number = order.target.partition("@")[0]
            channel.call = CarrierCall(
                number, far.kind.value, channel.unique_id, order.caller[0], self._epoch()
            )
            channel.talk_left_s = far.talk_s
            self.calls.append(channel.call)
            self.sums[channel.unique_id[:2]].calls += 1

    def rings(self, channel: Channel) -> None:
        """The phone rings."""
        if channel.call is not None:
            channel.call.rang_at = self._epoch()

    def answered(self, channel: Channel) -> None:
        """Picked up: from now on it has a will of its own."""
        far = channel.far
        if isinstance(far, AgentPhone):
            if far.drops_after_s is not None:
                self._leaves_in(channel, far.drops_after_s)
            return
        if channel.call is not None:
            channel.call.answered_at = self._epoch()
        if far.leaves_after_s is not None:
            channel.leaves = self._timers.set(
                self._now() + far.leaves_after_s, lambda: self._hang_up(channel)
            )
        self._leaves_in(channel, far.talk_s if far.kind is Kind.MACHINE else far.patience_s)

    def hears(self, channel: Channel, what: str) -> None:
        """Something comes out of the receiver."""
        if channel.call is not None:
            channel.call.heard.append((self._epoch(), what))

    def connected(self, channel: Channel) -> None:
        """An agent is there."""
        far = channel.far
        self.hears(channel, "agent")
        channel.talk_from = self._now()
        if isinstance(far, Callee) and far.kind is Kind.HUMAN:
            self._leaves_in(channel, channel.talk_left_s)

    def disconnected(self, channel: Channel) -> None:
        """The agent is gone."""
        far = channel.far
        talked_s = self._talked(channel)
        if isinstance(far, Callee) and far.kind is Kind.HUMAN:
            channel.talk_left_s = max(0.0, channel.talk_left_s - talked_s)
            self._leaves_in(channel, far.patience_s)

    def key(self, channel: Channel, optout_key: str, for_s: float) -> tuple[float, str] | None:
        """The key pressed while this message plays, and after how long; None for none."""
        far, call = channel.far, channel.call
        if call is None or not isinstance(far, Callee) or far.optout_after_s >= for_s:
            return None
        keys = far.presses + (optout_key if far.presses_optout else "")
        key = keys[len(call.pressed) : len(call.pressed) + 1]
        return (far.optout_after_s, key) if key else None

    def over(self, channel: Channel, by: str) -> None:
        """The call ends."""
        cancel(channel.will, channel.leaves)
        self._talked(channel)
        call = channel.call
        if call is not None and call.ended_at is None:
            call.ended_at, call.ended_by = self._epoch(), by

    def _talked(self, channel: Channel) -> float:
        since, channel.talk_from = channel.talk_from, None
        talked_s = 0.0 if since is None else self._now() - since
        if channel.call is not None:
            channel.call.talk_s += talked_s
            self.sums[channel.unique_id[:2]].talk_s += talked_s
        return talked_s

    def _leaves_in(self, channel: Channel, after_s: float) -> None:
        cancel(channel.will)
        channel.will = self._timers.set(self._now() + after_s, lambda: self._hang_up(channel))

    def _epoch(self) -> float:
        return self._epoch_s + self._now()
