"""Column types that mean the same on PostgreSQL and on SQLite."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64-bit key; SQLite numbers rows by itself only when the type is spelled INTEGER."""


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it as text of fixed width, which sorts as time does."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware (UTC)")
        if dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Strings(sa.types.TypeDecorator[tuple[str, ...]]):
    """A short tuple of names without spaces, kept as one line of text."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        return None if value is None else tuple(value.split())


class Fields(sa.types.TypeDecorator[dict[str, str]]):
    """A lead's free-form data: a flat object of texts, kept as JSON text."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: dict[str, str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, str] | None:  # noqa: ARG002
        return None if value is None else msgspec.json.decode(value, type=dict[str, str])


def from_epoch(at: float) -> datetime:
    """Return the aware UTC instant of `at` seconds since the epoch."""
    return datetime.fromtimestamp(at, UTC)


def among(
    column: sa.ColumnElement[int] | sa.ColumnElement[str], name: str, dialect: str
) -> sa.ColumnElement[bool]:
    """Return `column is one of :name`, with one bound list whatever its length, so that plans are kept.

    Bind the value with `bound(values, dialect)`.
    """
    if dialect == "postgresql":
        array = postgresql.ARRAY(column.type)
        return column == sa.any_(sa.bindparam(name, type_=array))
    values = sa.func.json_each(sa.bindparam(name, type_=sa.Text())).table_valued("value")
    return column.in_(sa.select(values.c.value))


def bound(values: list[int] | list[str], dialect: str) -> list[int] | list[str] | str:
    """Return `values` as `among` wants them bound."""
    return values if dialect == "postgresql" else msgspec.json.encode(values).decode()
