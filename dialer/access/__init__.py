"""Who may do what: passwords, sessions, programs' keys, and how often somebody may guess."""

from __future__ import annotations

from dialer.access.identity import Identity, Refused, Who
from dialer.access.passwords import BadPassword, checked, hashed

__all__ = ["BadPassword", "Identity", "Refused", "Who", "checked", "hashed"]
