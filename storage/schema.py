"""The schema's revisions: what is there, what is wanted, and the way from one to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import errors
from storage.records import SchemaStatus

REVISIONS: Final = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0019",
    "0017",
    "0021",
)
"""Every revision this program knows, oldest first; kept here so that opening needs no migration tool."""

VERSION_TABLE: Final = "alembic_version"

_UPGRADE_LOCK: Final = 0x0CADE7CE
"""Key of the advisory lock that keeps two daemons from upgrading at once."""


def status(connection: Connection) -> SchemaStatus:
    """Return the state of the schema: empty, behind, current or unknown (newer)."""
    head = REVISIONS[-1]
    tables = sa.inspect(connection)
    if not tables.has_table(VERSION_TABLE):
        return SchemaStatus(None, head, "empty", REVISIONS)
    current = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - our constant
    if current is None:
        return SchemaStatus(None, head, "empty", REVISIONS)
    if current not in REVISIONS:
        return SchemaStatus(current, head, "unknown")
    pending = REVISIONS[REVISIONS.index(current) + 1 :]
    return SchemaStatus(current, head, "behind" if pending else "current", pending)


def upgrade(connection: Connection) -> None:
    """Run the missing revisions on `connection`, inside its transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    found = status(connection)
    if found.state == "unknown":
        raise errors.SchemaUnknown(
            f"the schema is {found.current}, newer than {found.head}; install that newer program"
        )
    if found.state == "current":
        return
    from alembic import command  # not needed by a start on a current database
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
