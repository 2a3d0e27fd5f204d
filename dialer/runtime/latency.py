"""From a person's answer to two people in one bridge, by the switch's own event times."""

from __future__ import annotations

from collections import deque

import ami
from dialer.runtime.translate import is_call

KEPT = 10_000
"""The most recent bridges; older ones are forgotten."""


class Latency:
    """Answer to bridge in seconds for each connected call of a node."""

    def __init__(self) -> None:
        self._answered: dict[str, float] = {}
        self._samples: deque[float] = deque(maxlen=KEPT)
        self.bridges = 0

    def see(self, event: ami.Event) -> None:
        """Take what the switch says, in any order."""
        match event:
            case ami.ChannelAnswered(channel_id=channel) if is_call(channel):
                self._answered.setdefault(channel, event.at)
            case ami.BridgeEntered(channel_id=channel, holding=False) if is_call(channel):
                answered = self._answered.pop(channel, None)
                if answered is not None:
                    self._samples.append(max(0.0, event.at - answered))
                    self.bridges += 1
            case ami.ChannelHungUp(channel_id=channel):
                self._answered.pop(channel, None)

    def quantiles_s(self) -> tuple[float, float, float] | None:
        """The 50th, 95th and 99th percentile of the kept samples; None without any."""
        if not self._samples:
            return None
        ordered = sorted(self._samples)
        last = len(ordered) - 1
        return (ordered[round(0.50 * last)], ordered[round(0.95 * last)], ordered[round(0.99 * last)])
