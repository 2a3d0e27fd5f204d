"""INSERT ... ON CONFLICT, spelled for either database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def _insert(table: sa.Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_ignoring(table: sa.Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that leaves out rows some unique index already has."""
    return _insert(table, dialect).on_conflict_do_nothing()


def insert_or_set(
    table: sa.Table, dialect: str, key: Sequence[str], change: Sequence[str]
) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that sets the columns `change` of the row that has the same `key`."""
    statement = _insert(table, dialect)
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={name: statement.excluded[name] for name in change}
    )
