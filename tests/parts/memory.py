"""A database of each kind, with this program's schema and empty, for every test that asks for `memory`."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import Database
from tests.parts.postgres import Server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database without a schema, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/memory.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """The name of a database that has the schema, to be copied: migrating takes longer than most tests."""
    name = postgres_server.create()
    _upgrade(postgres_server.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has the schema, to be copied."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def upgraded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the schema, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "memory.db")
        yield f"sqlite:///{tmp_path}/memory.db"
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def memory(upgraded_url: str) -> AsyncIterator[Database]:
    """An open database with this program's schema."""
    database = await Database.open(upgraded_url)
    yield database
    await database.close()


def _upgrade(url: str) -> None:
    async def upgrade() -> None:
        database = await Database.open(url)
        await database.upgrade()
        await database.close()

    asyncio.run(upgrade())
