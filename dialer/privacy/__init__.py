"""What is known of people: how long it is kept, giving it to them, and forgetting them."""

from __future__ import annotations

from dialer.privacy.keys import KeyFileError, key_for, known_key
from dialer.privacy.retention import Cutoffs, cutoffs_of, looked_back_s
from dialer.privacy.sweep import plan, sweep
from dialer.privacy.sweeper import Sweeper

__all__ = [
    "Cutoffs",
    "KeyFileError",
    "Sweeper",
    "cutoffs_of",
    "key_for",
    "known_key",
    "looked_back_s",
    "plan",
    "sweep",
]
