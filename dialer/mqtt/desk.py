"""Answers requests: each is checked, run once, and answered with the caller's own transaction id."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog

import storage
from dialer.access.limits import Allowance
from dialer.control import ControlError
from dialer.mqtt.payloads import Failure, Response
from dialer.mqtt.verbs import Verb
from dialer.ops.masking import mask_all, mask_text
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

ANSWER_TIMEOUT_S = 60.0
AT_ONCE = 32
"""Requests under way; the next one is told to come again."""

PER_S, BURST_S = 100.0, 10.0
"""Requests a second in the long run, and how many seconds' worth may come at once."""

REMEMBERED = 1_000
"""Answers kept by transaction: a message that comes twice is not obeyed twice."""

Answer = Callable[[str, bytes], None]


class _Head(msgspec.Struct, frozen=True):
    transaction: str | None = None


class Desk:
    """The verbs behind `dialer/request/<verb>`; `answered` counts verb and result."""

    def __init__(
        self,
        verbs: Mapping[str, Verb],
        answer: Answer,
        *,
        max_bytes: int,
        numbers: bool = False,
        now: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`answer(verb, payload)` must not block. `numbers`: answers may hold numbers and people's data.

        `now` is the clock by which requests are counted; one that stands still allows a burst only.
        """
        self._requests = Allowance(PER_S, BURST_S)
        self._now = now
        self._verbs = verbs
        self._answer = answer
        self._max_bytes = max_bytes
        self._numbers = numbers
        self._tasks = Tasks()
        self._known: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()
        self.answered: Counter[tuple[str, str]] = Counter()

    def take(self, verb: str, payload: bytes, *, retained: bool = False) -> None:
        """A request arrived. A retained one is old by nature and is not obeyed."""
        if retained:
            self._refuse(verb, None, "retained_request", "send requests without the retain flag")
            return
        if len(payload) > self._max_bytes:
            text = f"the request has {len(payload)} bytes; at most {self._max_bytes} are read"
            self._refuse(verb, None, "payload_too_large", text)
            return
        transaction = _transaction_of(payload)
        served = self._verbs.get(verb)
        if served is None:
            text = f"there is no verb {verb!r}; there are: {', '.join(self._verbs)}"
            self._refuse(verb, transaction, "verb_unknown", text)
            return
        try:
            request = served.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(verb, transaction, "payload_invalid", f"not understood: {error}")
            return
        if transaction is not None and (verb, transaction) in self._known:
            self._again(verb, transaction)
            return
        if len(self._tasks) >= AT_ONCE or not self._allowed():
            text = f"{AT_ONCE} requests are under way, or more than {PER_S:g} came a second; send it again in a moment"
            self._refuse(verb, transaction, "busy", text)
            return
        self._remember(verb, transaction, None)
        self._tasks.start(f"mqtt request {verb}", self._run(served, request, transaction))

    def _allowed(self) -> bool:
        return self._requests.wait_s("", self._now()) == 0

    async def close(self) -> None:
        """Let go of requests under way."""
        await self._tasks.close()

    def _again(self, verb: str, transaction: str) -> None:
        answer = self._known[verb, transaction]
        self.answered[verb, "repeated"] += 1
        if answer is not None:
            self._answer(verb, answer)

    async def _run(self, verb: Verb, request: object, transaction: str | None) -> None:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                result = await verb.run(request)
        except ControlError as error:
            self._refuse(verb.name, transaction, error.id, str(error))
        except TimeoutError:
            text = f"no answer within {ANSWER_TIMEOUT_S:g} s; look at the state before asking again"
            self._refuse(verb.name, transaction, "timed_out", text)
        except (ValueError, TypeError) as error:
            self._refuse(verb.name, transaction, "bad_request", f"not understood: {error}")
        except storage.StorageError as error:
            self._refuse(verb.name, transaction, "database_away", f"the database does not answer: {error}")
        except Exception:
            log.exception("mqtt_request_failed", verb=verb.name)
            text = "this is our mistake; the daemon's log tells more"
            self._refuse(verb.name, transaction, "failed", text)
        else:
            shown = result if self._numbers else mask_all(_impersonal(result))
            self._say(verb.name, transaction, Response(status="ok", transaction=transaction, result=shown))

    def _refuse(self, verb: str, transaction: str | None, error_id: str, message: str) -> None:
        failure = Failure(id=error_id, message=message if self._numbers else mask_text(message))
        self._say(verb, transaction, Response(status="error", transaction=transaction, error=failure))

    def _say(self, verb: str, transaction: str | None, response: Response) -> None:
        payload = msgspec.json.encode(response)
        known = verb if verb in self._verbs else "unknown"
        self.answered[known, "ok" if response.error is None else response.error.id] += 1
        if transaction is not None and (verb, transaction) in self._known:
            self._known[verb, transaction] = payload
        self._answer(verb, payload)

    def _remember(self, verb: str, transaction: str | None, answer: bytes | None) -> None:
        if transaction is None:
            return
        self._known[verb, transaction] = answer
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _impersonal(value: Any) -> Any:
    """What is said without the person called: of a lead only its id is left."""
    if isinstance(value, Mapping):
        return {
            key: {"id": one.get("id")} if key == "lead" and isinstance(one, Mapping) else _impersonal(one)
            for key, one in value.items()
        }
    return [_impersonal(one) for one in value] if isinstance(value, list | tuple) else value


def _transaction_of(payload: bytes) -> str | None:
    """The transaction id where it can be read: also a refusal goes back under it."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = msgspec.json.decode(payload, type=_Head).transaction
        return None if found is None else found[:128]
    return None
