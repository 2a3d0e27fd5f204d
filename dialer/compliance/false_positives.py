"""People among the calls that answering-machine detection takes for machines: how many, and how many at most."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.compliance.bounds import upper_bound


class Source(StrEnum):
    """Where a share comes from."""

    CONFIGURED = "configured"  # nobody listened yet, or too few calls to lower what is configured
    FEW = "few"  # too few were heard, but more people among them than configured
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class FalsePositives:
    """The share of D that are people: `share` goes into a ledger's figure, `upper` into its bound.

    `people` of `reviewed` calls were people, or could be; both are 0 where nobody listened.
    """

    share: float
    upper: float
    source: Source = Source.CONFIGURED
    people: int = 0
    reviewed: int = 0


NOBODY = FalsePositives(0.0, 0.0)
"""Every machine heard is one."""


def measured(configured: float, people: int, unclear: int, machines: int, least: int) -> FalsePositives:
    """What reviewed calls, picked by chance among D, say of all of D; what nobody could tell counts as a person.

    From `least` reviewed calls on: k / n, and the one-sided 95 % upper bound by Clopper and Pearson (1934). With
    fewer the configured share stays, or k / n where that is higher; it has no bound, so it is its own.
    """
    found = people + unclear
    reviewed = found + machines
    if reviewed >= max(1, least):
        share = found / reviewed
        return FalsePositives(share, upper_bound(found, reviewed), Source.REVIEWED, found, reviewed)
    share = found / reviewed if reviewed else 0.0
    if share > configured:
        return FalsePositives(share, share, Source.FEW, found, reviewed)
    return FalsePositives(configured, configured, Source.CONFIGURED, found, reviewed)
