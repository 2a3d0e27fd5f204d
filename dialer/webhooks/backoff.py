"""When a message that was not taken is tried again."""

from __future__ import annotations

FIRST_S = 5.0
LONGEST_S = 6 * 3600.0
LONGEST_REST_S = 300.0


def delay_s(tries: int, jitter: float, wanted_s: float | None = None) -> float:
    """Seconds until the next try after `tries` failures; `jitter` in 0..1 spreads them.

    Doubles from five seconds to six hours, half of it by chance; never sooner than the receiver asked (`wanted_s`),
    which may ask for six hours at most.
    """
    full = min(LONGEST_S, FIRST_S * 2.0 ** min(tries, 20))
    return max(full * (0.5 + 0.5 * jitter), min(wanted_s or 0.0, LONGEST_S))


def rest_s(failures: int, jitter: float) -> float:
    """Seconds for which a receiver that is down is left alone after so many failures in a row."""
    return min(LONGEST_REST_S, 2.0 ** min(failures, 12)) * (0.5 + 0.5 * jitter)
