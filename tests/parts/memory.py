"""A database of each kind, upgraded and empty, for every test that asks for `memory`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/memory.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def memory(database_url: str) -> AsyncIterator[Database]:
    """An open database with this program's schema."""
    database = await Database.open(database_url)
    await database.upgrade()
    yield database
    await database.close()
