"""The routes of /api/v1, a module for each group."""

from __future__ import annotations

from fastapi import APIRouter

from dialer.web.routes import board, session


def routers() -> tuple[APIRouter, ...]:
    """All groups."""
    return (session.routes, session.setup, session.me, board.routes)
