"""Those who may sign in, programs' keys, and the audit log: for admins."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import Field

import storage
from dialer.access import Who
from dialer.access.identity import RANK
from dialer.runtime.tasks import outside
from dialer.web.errors import WebError
from dialer.web.guard import SCOPES, needs
from dialer.web.house import House, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import MOST_ID, Body, Id, Limit, Line, Name, PathUser, Plain, Secret, UserName

users = router("/users", "users")
tokens = router("/tokens", "tokens")
audit = router("/audit", "audit")

DATABASE_TIMEOUT_S = 10.0
Role = Literal["agent", "supervisor", "admin"]
Admin = Annotated[Who, needs("admin", "users:read")]
AdminWrites = Annotated[Who, needs("admin", "users:write")]
TheHouse = Annotated[House, Depends(house_of)]


class NewUser(Body):
    """Somebody new; `agent_id` is whose desk is theirs, `phone` where they listen to agents."""

    user: UserName
    password: Secret
    role: Role = "agent"
    agent_id: Id | None = None
    phone: Line = ""


class ChangedUser(Body):
    """What is to change; what is left out stays. An empty `agent_id` or `phone` takes it away."""

    role: Role | None = None
    agent_id: Id | Literal[""] | None = None
    disabled: bool | None = None
    password: Secret | None = None
    phone: Line | None = None


class NewToken(Body):
    """A key for a program: at most its maker's role, narrowed to scopes, and over some day."""

    name: Name
    role: Role = "supervisor"
    scopes: Annotated[tuple[Literal[SCOPES], ...], Field(strict=False, min_length=1, max_length=len(SCOPES))]  # type: ignore[valid-type]
    days: Annotated[int, Field(ge=1, le=730)] = 90


@users.get("")
async def list_users(_: Admin, house: TheHouse) -> list[Plain]:
    """Everybody who may sign in, disabled ones too."""
    return await house.control.users()


@users.post("", status_code=201)
async def add_user(request: Request, asked: NewUser, _: AdminWrites, house: TheHouse) -> Plain:
    """Let somebody new sign in."""
    change_of(request).target = asked.user
    return await house.control.add_user(asked.user, asked.password, asked.role, asked.agent_id, asked.phone)


@users.patch("/{user}")
async def change_user(
    request: Request, user: PathUser, asked: ChangedUser, _: AdminWrites, house: TheHouse
) -> Plain:
    """Change role, desk, password, or let nobody in under this name; their sessions end."""
    change = change_of(request)
    change.before = await house.control.user(user)
    done = await house.control.change_user(
        user, asked.role, asked.agent_id, asked.disabled, asked.password, asked.phone
    )
    change.after = {**done, "password": "changed"} if asked.password else done
    return done


@tokens.get("")
async def list_tokens(_: Admin, house: TheHouse) -> list[Plain]:
    """Programs' keys; what they are is told once only, when they are made."""
    rows = await outside("database", storage.tokens.every(house.control.dialer.db), DATABASE_TIMEOUT_S)
    return [_shown(row) for row in rows]


@tokens.post("", status_code=201)
async def make_token(request: Request, asked: NewToken, who: AdminWrites, house: TheHouse) -> Plain:
    """Make a key; `token` in the answer is told this once."""
    if RANK[asked.role] > RANK[who.role]:
        raise WebError("forbidden", "a key has at most the role of who makes it")
    if who.scopes is not None and not all(who.may(scope) for scope in asked.scopes):
        raise WebError("scope", "a key has at most the scopes of the key that makes it")
    text, row = await house.identity.new_token(
        asked.name, asked.role, tuple(asked.scopes), asked.days, who.name
    )
    change_of(request).target = row.token_id
    return {**_shown(row), "token": text}


@tokens.delete("/{token_id}")
async def revoke_token(token_id: PathUser, _: AdminWrites, house: TheHouse) -> Plain:
    """Make a key worthless, at once."""
    dialer = house.control.dialer
    revoking = storage.tokens.revoke(dialer.db, token_id, now=dialer.clock.utc())
    if not await outside("database", revoking, DATABASE_TIMEOUT_S):
        raise WebError("token_unknown", "there is no such key, or it was revoked before")
    house.identity.forget()
    return {"id": token_id, "revoked": True}


@audit.get("")
async def read_audit(
    _: Admin,
    house: TheHouse,
    before: Annotated[int | None, Query(ge=1, le=MOST_ID, description="Older than this id.")] = None,
    actor: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00-\x1f]+$")] = None,
    limit: Limit = 100,
) -> list[Plain]:
    """Who changed what, newest first."""
    reading = storage.audit.page(house.control.dialer.db, before_id=before, actor=actor, limit=limit)
    return [
        {
            "id": row.audit_id,
            "at": row.at.timestamp(),
            "actor": row.actor,
            "address": row.address,
            "action": row.action,
            "target": row.target,
            "before": json.loads(row.before),
            "after": json.loads(row.after),
        }
        for row in await outside("database", reading, DATABASE_TIMEOUT_S)
    ]


def _shown(row: storage.TokenRow) -> Plain:
    return {
        "id": row.token_id,
        "name": row.name,
        "role": row.role,
        "scopes": list(row.scopes),
        "created_by": row.created_by,
        "created_at": row.created_at.timestamp(),
        "expires_at": row.expires_at.timestamp(),
        "used_at": None if row.used_at is None else row.used_at.timestamp(),
        "revoked_at": None if row.revoked_at is None else row.revoked_at.timestamp(),
    }
