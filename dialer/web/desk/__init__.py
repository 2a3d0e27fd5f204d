"""The agent's desk: one socket each, told everything at once and again at each change."""

from __future__ import annotations

from dialer.web.desk.desks import Desks

__all__ = ["Desks"]
