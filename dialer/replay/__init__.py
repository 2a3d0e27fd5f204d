"""A recorded shift through the core again: bit for bit, or under other settings."""

from __future__ import annotations

from dialer.replay.errors import BadRecording
from dialer.replay.player import Difference, Player, Replayed, replay
from dialer.replay.source import Recording, opened

__all__ = ["BadRecording", "Difference", "Player", "Recording", "Replayed", "opened", "replay"]
