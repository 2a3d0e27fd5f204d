"""The pages and the API of a running dialer, served from its own loop."""

from __future__ import annotations

from dialer.web.server import Website

__all__ = ["Website"]
