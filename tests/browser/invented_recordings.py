"""Invented recordings: a page of them, one with its outline, and a sound."""

from __future__ import annotations

import io
import math
import random
import wave
from typing import Any

AGENTS = ("lin", "wei", "ann", "bob")
NAMES = [{"id": one, "name": one.title()} for one in AGENTS]
CAMPAIGNS = [{"id": "return-visits", "name": "Return visits"}, {"id": "survey", "name": "Survey"}]
PEOPLE = ("Ada Byron", "Zhao Min", "Grace H.", "Li Na", "Alan T.", "Wang Fang", "Mary K.", "Chen Jie")
SAID = ("done", "callback", "not-reached", "done")


def listed(now: float) -> list[dict[str, Any]]:
    """Newest first."""
    return [one(n, now) for n in range(40, 0, -1)]


def one(number: int, now: float) -> dict[str, Any]:
    """A recording by its number."""
    return {
        "id": number,
        "name": f"c-main-x-{number}",
        "attempt": f"c-main-x-{number}",
        "campaign": "return-visits",
        "agent": AGENTS[number % 4],
        "lead": 100 + number,
        "lead_name": PEOPLE[number % 8],
        "external_id": f"P-{1000 + number}",
        "disposition": SAID[number % 4],
        "started_at": now - (41 - number) * 431.0,
        "length_s": 20.0 + number * 37 % 400,
        "bytes": 300_000,
        "format": "wav",
        "due_at": None,
    }


def opened(number: int, now: float) -> dict[str, Any]:
    """The same with who spoke when: turns of a few seconds."""
    dice, sides, turn, left = random.Random(number), ([], []), 0, 0  # type: ignore[var-annotated]
    for _ in range(800):
        if left == 0:
            turn, left = 1 - turn, dice.randint(8, 50)
        left -= 1
        for side in (0, 1):
            loud = dice.randint(20, 110) if side == turn and dice.random() < 0.85 else dice.randint(0, 3)
            sides[side].append(loud)
    return {**one(number, now), "checksum": "ab" * 32, "peaks": {"person": sides[0], "agent": sides[1]}}


def machines(words: int) -> list[dict[str, Any]]:
    """Two campaigns: one with enough reviews, one that begins."""
    rest = {"amd": True, "action": "message", "least": 50, "days": 90, "review_share": 0.02}
    return [
        {"campaign": "return-visits", "name": "Return visits", "share": 0.031, "bound": 0.0552,
         "source": "reviewed", "person": 5, "unclear": 1, "machine": 189 + words, "reviewed": 195 + words,
         "waiting": 12 - words, "configured": 0.05, **rest},
        {"campaign": "survey", "name": "Survey", "share": 0.05, "bound": 0.05, "source": "configured",
         "person": 0, "unclear": 0, "machine": 7, "reviewed": 7, "waiting": 3, "configured": 0.05, **rest},
    ]  # fmt: skip


def sound(length_s: float = 20.0) -> bytes:
    """Two quiet tones."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = [round(3000 * math.sin(n * 0.3)) for n in range(8000)]
        second = b"".join(value.to_bytes(2, "little", signed=True) * 2 for value in tone)
        file.writeframes(second * round(length_s))
    return out.getvalue()
