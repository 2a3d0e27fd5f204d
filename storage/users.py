"""Who may sign in. Passwords are kept as the hash the caller made; nothing here sees one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.records import UserRow
from storage.tables import users
from storage.upsert import insert_ignoring

ROLES = ("agent", "supervisor", "admin")

ROW = (
    users.c.id,
    users.c.role,
    users.c.password_hash,
    users.c.agent_id,
    users.c.disabled,
    users.c.created_at,
    users.c.changed_at,
    users.c.phone,
)


async def add(
    db: Database,
    user_id: str,
    *,
    role: str,
    password_hash: str,
    agent_id: str | None,
    now: datetime,
    phone: str = "",
) -> bool:
    """Add a person; False, and nothing changes, where the name is taken."""
    if role not in ROLES:
        raise ValueError(f"no role: {role}")
    statement = insert_ignoring(users, db.dialect).values(
        id=user_id,
        role=role,
        password_hash=password_hash,
        agent_id=agent_id,
        disabled=False,
        phone=phone,
        created_at=now,
        changed_at=now,
    )
    async with db.write() as connection:
        return (await connection.execute(statement)).rowcount > 0


async def add_first_admin(db: Database, user_id: str, *, password_hash: str, now: datetime) -> bool:
    """Add an admin where there is none yet; False where somebody was faster, or the name is taken."""
    async with db.write() as connection:
        if db.dialect == "postgresql":
            await connection.execute(sa.text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
        if await connection.scalar(_ADMINS):
            return False
        new = insert_ignoring(users, db.dialect).values(
            id=user_id, role="admin", password_hash=password_hash, created_at=now, changed_at=now
        )
        return (await connection.execute(new)).rowcount > 0


async def by_id(db: Database, user_id: str) -> UserRow | None:
    """Return the person of that name."""
    async with db.read() as connection:
        found = (await connection.execute(sa.select(*ROW).where(users.c.id == user_id))).first()
        return UserRow(*found) if found else None


async def every(db: Database) -> tuple[UserRow, ...]:
    """Return everybody, disabled ones too, in order of name."""
    async with db.read() as connection:
        return tuple(UserRow(*row) for row in await connection.execute(sa.select(*ROW).order_by(users.c.id)))


async def change(
    db: Database,
    user_id: str,
    *,
    now: datetime,
    role: str | None = None,
    password_hash: str | None = None,
    agent_id: str | None = None,
    disabled: bool | None = None,
    phone: str | None = None,
) -> bool:
    """Change what is given (an empty `agent_id`: no desk; an empty `phone`: none).

    False: no such person, or no admin would be left.
    """
    if role is not None and role not in ROLES:
        raise ValueError(f"no role: {role}")
    values: dict[str, object] = {"changed_at": now}
    if role is not None:
        values["role"] = role
    if password_hash is not None:
        values["password_hash"] = password_hash
    if agent_id is not None:
        values["agent_id"] = agent_id or None
    if disabled is not None:
        values["disabled"] = disabled
    if phone is not None:
        values["phone"] = phone
    async with db.write() as connection:
        if db.dialect == "postgresql":
            await connection.execute(sa.text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
        if disabled or (role is not None and role != "admin"):
            others = await connection.scalar(_ADMINS.where(users.c.id != user_id))
            mine = await connection.scalar(_ADMINS.where(users.c.id == user_id))
            if mine and not others:
                return False
        done = await connection.execute(sa.update(users).where(users.c.id == user_id).values(values))
        return done.rowcount > 0


async def admins(db: Database) -> int:
    """Return how many admins may sign in."""
    async with db.read() as connection:
        return await connection.scalar(_ADMINS) or 0


async def preferences(db: Database, user_id: str) -> str:
    """Return the person's own settings of the pages, as JSON."""
    async with db.read() as connection:
        found = await connection.scalar(sa.select(users.c.preferences).where(users.c.id == user_id))
        return found or "{}"


async def set_preferences(db: Database, user_id: str, text: str) -> None:
    """Keep the person's own settings of the pages, as JSON."""
    async with db.write() as connection:
        await connection.execute(sa.update(users).where(users.c.id == user_id).values(preferences=text))


_ADMINS = (
    sa.select(sa.func.count())
    .select_from(users)
    .where(users.c.role == "admin", users.c.disabled.is_(sa.false()), users.c.password_hash != "")
)
