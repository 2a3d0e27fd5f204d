"""Passwords: argon2id, one at a time and off the loop, so that guessing never holds up a call."""

from __future__ import annotations

import asyncio
import unicodedata
from functools import cache

import argon2
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST, LONGEST = 12, 200

# The parameters OWASP gives for a busy server: 19 MiB and two passes on one core.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobody() -> str:
    """A hash nobody has: guessing at unknown names takes as long as at known ones."""
    return _HASHER.hash("nobody's password")


class BadPassword(ValueError):
    """No password to take: says what one must be."""


def checked(password: str) -> str:
    """The password if it is one to take; raises BadPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadPassword(
            f"a password has {SHORTEST} to {LONGEST} characters; a short sentence is a good one"
        )
    if len(set(password)) < 4:
        raise BadPassword(
            "a password needs at least four different characters; a short sentence is a good one"
        )
    return password


async def hashed(password: str) -> str:
    """The hash to keep; takes some 30 ms of a core, in a thread."""
    return await asyncio.to_thread(_HASHER.hash, _plain(password))


async def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; as slow for a name that does not exist."""
    return await asyncio.to_thread(_verify, kept, _plain(password)) and bool(kept)


def _verify(kept: str | None, password: str) -> bool:
    nobody = _nobody()  # made by the first guess, whomever it is at: not by the start, which hurries
    try:
        return _HASHER.verify(kept or nobody, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _plain(password: str) -> str:
    """One spelling for what different keyboards send for the same letters."""
    return unicodedata.normalize("NFKC", password[:LONGEST])
