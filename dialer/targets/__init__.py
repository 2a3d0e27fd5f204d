"""Activity targets: talk and new numbers within a day's windows, who is behind, and what it takes to catch up. Pure."""

from __future__ import annotations

from dialer.targets.goals import Goal, Measure, Piece, Standing, standings

__all__ = ["Goal", "Measure", "Piece", "Standing", "standings"]
