"""Migrations build what the tables say, and an unknown schema is refused."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import Database, SchemaBehind, SchemaUnknown, leads, schema
from storage.tables import metadata


def test_every_revision_is_known_by_name() -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == schema.REVISIONS


async def test_an_empty_database_is_upgraded_and_twice_is_as_good_as_once(database_url: str) -> None:
    database = await Database.open(database_url)
    assert (await database.status()).state == "empty"
    with pytest.raises(SchemaBehind, match="dialer db upgrade"):
        await database.require_current()
    with pytest.raises(SchemaBehind, match="dialer db upgrade"):
        await leads.counts(database, "spring")
    for _ in range(2):
        status = await database.upgrade()
        assert (status.state, status.current, status.pending) == ("current", schema.REVISIONS[-1], ())
    await database.require_current()
    await database.ping()
    await database.close()


async def test_two_daemons_may_upgrade_at_the_same_time(database_url: str) -> None:
    databases = [await Database.open(database_url) for _ in range(2)]
    await asyncio.gather(*(database.upgrade() for database in databases))
    assert {(await database.status()).state for database in databases} == {"current"}
    for database in databases:
        await database.close()


async def test_an_upgrade_may_take_longer_than_any_statement_of_the_daemon(
    memory: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if memory.dialect == "sqlite":  # which has no such limit
        return
    told: list[str] = []

    def upgrade(connection: sa.Connection) -> None:
        told.append(connection.scalar(sa.text("SHOW statement_timeout")) or "")

    monkeypatch.setattr(schema, "upgrade", upgrade)
    await memory.upgrade()
    assert told == ["1d"]
    async with memory.read() as connection:
        assert await connection.scalar(sa.text("SHOW statement_timeout")) == "30s"


async def test_the_migrated_schema_is_the_tables_schema(memory: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with memory.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_defaults_checks_and_conditions_are_the_tables_too(memory: Database) -> None:
    """What the comparison does not see."""
    async with memory.write() as connection:
        migrated = await connection.run_sync(_described)
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        assert await connection.run_sync(_described) == migrated


async def test_a_schema_of_a_newer_program_is_refused_with_the_remedy(memory: Database) -> None:
    async with memory.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    url = memory.engine.url.set(drivername=memory.dialect).render_as_string(hide_password=False)
    with pytest.raises(SchemaUnknown, match=r"9999.*newer.*install"):
        await Database.open(url)
    with pytest.raises(SchemaUnknown):
        await memory.upgrade()
    looked = await Database.open(url, check_schema=False)
    assert (await looked.status()).state == "unknown"
    await looked.close()


def _described(connection: sa.Connection) -> dict[str, object]:
    look = sa.inspect(connection)
    described: dict[str, object] = {}
    for table in sorted(set(look.get_table_names()) - {schema.VERSION_TABLE}):
        described[table] = {one["name"]: _bare(one["sqltext"]) for one in look.get_check_constraints(table)}
        for column in look.get_columns(table):
            described[f"{table}.{column['name']}"] = (
                str(column["type"]),
                column["nullable"],
                column["default"],
            )
        for index in look.get_indexes(table):
            where = index.get("dialect_options", {}).get(f"{connection.dialect.name}_where", "")
            described[f"{table}.{index['name']}"] = (bool(index["unique"]), _bare(str(where)))
    return described


def _bare(text: str) -> str:
    return " ".join(text.replace("(", " ").replace(")", " ").split())
