"""What a floor is told by its campaign: plain values and two pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dialer.core.outcomes import Outcome

CLAIM_REST_S = 1.0
"""How long the memory is left alone after it had no lead to give, or the switch refused one."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What becomes of a lead: its state (empty: as it is), when it may be tried again, and why in our own words.

    `close_number`: why the number just called is never to be called again for this lead; `rest_number_until`:
    before then its other numbers come first. `callback_at`: a call is promised, by `for_agent` if by one.
    """

    lead_state: str
    next_at: float | None = None
    reason: str = ""
    for_agent: str | None = None
    dnc_list: str | None = None
    close_number: str | None = None
    callback_at: float | None = None
    rest_number_until: float | None = None


UNCHANGED = FollowUp("")
"""The lead stays as it is."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the memory knows of a lead when it is claimed, for the rules of what follows.

    `zones` are those it is called in. `plan_at` is when to try again if this call reaches nobody;
    `callback_at` and `callback_owner` are a promise that stands until somebody is reached.
    """

    zones: tuple[str, ...] = ()
    plan_at: float | None = None
    callback_at: float | None = None
    callback_owner: str | None = None


NOTHING_KNOWN = Known()


class Rules(Protocol):
    """The campaign's answers to "and now?"; pure, so that a shift can be replayed.

    `past`: outcomes of the lead's earlier calls, and "said=CODE" for each of their dispositions.
    """

    def after_outcome(
        self,
        outcome: Outcome,
        attempts: int,
        at: float,
        *,
        other_numbers: bool = False,
        past: Sequence[str] = (),
        known: Known = NOTHING_KNOWN,
    ) -> FollowUp:
        """The lead after an attempt that no agent can say anything about."""
        ...

    def after_disposition(
        self,
        code: str | None,
        attempts: int,
        at: float,
        callback_at: float | None,
        agent_id: str | None,
        *,
        other_numbers: bool = False,
        past: Sequence[str] = (),
        known: Known = NOTHING_KNOWN,
    ) -> FollowUp:
        """The lead after a conversation; `code` is None when wrap-up ran out without a disposition."""
        ...

    def knows(self, code: str) -> bool:
        """Whether the campaign has a disposition of this code."""
        ...


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """One campaign's floor. `dialing` is auto, preview or manual; `recording` off, on_demand or always.
    `machine_clips` is the share of calls with detection that is recorded for review.

    `hold_s` is the dialplan's own timer on a waiting caller, whole seconds."""

    campaign_id: str
    trunks: tuple[str, ...]
    rules: Rules
    ring_timeout_s: float = 30.0
    hold_s: int = 2
    rescue_s: int = 30
    wrap_up_max_s: float = 120.0
    interval_min_s: float = 0.0
    interval_max_s: float = 600.0
    amd: bool = False
    machine_clips: float = 0.0
    greeting: bool = False
    failover: bool = False
    abandon_limit: float = 0.03
    agent_drop: str = "hang_up"
    recording: str = "off"
    recording_share: float = 1.0
    dialing: str = "auto"
    preview_s: float = 30.0
    preview_on_timeout: str = "pause"
    skip_rest_s: float = 3600.0
    control_minutes_per_hour: float = 0.0

    def bounded(self, interval_s: float) -> float:
        """An agent's own interval, held to the campaign's bounds; what is not a number is the lower bound."""
        if not interval_s >= self.interval_min_s:
            return self.interval_min_s
        return min(interval_s, self.interval_max_s)


OFFER_MARGIN_S = 0.15
"""No agent is offered in the last moments of the hold: the dialplan's timer and our Bridge could both win."""

MAX_OFFERS = 5
"""Agents offered to one caller before the dialplan is left to finish it."""
