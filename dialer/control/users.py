"""Use cases on those who may sign in: add, list, change, new password, disable."""

from __future__ import annotations

import re
from typing import Any

import storage
from dialer.access import BadPassword, checked, hashed
from dialer.control import phones
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.runtime.tasks import outside

USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class Users(UseCases):
    """What may be asked of those who may sign in."""

    async def users(self) -> list[dict[str, Any]]:
        """Everybody, disabled ones too."""
        rows = await outside("database", storage.users.every(self.dialer.db), DATABASE_TIMEOUT_S)
        return [_shown(row) for row in rows]

    async def add_user(
        self, user: str, password: str, role: str = "agent", agent: str | None = None, phone: str = ""
    ) -> dict[str, Any]:
        """Somebody new who may sign in; `agent` is whose desk is theirs, `phone` where they listen to agents."""
        if not USER_NAME.fullmatch(user):
            raise ControlError(
                "user_invalid", f"{user!r} is no user name; use a-z, 0-9, . _ @ and -, at most 64 characters"
            )
        _check_role(role)
        if agent is not None:
            self._row(agent)
        phones.check(phone, self.dialer.settings)
        adding = storage.users.add(
            self.dialer.db,
            user,
            role=role,
            password_hash=await _hash(password),
            agent_id=agent,
            now=self.dialer.clock.utc(),
            phone=phone,
        )
        if not await outside("database", adding, DATABASE_TIMEOUT_S):
            raise ControlError("user_known", f"there is a user {user} already; change the password instead")
        return await self.user(user)

    async def user(self, user: str) -> dict[str, Any]:
        """One who may sign in."""
        row = await outside("database", storage.users.by_id(self.dialer.db, user), DATABASE_TIMEOUT_S)
        if row is None:
            raise ControlError("user_unknown", f"no user {user!r}; dialer user list shows who there is")
        return _shown(row)

    async def change_user(
        self,
        user: str,
        role: str | None = None,
        agent: str | None = None,
        disabled: bool | None = None,
        password: str | None = None,
        phone: str | None = None,
    ) -> dict[str, Any]:
        """Change what is given (an empty `agent`: no desk, an empty `phone`: none); every session of theirs ends."""
        await self.user(user)
        if role is not None:
            _check_role(role)
        if agent:
            self._row(agent)
        phones.check(phone or "", self.dialer.settings)
        changing = storage.users.change(
            self.dialer.db,
            user,
            now=self.dialer.clock.utc(),
            role=role,
            agent_id=agent,
            disabled=disabled,
            password_hash=None if password is None else await _hash(password),
            phone=phone,
        )
        if not await outside("database", changing, DATABASE_TIMEOUT_S):
            raise ControlError("last_admin", f"{user} is the last admin; make another one first")
        await outside("database", storage.sessions.end_of(self.dialer.db, user), DATABASE_TIMEOUT_S)
        for forget in self.on_rights_changed:
            forget()
        self.dialer.listening.end_where(lambda ear: ear.user == user, "what the supervisor may was changed")
        return await self.user(user)

    async def set_password(self, user: str, password: str) -> dict[str, Any]:
        """A new password; every session of theirs ends."""
        return await self.change_user(user, password=password)

    async def disable_user(self, user: str, disabled: bool = True) -> dict[str, Any]:
        """Let nobody sign in under this name any more, or again; every session of theirs ends."""
        return await self.change_user(user, disabled=disabled)


def _check_role(role: str) -> None:
    if role not in storage.users.ROLES:
        raise ControlError(
            "role_invalid", f"{role!r} is no role; there are: {', '.join(storage.users.ROLES)}"
        )


async def _hash(password: str) -> str:
    try:
        return await hashed(checked(password))
    except BadPassword as error:
        raise ControlError("password_invalid", str(error)) from None


def _shown(row: storage.UserRow) -> dict[str, Any]:
    return {
        "user": row.user_id,
        "role": row.role,
        "agent_id": row.agent_id,
        "phone": row.phone,
        "disabled": row.disabled,
        "created_at": row.created_at.isoformat(),
        "changed_at": row.changed_at.isoformat(),
    }
