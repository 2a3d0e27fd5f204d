"""The live floor as one document: what the wallboard shows, kept up to date by changes."""

from __future__ import annotations

from dialer.board.board import Board

__all__ = ["Board"]
