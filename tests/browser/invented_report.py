"""An invented week of a return-visit centre, put together by the real arithmetic."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from dialer.compliance.ledgers import LedgerRule, Share, Tally
from dialer.reports import Report, findings, tables
from dialer.reports.formats import document
from dialer.reports.gather import BREAKDOWNS
from dialer.reports.sums import PLACE, WIDTH, Key, Summing

FIRST = date(2026, 11, 16)
AGENTS = ("ann", "bob", "cai", "dora", "emil", "fang", "gina", "hugo", "ines", "jun")
CAUSES = {"no_answer": 19, "busy": 17, "connected": 16, "machine": 16, "trunk_failed": 34, "released": 26}


def report() -> Report:
    """Five days of ten agents on two campaigns."""
    groups = {**tables.GROUPS, **BREAKDOWNS}
    sums = {name: Summing(group) for name, group in groups.items()}
    keys, values = _cells(random.Random(11))
    for one in sums.values():
        one.add(keys, values)
    found = [tables.grouped(by, sums[by]) for by in tables.GROUPS]
    us = LedgerRule("us-federal", 0.03, false_positives=True)
    italy = LedgerRule("italy", 0.03, share=Share.SUCCESSFUL)
    tally = Tally(9_120, 2_210, 41, 310, 0, 12)
    found += [
        findings.ranking(sums["agents"], money=True),
        findings.dispositions(sums["dispositions"], money=True),
        findings.ledgers([findings.ledger_row("return-visits", rule, tally, 0.05) for rule in (us, italy)]),
        findings.best_hours(sums["week"]),
        findings.causes(sums["causes"]),
        findings.trunks(sums["trunks"]),
    ]
    made_at = datetime(2026, 11, 20, 20, 5, tzinfo=UTC)
    period = f"{FIRST}..{FIRST + timedelta(days=4)}"
    title = f"All campaigns, {period}"
    return Report(title, period, "Asia/Shanghai", "EUR", made_at, tuple(found), "main")


def answer() -> dict[str, Any]:
    """The same as the page is told it."""
    choices = {
        "campaigns": {"return-visits": "Return visits", "spring": "Spring offers"},
        "teams": ["north", "south"],
    }
    return {**document(report()), "choices": choices}


def _cells(dice: random.Random) -> tuple[list[Key], Any]:
    keys: list[Key] = []
    rows: list[dict[str, float]] = []
    for day in range(5):
        for hour in range(9, 19):
            good = 0.18 + 0.10 * (hour >= 16) - 0.06 * (hour == 12)
            for n, agent in enumerate(AGENTS):
                dials = dice.randint(8, 16)
                talked = sum(dice.random() < good for _ in range(dials))
                sold = sum(dice.random() < 0.06 + 0.03 * (n % 4) for _ in range(talked))
                talk_s = talked * dice.uniform(120, 260)
                about = Key(
                    "return-visits" if n % 3 else "spring", FIRST + timedelta(days=day), hour, agent,
                    "north" if n < 5 else "south", "carrier" if dice.random() < 0.7 else "reserve",
                    "4f1c0d2e9a7b6c5d" if n % 2 else "", "connected", "sold" if sold else "no", 16,
                )  # fmt: skip
                keys.append(about)
                work = max(0.0, 3_300 - talk_s)
                rows.append(
                    {
                        "attempts": talked, "dials": talked, "answered": talked, "talked": talked,
                        "contacts": talked, "reached": talked, "conversions": sold, "talk_s": talk_s,
                        "value_cents": sold * dice.randint(4_000, 42_000), "talking": talk_s, "away": 300,
                        "ready": 0.2 * work, "wrapup": 0.4 * work, "interval": 0.4 * work, "rang": talked,
                        "post_dial_s": 2.1 * talked,
                    }
                )  # fmt: skip
                missed = dials - talked
                outcome = dice.choice(("no_answer", "no_answer", "busy", "machine", "released"))
                keys.append(
                    about._replace(agent="", team="", outcome=outcome, disposition="", cause=CAUSES[outcome])
                )
                rows.append(
                    {"attempts": missed, "dials": missed, "answered": missed * (outcome == "machine")}
                )
    values = np.zeros((len(rows), WIDTH))
    for place, row in enumerate(rows):
        for name, amount in row.items():
            values[place, PLACE[name]] = amount
    return keys, values
