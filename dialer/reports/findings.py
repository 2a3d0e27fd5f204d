"""What is read out of the sums: rankings, best hours, causes, trunks, ledgers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dialer.compliance.bounds import upper_bound
from dialer.compliance.ledgers import LedgerRule, Share, Tally, shares
from dialer.reports.sums import Figures, Summing
from dialer.reports.table import Column, Kind, Table

TOP_SHARE = 0.2
LEAST_DIALS = 30
_Z = 1.959964
"""Normal quantile of a two-sided 95 % interval."""

CAUSES: Mapping[int, str] = {
    0: "none told",
    1: "unallocated number",
    3: "no route",
    16: "normal clearing",
    17: "busy",
    18: "no user responding",
    19: "no answer",
    20: "subscriber absent",
    21: "rejected",
    22: "number changed",
    26: "released by us, or picked up elsewhere",
    27: "destination out of order",
    28: "invalid number format",
    31: "normal, unspecified",
    34: "no channel free",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    44: "channel not available",
    58: "bearer not available",
    127: "interworking",
}
"""Hang-up causes by ITU-T Q.850 in Asterisk's reading."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def wilson(hits: float, trials: float) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson (1927); (0, 1) of nothing."""
    if trials <= 0:
        return 0.0, 1.0
    share, z2 = hits / trials, _Z * _Z
    middle = share + z2 / (2 * trials)
    half = _Z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    scale = 1 + z2 / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def ranking(agents: Summing[Any], *, money: bool) -> Table:
    """Agents by what their dispositions were worth, then by conversions; and each one's share of the whole."""
    found = sorted(agents, key=lambda item: (*(-one for one in _worth(item[1], money)), item[0]))
    value = sum(sums["value_cents"] for _, sums in found) if money else 0.0
    conversions = sum(sums["conversions"] for _, sums in found)
    rows, so_far = [], 0.0
    for place, (agent, sums) in enumerate(found, 1):
        part, whole = (sums["value_cents"], value) if value else (sums["conversions"], conversions)
        so_far += part
        row = (
            place,
            agent,
            sums.count("contacts"),
            sums.count("conversions"),
            sums["value_cents"] / 100 if money else None,
            part / whole if whole else None,
            so_far / whole if whole else None,
        )
        rows.append(row)
    columns = (
        Column("rank", "Rank"),
        Column("agent", "Agent", Kind.TEXT),
        Column("contacts", "Contacts"),
        Column("conversions", "Conversions"),
        Column("value", "Value", Kind.MONEY),
        Column("share", "Share of all", Kind.SHARE),
        Column("cumulative_share", "This and better ones", Kind.SHARE),
    )
    return Table("ranking", "Agents by value", columns, tuple(rows), _top_note(rows, bool(value)))


def _worth(sums: Figures, money: bool) -> tuple[float, ...]:
    return (sums["value_cents"] if money else 0.0, sums["conversions"], sums["contacts"])


def _top_note(rows: Sequence[tuple[Any, ...]], by_value: bool) -> str:
    if not rows or rows[-1][6] is None:
        return "Nothing was converted."
    top = math.ceil(TOP_SHARE * len(rows))
    what = "value" if by_value else "conversions"
    agents = "agent brings" if top == 1 else "agents bring"
    return f"The best {top} of {len(rows)} {agents} {100 * rows[top - 1][6]:.0f} % of the {what}."


def best_hours(sums: Summing[tuple[int, int]]) -> Table:
    """Hours of the week by people reached per dial, the surest first: by the lower end of the interval."""
    found = []
    for (weekday, hour), each in sums:
        if each["dials"] >= LEAST_DIALS:
            low, high = wilson(min(each["reached"], each["dials"]), each["dials"])
            found.append((-low, weekday, hour, each, high))
    rows = tuple(
        (
            DAYS[weekday],
            f"{hour:02d}:00",
            each.count("dials"),
            each.count("reached"),
            each["reached"] / each["dials"],
            -low,
            high,
        )
        for low, weekday, hour, each, high in sorted(found, key=lambda one: one[:3])
    )
    columns = (
        Column("weekday", "Day", Kind.TEXT),
        Column("hour", "Hour", Kind.TEXT),
        Column("dials", "Dials"),
        Column("reached", "Reached"),
        Column("contact_rate", "Reached per dial", Kind.SHARE),
        Column("low", "at least (95 %)", Kind.SHARE),
        Column("high", "at most (95 %)", Kind.SHARE),
    )
    note = f"Hours with at least {LEAST_DIALS} dials, by the lower end of Wilson's interval."
    return Table("best_hours", "Best hours", columns, rows, note)


def causes(sums: Summing[Any]) -> Table:
    """Why calls ended, most frequent first."""
    found = sorted(sums, key=lambda item: (-item[1]["attempts"], str(item[0])))
    whole = sum(each["attempts"] for _, each in found)
    rows = tuple(
        (outcome, cause, _named(cause), each.count("attempts"), each["attempts"] / whole)
        for (outcome, cause), each in found
    )
    columns = (
        Column("outcome", "Outcome", Kind.TEXT),
        Column("cause", "Cause"),
        Column("meaning", "Meaning", Kind.TEXT),
        Column("calls", "Calls"),
        Column("share", "Share", Kind.SHARE),
    )
    return Table("causes", "Hang-up causes", columns, rows, "Causes by ITU-T Q.850.")


def _named(cause: int | None) -> str:
    return "" if cause is None else CAUSES.get(cause, "")


def dispositions(sums: Summing[Any], *, money: bool) -> Table:
    """What agents said, most frequent first."""
    found = sorted(sums, key=lambda item: (-item[1]["attempts"], item[0]))
    rows = tuple(
        (
            campaign,
            code,
            each.count("attempts"),
            each.count("conversions"),
            each["value_cents"] / 100 if money else None,
        )
        for (campaign, code), each in found
    )
    columns = (
        Column("campaign", "Campaign", Kind.TEXT),
        Column("disposition", "Disposition", Kind.TEXT),
        Column("calls", "Calls"),
        Column("conversions", "Conversions"),
        Column("value", "Value", Kind.MONEY),
    )
    return Table("dispositions", "Dispositions", columns, rows)


def trunks(sums: Summing[Any]) -> Table:
    """How healthy each trunk is: what it refused, what was answered, how long until it rang."""
    rows = tuple(
        (
            trunk,
            each.count("dials"),
            each.count("failed"),
            _share(each["failed"], each["dials"] + each["failed"]),
            _share(each["answered"], each["dials"]),
            _share(each["post_dial_s"], each["rang"]),
            _share(each["talk_s"], each["talked"]),
        )
        for trunk, each in sorted(sums, key=lambda item: item[0])
    )
    columns = (
        Column("trunk", "Trunk", Kind.TEXT),
        Column("dials", "Dials"),
        Column("failed", "Failed by the trunk"),
        Column("failed_rate", "Failed share", Kind.SHARE),
        Column("answer_rate", "Answered per dial", Kind.SHARE),
        Column("post_dial_s", "Until it rings", Kind.SECONDS),
        Column("talk_mean_s", "Talk per conversation", Kind.SECONDS),
    )
    return Table("trunks", "Trunk health", columns, rows)


def _share(over: float, under: float) -> float | None:
    return over / under if under else None


LEDGER_COLUMNS = (
    Column("campaign", "Campaign", Kind.TEXT),
    Column("ledger", "Ledger", Kind.TEXT),
    Column("calls", "Calls"),
    Column("live", "In time"),
    Column("abandoned", "Abandoned"),
    Column("machines", "Machines"),
    Column("share", "Figure", Kind.SHARE),
    Column("upper", "surely below (95 %)", Kind.SHARE),
    Column("limit", "Limit", Kind.SHARE),
)


def ledger_row(
    campaign: str, rule: LedgerRule, tally: Tally, false_positives: float, at_most: float | None = None
) -> tuple[str | int | float | None, ...]:
    """One ledger's figure over the report's days, by its own formula, with its upper 95 % bound."""
    over, under = shares(rule, tally, false_positives)
    most, of = shares(rule, tally, false_positives if at_most is None else at_most)
    # A / L is no share of a whole: bound A / (L + A), then turn it round.
    bound = upper_bound(most, of + most if rule.share is Share.SUCCESSFUL else of)
    if rule.share is Share.SUCCESSFUL:
        bound = bound / (1.0 - bound) if bound < 1.0 else 1.0
    figure = over / under if under > 0 else None
    return (
        campaign,
        rule.name,
        tally.calls,
        tally.live,
        tally.abandoned,
        tally.machines,
        figure,
        bound,
        rule.limit,
    )


def ledgers(rows: Sequence[tuple[str | int | float | None, ...]]) -> Table:
    """Abandonment by each jurisdiction's formula."""
    note = (
        "Over the days of this report, whatever the ledger's own window; the wallboard shows each over its own. "
        "A call counts on the day of its answer."
    )
    return Table("ledgers", "Abandonment by ledger", LEDGER_COLUMNS, tuple(rows), note)
