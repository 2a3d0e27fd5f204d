"""From a person's answer to two people in one bridge, by the switch's own event times."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container

import ami
from dialer.runtime.translate import is_call

KEPT = 10_000
"""The most recent bridges; older ones are forgotten."""


class Latency:
    """Answer to both in one bridge, seconds, for each connected call of a node."""

    def __init__(self) -> None:
        self._answered: dict[str, float] = {}
        self._alone: dict[str, str] = {}
        self._samples: deque[float] = deque(maxlen=KEPT)
        self.bridges = 0
        self.on_bridge: Callable[[float], None] | None = None

    def see(self, event: ami.Event) -> None:
        """Take what the switch says, in any order."""
        match event:
            case ami.BridgeEntered(holding=False):
                self._entered(event)
            case ami.ChannelAnswered(channel_id=channel) if is_call(channel):
                self._answered.setdefault(channel, event.at)
            case ami.ChannelHungUp(channel_id=channel):
                self._answered.pop(channel, None)
                for bridge in [one for one, call in self._alone.items() if call == channel]:
                    del self._alone[bridge]

    def only(self, live: Container[str]) -> None:
        """Forget every channel but these: the end of some may never have been told."""
        self._answered = {one: at for one, at in self._answered.items() if one in live}
        self._alone = {bridge: one for bridge, one in self._alone.items() if one in live}

    def quantiles_s(self) -> tuple[float, float, float] | None:
        """The 50th, 95th and 99th percentile of the kept samples; None without any."""
        if not self._samples:
            return None
        ordered = sorted(self._samples)
        last = len(ordered) - 1
        return (ordered[round(0.50 * last)], ordered[round(0.95 * last)], ordered[round(0.99 * last)])

    def _entered(self, event: ami.BridgeEntered) -> None:
        """Whoever comes second makes it a conversation."""
        if is_call(event.channel_id):
            self._alone[event.bridge_id] = event.channel_id
        if event.members < 2:
            return
        answered = self._answered.pop(self._alone.pop(event.bridge_id, ""), None)
        if answered is not None:
            took_s = max(0.0, event.at - answered)
            self._samples.append(took_s)
            self.bridges += 1
            if self.on_bridge is not None:
                self.on_bridge(took_s)
