"""What is wrong on the floor: since when, what happens by itself, and what a person can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dialer.board.campaign import CampaignView
from dialer.core import events as ev
from dialer.runtime.dialer import Dialer
from pacing import Limit

BAD, WARN = "bad", "warn"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing wrong; `id` is the same for as long as it is the same thing."""

    id: str
    level: str
    title: str
    detail: str
    does: str
    remedy: str
    campaign: str | None = None


def look(dialer: Dialer, views: dict[str, CampaignView], now: float) -> Iterator[Alarm]:
    """All alarms now."""
    yield from _of_house(dialer)
    for name, node in dialer.nodes.items():
        if not node.up:
            yield Alarm(
                f"node:{name}",
                BAD,
                f"{name} cannot be reached",
                node.reason,
                "Its campaigns place no calls; conversations go on in Asterisk, and the line is tried again.",
                "See that Asterisk runs and that its manager interface answers; run: dialer doctor",
            )
        for trunk in node.trunks.report(now):
            if trunk.rests_until is not None:
                yield Alarm(
                    f"trunk:{name}:{trunk.name}",
                    WARN,
                    f"Trunk {trunk.name} rests",
                    "The carrier refused several calls in a row.",
                    "Calls take the next trunk; this one is tried again after its rest.",
                    "If it goes on, ask the carrier, or raise the trunk's limits if they are lower than agreed.",
                )
    for name, one in dialer.troubles.items():
        yield Alarm(name, one.level, one.title, one.detail, one.does, one.remedy, one.campaign)
    for view in views.values():
        yield from _of_campaign(dialer, view, now)


def _of_house(dialer: Dialer) -> Iterator[Alarm]:
    forbidden: dict[str, str] = {}
    for runner in dialer.floors.values():
        forbidden |= runner.floor.forbidden
    if away := database_trouble(dialer):
        yield Alarm(
            "database",
            BAD,
            "The database is away",
            away,
            "No new calls; conversations go on, and everything is kept in the journal until it is back.",
            "Start the database or mend the network to it; run: dialer db status",
        )
    if why := forbidden.get("journal"):
        yield Alarm(
            "journal",
            BAD,
            "The journal cannot be written",
            why,
            "No new calls; what happens meanwhile is kept in memory and written when it works again.",
            "Make room on the disk of data_dir, or mend its permissions.",
        )
    for source, why in forbidden.items():
        if source not in ("database", "journal"):
            yield Alarm(
                f"forbidden:{source}",
                BAD,
                "No new calls may be placed",
                why,
                "Conversations go on; no new calls until this is over.",
                "Read the daemon's log; restart it if it does not mend.",
            )


def _of_campaign(dialer: Dialer, view: CampaignView, now: float) -> Iterator[Alarm]:
    runner, campaign = view.runner, view.runner.campaign_id
    floor = runner.floor
    deadlines = dialer.outreach[campaign].deadlines.counts
    if deadlines is not None and deadlines.at_risk:
        yield Alarm(
            f"deadlines:{campaign}",
            WARN,
            f"{deadlines.at_risk} leads will probably miss their deadline",
            f"{deadlines.leads} leads have one.",
            "Leads near their deadline are called first, at their best hours.",
            "Put more agents on this campaign, or move deadlines; dialer leads at-risk lists them.",
            campaign,
        )
    if floor.run_state is not ev.RunState.RUNNING:
        return
    decision = floor.why.decision
    if decision is not None and decision.why.limit is Limit.BUDGET:
        yield Alarm(
            f"budget:{campaign}",
            BAD,
            "The abandonment budget is spent",
            f"Ledger: {floor.ledger or 'its own limit'}.",
            "Calls are placed only where a ready agent is kept for each; the budget grows with every answer.",
            "Wait for the window to move on, or add agents; the limit itself is the law's.",
            campaign,
        )
    if floor.roster.working == 0:
        yield Alarm(
            f"agents:{campaign}",
            WARN,
            "No agent is at work",
            "The campaign runs, but nobody is logged in and at work on it.",
            "No calls are placed; dialing begins when an agent is ready.",
            "Ask agents to log in, or pause the campaign.",
            campaign,
        )
    elif floor.claim_after > now and floor.claim_why and not database_trouble(dialer):
        yield Alarm(
            f"list:{campaign}",
            WARN,
            "No lead may be called now",
            floor.claim_why,
            "The list is asked again every few seconds.",
            "Add leads, wait for the window or the retries, or stop the campaign.",
            campaign,
        )


def database_trouble(dialer: Dialer) -> str:
    """Why the database does not work for us now; empty while it does."""
    for runner in dialer.floors.values():
        if why := runner.floor.forbidden.get("database"):
            return why
    return dialer.database_why
