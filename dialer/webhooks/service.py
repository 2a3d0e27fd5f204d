"""All webhooks of the configuration: a sender each, which follow a reload, and a broom for old messages."""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import timedelta
from typing import Any, Final

import structlog

import config
import storage
from dialer.control import Control, ControlError
from dialer.runtime.tasks import Tasks, outside
from dialer.webhooks.sender import DATABASE_TIMEOUT_S, Sender

log = structlog.get_logger(__name__)

KEPT_DELIVERED: Final = timedelta(days=3)
KEPT_DEAD: Final = timedelta(days=90)
SWEEP_EVERY_S: Final = 3600.0


class Webhooks:
    """The senders, and what may be asked of them."""

    def __init__(self, control: Control) -> None:
        self._dialer = control.dialer
        self.senders: dict[str, Sender] = {}
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._tasks = Tasks()

    def start(self) -> None:
        """Begin to send."""
        self._dialer.watchers.append(self._follow)
        for name, hook in self._dialer.settings.webhooks.items():
            self._begin(name, hook)
        self._tasks.start("forget webhook messages", self._sweep_for_ever())

    async def close(self) -> None:
        """Stop; what was under way is sent again by the next life."""
        self._dialer.watchers.remove(self._follow)
        await self._tasks.close()

    # What may be asked.

    async def listed(self) -> list[dict[str, Any]]:
        """Every webhook with its figures: {webhook, url, events, pending, delivered, dead, trouble}."""
        counts = await self._db(storage.deliveries.counts(self._dialer.db))
        rows = []
        for name in sorted(self._dialer.settings.webhooks.keys() | counts.keys()):
            hook, count = self._dialer.settings.webhooks.get(name), counts.get(name, {})
            trouble = "" if hook is None else self.senders[name].figures.trouble
            rows.append(
                {
                    "webhook": name,
                    "url": "" if hook is None else hook.url,
                    "events": [] if hook is None else list(hook.events),
                    **{state: count.get(state, 0) for state in ("pending", "delivered", "dead")},
                    "trouble": "no longer in the configuration" if hook is None else trouble,
                }
            )
        return rows

    async def dead(self, webhook: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Messages laid aside, the newest first."""
        rows = await self._db(storage.deliveries.dead(self._dialer.db, webhook, limit=limit))
        return [_shown(row) for row in rows]

    async def send_again(self, webhook: str | None = None, ids: list[str] | None = None) -> dict[str, Any]:
        """Send messages again that were laid aside: these, or all of a webhook, or all."""
        if webhook is not None:
            self._hook(webhook)
        sending = storage.deliveries.send_again(
            self._dialer.db, now=self._dialer.clock.utc(), webhook=webhook, ids=ids
        )
        count = await self._db(sending)
        for wake in self._dialer.outgoing.wake.values():
            wake.set()
        return {"sent_again": count}

    async def try_out(self, webhook: str) -> dict[str, Any]:
        """Send a message of type `test` to a webhook now, and tell what it answered."""
        self._hook(webhook)
        now = self._dialer.clock.utc()
        message = {"type": "test", "timestamp": now.isoformat(), "data": {"webhook": webhook}}
        answer = await self.senders[webhook].try_out(
            json.dumps(message).encode(), f"{webhook}-test-{secrets.token_hex(8)}"
        )
        return {"webhook": webhook, "taken": answer.taken, "status": answer.status, "why": answer.why}

    # Senders.

    def _hook(self, name: str) -> config.Webhook:
        hooks = self._dialer.settings.webhooks
        if name not in hooks:
            known = ", ".join(sorted(hooks)) or "none"
            raise ControlError("webhook_unknown", f"no webhook {name!r}; there are: {known}")
        return hooks[name]

    def _begin(self, name: str, hook: config.Webhook) -> None:
        sender = self.senders[name] = Sender(name, hook, self._dialer)
        self._running[name] = self._tasks.start(f"webhook {name}", sender.run())

    def _follow(self, old: config.Settings, new: config.Settings) -> None:
        for name in old.webhooks.keys() | new.webhooks.keys():
            if old.webhooks.get(name) == new.webhooks.get(name):
                continue
            if name in self._running:
                self._running.pop(name).cancel()
                self.senders.pop(name).forget_trouble()
            if name in new.webhooks:
                self._begin(name, new.webhooks[name])

    async def _sweep_for_ever(self) -> None:
        while True:
            now = self._dialer.clock.utc()
            sweeping = storage.deliveries.forget(
                self._dialer.db, delivered_before=now - KEPT_DELIVERED, dead_before=now - KEPT_DEAD
            )
            try:
                more = await self._db(sweeping)
            except (storage.StorageError, TimeoutError) as error:
                log.warning("webhook_messages_not_forgotten", error=str(error))
                more = 0
            await asyncio.sleep(1.0 if more else SWEEP_EVERY_S)

    async def _db(self, work: Any) -> Any:
        return await outside("webhook messages", work, DATABASE_TIMEOUT_S)


def _shown(row: storage.Delivery) -> dict[str, Any]:
    return {
        "id": row.delivery_id,
        "webhook": row.webhook,
        "event": row.event,
        "at": row.at.timestamp(),
        "attempt": row.attempt_id,
        "tries": row.tries,
        "status": row.status,
        "error": row.error,
        "laid_aside_at": None if row.ended_at is None else row.ended_at.timestamp(),
    }
