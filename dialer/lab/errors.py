"""What can go wrong with the lab."""

from __future__ import annotations


class LabError(Exception):
    """The lab could not do what was asked; the message names the remedy."""


class AsteriskMissing(LabError):
    """No Asterisk 22 on this machine; `python -m dialer.lab.install` (as root) gets one."""


class AsteriskDied(LabError):
    """An Asterisk of the lab ended, or did not come up, by itself."""
