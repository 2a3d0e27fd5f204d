"""What may be asked of a report: which days, whose calls, grouped by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialer.compliance.ledgers import LedgerRule
from dialer.reports.period import Period

GROUPINGS = ("campaign", "team", "agent", "list", "trunk", "hour", "day")


@dataclass(frozen=True, slots=True)
class Asked:
    """Days; campaigns, empty for all; one team or agent, empty for all; groupings, empty for all of them."""

    period: Period
    campaigns: tuple[str, ...] = ()
    team: str = ""
    agent: str = ""
    by: tuple[str, ...] = ()

    @property
    def groupings(self) -> tuple[str, ...]:
        """What to group by, in the order in which it is shown."""
        return tuple(one for one in GROUPINGS if one in self.by) or GROUPINGS

    @property
    def whole(self) -> bool:
        """Whether it is about everybody: calls nobody answered belong to no agent."""
        return not (self.team or self.agent)


@dataclass(frozen=True, slots=True)
class CampaignRules:
    """What a report must know of a campaign. `values`: cents of each disposition that converts, None: as told."""

    campaign_id: str
    zone: str = "UTC"
    currency: str = ""
    values: Mapping[str, int | None] = field(default_factory=dict)
    machine_codes: frozenset[str] = frozenset()
    reached_codes: tuple[str, ...] = ()
    ledgers: tuple[LedgerRule, ...] = ()
    false_positives: float = 0.0
