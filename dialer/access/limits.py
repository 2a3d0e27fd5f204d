"""How often somebody may fail, and how often they may ask at all: by key, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict, deque

MOST_KEYS = 10_000
"""Keys remembered; beyond, the one that failed longest ago is forgotten."""


class Failures:
    """Counts failures by key (a name, an address) over the last `window_s` seconds."""

    def __init__(self, most: int, window_s: float) -> None:
        self._most = most
        self._window_s = window_s
        self._at: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Keys remembered."""
        return len(self._at)

    def wait_s(self, key: str, now: float) -> float:
        """Seconds until this key may try again; 0: now."""
        failed = self._at.get(key)
        if failed is None:
            return 0.0
        while failed and failed[0] <= now - self._window_s:
            failed.popleft()
        if not failed:
            del self._at[key]
            return 0.0
        return 0.0 if len(failed) < self._most else failed[-self._most] + self._window_s - now

    def failed(self, key: str, now: float) -> None:
        """One more failure."""
        self._at.setdefault(key, deque(maxlen=self._most)).append(now)
        self._at.move_to_end(key)
        while len(self._at) > MOST_KEYS:
            self._at.popitem(last=False)

    def forgive(self, key: str) -> None:
        """It went well: forget the failures before."""
        self._at.pop(key, None)


class Allowance:
    """Lets each key ask `per_s` times a second in the long run, and `burst_s` seconds' worth of it at once."""

    def __init__(self, per_s: float, burst_s: float) -> None:
        self._per_s = per_s
        self._most = per_s * burst_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Keys remembered."""
        return len(self._left)

    def wait_s(self, key: str, now: float) -> float:
        """Ask once more: 0 where it is granted, else the seconds until it will be."""
        left, at = self._left.get(key, (self._most, now))
        left = min(self._most, left + max(0.0, now - at) * self._per_s)
        granted = left >= 1.0
        self._left[key] = (left - 1.0 if granted else left, now)
        self._left.move_to_end(key)
        while len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)
        return 0.0 if granted else (1.0 - left) / self._per_s
