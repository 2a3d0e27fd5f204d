"""The routes of /api/v1, a module for each group."""

from __future__ import annotations

from fastapi import APIRouter

from dialer.web.routes import (
    agents,
    board,
    calls,
    campaigns,
    leads,
    listening,
    machines,
    privacy,
    recordings,
    reports,
    session,
    system,
    users,
    webhooks,
)


def routers() -> tuple[APIRouter, ...]:
    """All groups, in the order the document shows them."""
    return (
        session.routes,
        session.setup,
        session.me,
        board.routes,
        campaigns.routes,
        campaigns.dispositions,
        campaigns.reports,
        reports.routes,
        reports.mine,
        agents.routes,
        agents.targets,
        listening.routes,
        leads.routes,
        leads.callbacks,
        webhooks.partner,
        leads.dnc,
        privacy.routes,
        calls.routes,
        calls.attempts,
        recordings.routes,
        machines.routes,
        users.users,
        users.tokens,
        users.audit,
        webhooks.routes,
        system.routes,
    )
