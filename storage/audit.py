"""Who changed what, from where and when. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.records import AuditRow
from storage.tables import audit

_ROW = (
    audit.c.at,
    audit.c.actor,
    audit.c.address,
    audit.c.action,
    audit.c.target,
    audit.c.before,
    audit.c.after,
    audit.c.id,
)


async def add(db: Database, row: AuditRow) -> None:
    """Keep one change; committed on return."""
    async with db.write() as connection:
        await connection.execute(
            sa.insert(audit).values(
                at=row.at,
                actor=row.actor,
                address=row.address,
                action=row.action,
                target=row.target,
                before=row.before,
                after=row.after,
            )
        )


async def of_actions(db: Database, actions: Iterable[str], *, since: datetime) -> tuple[AuditRow, ...]:
    """Return the changes of these kinds since an instant, oldest first."""
    query = sa.select(*_ROW).where(audit.c.at >= since, audit.c.action.in_(tuple(actions)))
    async with db.read() as connection:
        return tuple(AuditRow(*row) for row in await connection.execute(query.order_by(audit.c.id)))


async def page(
    db: Database, *, before_id: int | None = None, actor: str | None = None, limit: int = 100
) -> tuple[AuditRow, ...]:
    """Return changes, newest first, those older than `before_id`."""
    query = sa.select(*_ROW)
    if before_id is not None:
        query = query.where(audit.c.id < before_id)
    if actor is not None:
        query = query.where(audit.c.actor == actor)
    async with db.read() as connection:
        found = await connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
        return tuple(AuditRow(*row) for row in found)
