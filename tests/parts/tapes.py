"""A floor whose every conversation the embedded switch records, and what becomes of the recordings."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

import config
import storage
from dialer.control import Control
from dialer.recordings import Archive, names
from tests.parts.desks import CAMPAIGN, Desks, at_desks, person

ONE = (person(1),)


@asynccontextmanager
async def recording(
    folder: Path, people: tuple[Any, ...] = ONE, *, house: dict[str, Any] | None = None, **campaign: Any
) -> AsyncIterator[Desks]:
    """Agents whose every conversation the embedded switch records; `house` are the settings of all recordings."""
    switch = folder / "switch"
    rule = {"mode": "always", "folder": "/spool", "mounted_at": str(switch / "spool"), **campaign}
    async with at_desks(
        folder, people, recordings=switch, more={"recording": rule}, house={"recordings": house or {}}
    ) as desks:
        yield desks


def raws(folder: Path) -> list[str]:
    """The names of the files Asterisk left."""
    return sorted(path.name for path in (folder / "switch/spool").glob("*.raw"))


async def talk(desks: Desks, agent: str = "a0", length_s: float = 20) -> str:
    """A conversation from beginning to end; the answer is its call's id."""
    call = await desks.talking(agent)
    await asyncio.sleep(length_s)
    desks.hang_up(call.id)
    await desks.until(lambda: call.id not in desks.floor.calls)
    return call.id


def archive_of(desks: Desks) -> Archive:
    found = desks.control.surfaces["recordings"]
    assert isinstance(found, Archive)
    return found


async def kept(desks: Desks, count: int = 1) -> tuple[storage.recordings.Listed, ...]:
    """The index, once it has so many."""
    async with asyncio.timeout(600):
        while True:
            found = await storage.recordings.page(desks.control.dialer.db, storage.recordings.Wanted())
            if len(found) >= count:
                return found
            await asyncio.sleep(1)


def begun_long_ago(folder: Path) -> None:
    """Every recording began in 2001, whatever clock looks at it."""
    file = config.load(folder / "dialer.yaml").database.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(file, timeout=60)) as books:
        books.execute("UPDATE recordings SET started_at = '2001-01-01 00:00:00.000000'")
        books.commit()


def conversation(length_s: float = 12.0, *, person_hz: float = 440.0, agent_hz: float = 880.0) -> bytes:
    """Raw samples: the person speaks in the first half of each three seconds, the agent in the second."""
    at = np.arange(round(length_s * 8000))
    turn = (at // 12_000) % 2
    both = np.zeros((len(at), 2), dtype="<i2")
    for side, hertz in enumerate((person_hz, agent_hz)):
        wave = 9000 * np.sin(2 * np.pi * hertz * at / 8000) * (0.4 + 0.6 * np.sin(at / 900.0) ** 2)
        both[:, side] = np.where(turn == side, wave, 0)
    return both.tobytes()


async def put(
    control: Control,
    folder: Path,
    serial: int,
    *,
    agent: str = "a0",
    lead: int = 1,
    clip: bool = False,
    **sound: float,
) -> storage.recordings.Recording:
    """A finished recording of a call nobody made."""
    found = control.surfaces["recordings"]
    assert isinstance(found, Archive)
    began = control.dialer.clock.utc() - timedelta(minutes=serial)
    raw = names.Raw(f"c-lab-x-{serial}", int(began.timestamp()), clip)
    file = folder / f"{raw.name}.raw"
    file.write_bytes(conversation(**sound))
    none: Any = dict.fromkeys(one.name for one in dataclasses.fields(storage.Attempt))
    told = {"attempt_id": raw.attempt_id, "lead_id": lead, "campaign_id": CAMPAIGN, "agent": agent}
    made = await found.keep(file, raw, storage.Attempt(**{**none, **told}), None)
    file.unlink()
    kept_as = await storage.recordings.by_name(found.db, made.name)
    assert kept_as is not None
    return kept_as
