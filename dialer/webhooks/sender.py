"""Sends a webhook's messages: several at once, each again until it is taken; a receiver that is down is left alone."""

from __future__ import annotations

import asyncio
import random
import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx
import structlog

import config
import storage
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import outside
from dialer.runtime.troubles import Trouble
from dialer.version import VERSION
from dialer.webhooks import backoff, signing
from dialer.webhooks.messages import body_of

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S: Final = 20.0
LOOK_EVERY_S: Final = 30.0
"""Messages that another daemon wrote are found at the latest after this."""

MARGIN_S: Final = 60.0
MOST_ANSWER_BYTES: Final = 65_536
LATER: Final = frozenset({408, 425, 429})


@dataclass(slots=True)
class Figures:
    """What a sender has done so far."""

    delivered: int = 0
    failed: int = 0
    laid_aside: int = 0
    trouble: str = ""
    failures_in_a_row: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try. `down`: the receiver as a whole is in trouble, not this message."""

    status: int | None
    why: str = ""
    down: bool = False
    wait_s: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """The messages of one webhook. Run as one task; cancelled, what was under way is sent again later."""

    def __init__(self, name: str, hook: config.Webhook, dialer: Dialer) -> None:
        self.name = name
        self.hook = hook
        self.figures = Figures()
        self._db = dialer.db
        self._clock = dialer.clock
        self._troubles = dialer.troubles
        self._wake = dialer.outgoing.wake.setdefault(name, asyncio.Event())
        self._jitter = random.SystemRandom().random

    async def run(self) -> None:
        """Send until cancelled."""
        async with self._client() as client:
            while True:
                self._wake.clear()
                try:
                    wait_s = await self._round(client)
                except (storage.StorageError, TimeoutError) as error:
                    log.warning("webhook_waits_for_database", webhook=self.name, error=str(error))
                    wait_s = LOOK_EVERY_S
                if self.figures.trouble:
                    await asyncio.sleep(wait_s)  # left alone, whatever happens meanwhile
                elif wait_s > 0:
                    await _either(self._wake, wait_s)

    async def try_out(self, body: bytes, delivery_id: str) -> Answer:
        """Send one message now, outside the line."""
        async with self._client() as client:
            return await self._post(client, delivery_id, body)

    async def _round(self, client: httpx.AsyncClient) -> float:
        """Send what is due; return for how long there is nothing to do."""
        now = self._clock.utc()
        until = now + timedelta(seconds=self.hook.timeout_s + MARGIN_S)
        limit = 1 if self.figures.trouble else self.hook.at_once
        taking = storage.deliveries.take(self._db, self.name, now=now, until=until, limit=limit)
        due = await outside("webhook messages", taking, DATABASE_TIMEOUT_S)
        if due:
            try:
                async with asyncio.TaskGroup() as sending:
                    tries = [
                        sending.create_task(
                            self._send(client, one), name=f"webhook message {one.delivery_id}"
                        )
                        for one in due
                    ]
            except* (storage.StorageError, TimeoutError) as group:
                raise group.exceptions[0] from None
            return self._judged([one.result() for one in tries])
        self._well()
        following = await outside(
            "webhook messages", storage.deliveries.next_due(self._db, self.name), DATABASE_TIMEOUT_S
        )
        if following is None:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, max(0.05, (following - self._clock.utc()).total_seconds()))

    def _judged(self, answers: list[Answer | None]) -> float:
        """What a round says of the receiver; for how long it is left alone."""
        bad = [one for one in answers if one is not None and one.down]
        if not bad:
            self._well()
            return 0.0
        figures = self.figures
        figures.failures_in_a_row += 1
        if not figures.trouble:
            log.warning("webhook_not_taken", webhook=self.name, why=bad[-1].why)
        figures.trouble = bad[-1].why
        self._troubles[self._alarm] = Trouble(
            f"Webhook {self.name} takes no messages",
            figures.trouble,
            "Its messages are kept and sent when it works again; calls go on.",
            "See that its receiver runs; dialer webhook test tells what it answers.",
            level="warn",
        )
        asked = max((one.wait_s or 0.0 for one in bad), default=0.0)
        own = backoff.rest_s(figures.failures_in_a_row, self._jitter())
        return max(own, min(asked, backoff.LONGEST_REST_S))

    def _well(self) -> None:
        if self.figures.trouble:
            log.info("webhook_taken_again", webhook=self.name)
        self.forget_trouble()

    def forget_trouble(self) -> None:
        """Nothing is wrong with the receiver as far as is known; its alarm goes."""
        self.figures.trouble, self.figures.failures_in_a_row = "", 0
        self._troubles.pop(self._alarm, None)

    @property
    def _alarm(self) -> str:
        return f"webhook:{self.name}"

    async def _send(self, client: httpx.AsyncClient, delivery: storage.Delivery) -> Answer | None:
        body = await outside("webhook messages", body_of(self._db, self.hook, delivery), DATABASE_TIMEOUT_S)
        if body is None:
            dropping = storage.deliveries.drop(self._db, delivery.delivery_id)
            await outside("webhook messages", dropping, DATABASE_TIMEOUT_S)
            return None
        answer = await self._post(client, delivery.delivery_id, body)
        await outside("webhook messages", self._noted(delivery, answer), DATABASE_TIMEOUT_S)
        return answer

    async def _noted(self, delivery: storage.Delivery, answer: Answer) -> None:
        now, one = self._clock.utc(), delivery.delivery_id
        if answer.taken and answer.status is not None:
            self.figures.delivered += 1
            await storage.deliveries.delivered(self._db, one, now=now, status=answer.status)
            return
        self.figures.failed += 1
        waits_since = delivery.waits_since or delivery.at
        next_at = now + timedelta(seconds=backoff.delay_s(delivery.tries, self._jitter(), answer.wait_s))
        given_up = next_at - waits_since > timedelta(hours=self.hook.give_up_after_h)
        if given_up:
            self.figures.laid_aside += 1
            log.warning("webhook_message_laid_aside", webhook=self.name, message=one, why=answer.why)
        await storage.deliveries.failed(
            self._db,
            one,
            status=answer.status,
            error=answer.why,
            next_at=None if given_up else next_at,
            now=now,
        )

    async def _post(self, client: httpx.AsyncClient, delivery_id: str, body: bytes) -> Answer:
        hook = self.hook
        keys = [one.get_secret_value() for one in (hook.secret, hook.old_secret) if one is not None]
        headers = signing.headers(delivery_id, int(self._clock.now()), body, keys)
        headers["content-type"] = "application/json"
        try:
            async with asyncio.timeout(hook.timeout_s):
                response = await self._exchange(client, body, headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            why = (
                f"no answer within {hook.timeout_s:g} s" if isinstance(error, TimeoutError) else _plain(error)
            )
            return Answer(None, why, down=True)
        status = response.status_code
        if 200 <= status < 300:
            return Answer(status)
        why = f"answered {status} {response.reason_phrase}"
        down = status >= 500 or status in LATER
        return Answer(status, why, down, _retry_after(response))

    async def _exchange(
        self, client: httpx.AsyncClient, body: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        async with client.stream("POST", self.hook.url, content=body, headers=headers) as response:
            await _read_some(response)
            return response

    def _client(self) -> httpx.AsyncClient:
        verify: ssl.SSLContext | bool = True
        if self.hook.tls_ca_file is not None:
            verify = ssl.create_default_context(cafile=self.hook.tls_ca_file)
        return httpx.AsyncClient(
            verify=verify,
            timeout=self.hook.timeout_s,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": f"Cadence/{VERSION}"},
            limits=httpx.Limits(max_connections=self.hook.at_once),
        )


async def _read_some(response: httpx.Response) -> None:
    """Read what the receiver says, which nobody needs, and no more of it than is sensible."""
    read = 0
    async for piece in response.aiter_raw():
        read += len(piece)
        if read > MOST_ANSWER_BYTES:
            return


async def _either(wake: asyncio.Event, wait_s: float) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await wake.wait()
    except TimeoutError:
        pass


def _retry_after(response: httpx.Response) -> float | None:
    written = response.headers.get("retry-after", "")
    return float(written) if written.isdecimal() and len(written) < 8 else None


def _plain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
