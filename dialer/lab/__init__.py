"""A real Asterisk to try the dialer on: PBX, carrier, people and phones, on loopback."""

from __future__ import annotations
