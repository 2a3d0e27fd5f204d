"""What people heard on the clips of machines, as the ledgers take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import config
import storage
from dialer.compliance.false_positives import FalsePositives, measured
from dialer.compliance.ring_times import Judged, RingBin, binned, doubtful


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One campaign's share of people among the machines heard, and what it is made of."""

    campaign: config.Campaign
    found: FalsePositives
    heard: storage.reviews.Heard

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        machines = self.campaign.machines
        return {
            "campaign": self.campaign.id,
            "name": self.campaign.name or self.campaign.id,
            "amd": self.campaign.amd,
            "action": machines.action.value,
            "share": round(self.found.share, 5),
            "bound": round(self.found.upper, 5),
            "source": self.found.source.value,
            "configured": self.campaign.amd_false_positives,
            "person": self.heard.person,
            "machine": self.heard.machine,
            "unclear": self.heard.unclear,
            "reviewed": self.heard.reviewed,
            "least": machines.review_least,
            "days": machines.review_days,
            "waiting": self.heard.waiting,
            "review_share": machines.review_share,
        }


async def reviewed(db: storage.Database, campaign: config.Campaign, now: datetime) -> Reviewed:
    """Count the words on calls of the last `review_days`."""
    machines = campaign.machines
    heard = await storage.reviews.counts(db, campaign.id, now - timedelta(days=machines.review_days))
    found = measured(
        campaign.amd_false_positives, heard.person, heard.unclear, heard.machine, machines.review_least
    )
    return Reviewed(campaign, found, heard)


async def by_ring(db: storage.Database, campaign: config.Campaign, now: datetime) -> tuple[RingBin, ...]:
    """The verdicts on calls of the last `review_days` by how long they rang, with what people said they were.

    An agent's disposition counts where no clip was heard: one marked `machine: true` says machine, any other person.
    """
    codes = frozenset(one.code for one in campaign.dispositions if one.machine)
    since = now - timedelta(days=campaign.machines.review_days)
    return binned(
        Judged(one.second, one.verdict, _found(one, codes), one.calls)
        for one in await storage.reviews.rung(db, campaign.id, since)
    )


def _found(one: storage.reviews.Rung, codes: frozenset[str]) -> str:
    if one.said:
        return "machine" if one.said == "machine" else "person"
    if one.disposition in ("", "none"):
        return ""
    return "machine" if one.disposition in codes else "person"


async def doubtful_rings(
    db: storage.Database, campaign: config.Campaign, now: datetime
) -> tuple[tuple[int, int], ...]:
    """Lengths of ringing after which the campaign does not believe that it is a machine; none unless it asks for it."""
    machines = campaign.machines
    if not campaign.amd or machines.doubt_above is None or machines.action is config.MachineAction.AGENT:
        return ()
    return doubtful(await by_ring(db, campaign, now), machines.doubt_above, machines.review_least)
