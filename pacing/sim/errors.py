"""What can go wrong in the simulated call centre."""

from __future__ import annotations


class SimError(Exception):
    """The simulation cannot go on."""


class PolicyError(SimError):
    """The policy decided something impossible."""
