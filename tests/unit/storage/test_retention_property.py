"""Whoever is in the memory and however long is kept: a sweep leaves exactly what is not due."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import Database, Options
from tests.parts import kept
from tests.parts.kept import Days, Kept


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    everybody=st.lists(kept.people, max_size=6),
    spring=kept.days,
    autumn=kept.days,
    limit=st.integers(1, 5),
)
def test_exactly_what_is_due_goes(
    sqlite_template: Path, everybody: list[Kept], spring: Days, autumn: Days, limit: int
) -> None:
    # Figures are kept equally long for all, so one number counts.
    policy = {"spring": spring, "autumn": Days(autumn.leads, autumn.calls, autumn.near, spring.figures)}

    async def swept() -> kept.World:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(sqlite_template, Path(folder) / "kept.db")
            db = await Database.open(f"sqlite:///{folder}/kept.db", Options(durable=False))
            await kept.fill(db, everybody)
            await kept.sweep(db, policy, limit)
            found = await kept.look(db)
            await db.close()
            return found

    assert asyncio.run(swept()) == kept.expected(everybody, policy)
