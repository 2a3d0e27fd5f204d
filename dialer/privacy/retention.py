"""Until when things are kept: a pure reckoning from the settings and the rules of calling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import config
from dialer.compliance import Rules


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Before which instants a campaign's leads and calls are due; None: they are kept for good.

    `near`: calls before it are put away as they are.
    """

    campaign_id: str
    leads: datetime | None
    calls: datetime | None
    near: datetime


def looked_back_s(all_rules: Iterable[Rules]) -> float:
    """How far back any campaign's rules look for late calls: nothing of that age may be forgotten."""
    furthest = 0.0
    for rules in all_rules:
        for one in (rules, *rules.areas.values()):
            furthest = max(furthest, one.memory_s, one.abandoned_rest_s)
    return furthest


def cutoffs_of(
    settings: config.Settings, campaign_id: str, now: datetime, look_back_s: float
) -> Cutoffs | None:
    """A campaign's cut-offs, its own days before those of all; None: it is under legal hold.

    A campaign that is no longer configured goes by the days of all.
    """
    of_all = settings.privacy
    campaign = settings.campaigns.get(campaign_id)
    own = config.CampaignPrivacy() if campaign is None else campaign.privacy
    if own.hold:
        return None

    def before(days: float) -> datetime:
        return now - max(timedelta(days=days), timedelta(seconds=look_back_s))

    leads_days = of_all.leads_days if own.leads_days is None else own.leads_days
    calls_days = of_all.calls_days if own.calls_days is None else own.calls_days
    return Cutoffs(
        campaign_id,
        None if leads_days is None else before(leads_days),
        None if calls_days is None else before(calls_days),
        before(of_all.near_days),
    )
