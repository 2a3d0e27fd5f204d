"""Who is asking: signing in, the session behind a cookie, the key behind a token, and the first admin's link."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import storage
from dialer.access import passwords
from dialer.access.limits import Allowance, Failures
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import outside

DATABASE_TIMEOUT_S = 10.0
TRIES_PER_NAME, TRIES_PER_ADDRESS, TRIES_WINDOW_S = 8, 30, 900.0
REMEMBERED_S = 5.0
"""How long a session once read is believed, so that a page's many requests cost one look at the database."""

MOST_REMEMBERED = 2_000
SEEN_EVERY_S = 60.0
KEY_BEGINS = "cad_"
BURST_S = 10.0
"""How many seconds' worth of requests may come at once."""

RANK = {"agent": 0, "supervisor": 1, "admin": 2}


class Refused(Exception):
    """Not let in: `error_id` is stable, the message says what to do, `wait_s` when to come back."""

    def __init__(self, error_id: str, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.id = error_id
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks. `scopes` narrow a program's key; None: all its role may do. `csrf` is for cookie sessions."""

    name: str
    role: str
    agent_id: str | None = None
    scopes: tuple[str, ...] | None = None
    csrf: str = ""
    session: str = ""

    def at_least(self, role: str) -> bool:
        """Whether the role reaches this one."""
        return RANK[self.role] >= RANK[role]

    def may(self, scope: str) -> bool:
        """Whether a key's scopes hold this one; `area:write` holds `area:read`."""
        if self.scopes is None:
            return True
        area = scope.partition(":")[0]
        return scope in self.scopes or f"{area}:write" in self.scopes


@dataclass(slots=True)
class _Remembered:
    row: storage.SessionRow
    read_at: float
    seen_at: float


class Identity:
    """Sessions, keys and the first admin's link over one database. Memory is bounded."""

    def __init__(
        self,
        db: storage.Database,
        clock: Clock,
        *,
        idle_s: float,
        max_s: float,
        requests_per_s: float = 100.0,
    ) -> None:
        self._db = db
        self._clock = clock
        self._idle_s = idle_s
        self._max_s = max_s
        self._names = Failures(TRIES_PER_NAME, TRIES_WINDOW_S)
        self._addresses = Failures(TRIES_PER_ADDRESS, TRIES_WINDOW_S)
        self._requests = Allowance(requests_per_s, BURST_S)
        self._one_at_a_time = asyncio.Lock()
        self._known: OrderedDict[str, _Remembered] = OrderedDict()
        self._keys: OrderedDict[str, tuple[storage.TokenRow, float]] = OrderedDict()
        self._setup_key: str | None = None

    def pace(self, who: Who) -> None:
        """Count a request; raises Refused when this person or program asks too often."""
        wait_s = self._requests.wait_s(who.session or who.name, self._clock.now())
        if wait_s > 0:
            raise Refused(
                "too_many_requests", "too many requests; ask less often, or listen to changes", wait_s
            )

    # Signing in and out.

    async def sign_in(self, user: str, password: str, address: str) -> tuple[str, Who]:
        """The new session's secret and who it is; raises Refused."""
        now = self._clock.now()
        wait_s = max(self._names.wait_s(user, now), self._addresses.wait_s(address, now))
        if wait_s > 0:
            raise Refused("too_many_tries", f"too many failed tries; try again in {wait_s:.0f} s", wait_s)
        async with self._one_at_a_time:
            row = await outside("database", storage.users.by_id(self._db, user), DATABASE_TIMEOUT_S)
            usable = row is not None and not row.disabled
            right = await passwords.matches(row.password_hash if row and usable else None, password)
        if row is None or not right:
            self._names.failed(user, now)
            self._addresses.failed(address, now)
            raise Refused("sign_in_failed", "name or password is wrong; an admin can give a new password")
        self._names.forgive(user)
        return await self.open_session(row, address)

    async def open_session(self, row: storage.UserRow, address: str) -> tuple[str, Who]:
        """A session for this person, whose word was checked elsewhere."""
        secret = secrets.token_urlsafe(32)
        now = self._clock.utc()
        until = now + timedelta(seconds=self._max_s)
        adding = storage.sessions.add(
            self._db, _hash(secret), row.user_id, now=now, expires_at=until, address=address
        )
        await outside("database", adding, DATABASE_TIMEOUT_S)
        await outside("database", storage.sessions.expire(self._db, now=now), DATABASE_TIMEOUT_S)
        return secret, _who(row, secret)

    async def sign_out(self, secret: str) -> None:
        """End the session of this secret."""
        self._known.pop(_hash(secret), None)
        await outside("database", storage.sessions.end(self._db, _hash(secret)), DATABASE_TIMEOUT_S)

    def forget(self) -> None:
        """Read every session and key anew: somebody's rights were changed."""
        self._known.clear()
        self._keys.clear()

    # Asking again.

    async def by_session(self, secret: str) -> Who | None:
        """Who holds this session; None where it has ended. While the database is away, known ones hold on."""
        key, now = _hash(secret), self._clock.now()
        known = self._known.get(key)
        if known is None or now - known.read_at > REMEMBERED_S:
            try:
                finding = storage.sessions.find(self._db, key, now=self._clock.utc())
                row = await outside("database", finding, DATABASE_TIMEOUT_S)
            except (storage.StorageError, TimeoutError):
                if known is None:
                    raise
                row = known.row
            if row is None:
                self._known.pop(key, None)
                return None
            seen_at = (
                row.seen_at.timestamp() if known is None else max(known.seen_at, row.seen_at.timestamp())
            )
            known = _Remembered(row, now, seen_at)
            self._known[key] = known
            self._trim(self._known)
        if now >= known.row.expires_at.timestamp() or now - known.seen_at > self._idle_s:
            await self.sign_out(secret)
            return None
        if now - known.seen_at > SEEN_EVERY_S:
            known.seen_at = now
            await self._note(storage.sessions.seen(self._db, key, now=self._clock.utc()))
        return _who(known.row.user, secret)

    async def by_token(self, text: str) -> Who | None:
        """Which program holds this key; None where it is unknown, over or revoked."""
        key, now = _hash(text), self._clock.now()
        known = self._keys.get(key)
        if known is None or now - known[1] > REMEMBERED_S:
            finding = storage.tokens.by_hash(self._db, key, now=self._clock.utc())
            row = await outside("database", finding, DATABASE_TIMEOUT_S)
            if row is None:
                self._keys.pop(key, None)
                return None
            if row.used_at is None or now - row.used_at.timestamp() > SEEN_EVERY_S:
                await self._note(storage.tokens.used(self._db, row.token_id, now=self._clock.utc()))
            known = (row, now)
            self._keys[key] = known
            self._trim(self._keys)
        row = known[0]
        return Who(f"token:{row.name}", row.role, None, row.scopes)

    async def new_token(
        self, name: str, role: str, scopes: tuple[str, ...], days: float, by: str
    ) -> tuple[str, storage.TokenRow]:
        """A new key: its text, told this once, and what is kept of it."""
        text = KEY_BEGINS + secrets.token_urlsafe(32)
        now = self._clock.utc()
        row = storage.TokenRow(
            secrets.token_hex(6), name, role, scopes, by, now, now + timedelta(days=days), None, None
        )
        await outside("database", storage.tokens.add(self._db, row, _hash(text)), DATABASE_TIMEOUT_S)
        return text, row

    # The first admin.

    async def setup_key(self) -> str | None:
        """The secret of the first admin's link, while there is no admin; None afterwards."""
        if await outside("database", storage.users.admins(self._db), DATABASE_TIMEOUT_S):
            self._setup_key = None
        elif self._setup_key is None:
            self._setup_key = secrets.token_urlsafe(24)
        return self._setup_key

    async def set_up(self, key: str, user: str, password: str, address: str) -> tuple[str, Who]:
        """Make the first admin; the link works once. Raises Refused or BadPassword."""
        now = self._clock.now()
        wait_s = self._addresses.wait_s(address, now)
        if wait_s > 0:
            raise Refused("too_many_tries", f"too many failed tries; try again in {wait_s:.0f} s", wait_s)
        wanted = self._setup_key
        if wanted is None or not hmac.compare_digest(wanted.encode(), key.encode()):
            self._addresses.failed(address, now)
            raise Refused(
                "setup_link_used",
                "this link was used, or is of an earlier start; sign in, or restart the daemon",
            )
        password_hash = await passwords.hashed(passwords.checked(password))
        adding = storage.users.add_first_admin(
            self._db, user, password_hash=password_hash, now=self._clock.utc()
        )
        made = await outside("database", adding, DATABASE_TIMEOUT_S)
        row = await outside("database", storage.users.by_id(self._db, user), DATABASE_TIMEOUT_S)
        if not made or row is None:
            raise Refused("user_known", "there is an admin already, or the name is taken")
        self._setup_key = None
        return await self.open_session(row, address)

    @staticmethod
    def _trim(known: OrderedDict[str, Any]) -> None:
        while len(known) > MOST_REMEMBERED:
            known.popitem(last=False)

    async def _note(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep what need not be kept: a database that is away does not refuse anybody for it."""
        try:
            await outside("database", work, DATABASE_TIMEOUT_S)
        except (storage.StorageError, TimeoutError):
            return


def _who(row: storage.UserRow, secret: str) -> Who:
    csrf = hashlib.sha256(b"csrf:" + secret.encode()).hexdigest()[:40]
    return Who(row.user_id, row.role, row.agent_id, None, csrf, _hash(secret))


def _hash(secret: str) -> str:
    """Secrets have 256 random bits: one plain hash is enough, and quick."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
