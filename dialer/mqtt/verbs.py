"""What may be asked by message: the use cases agents and supervisors need, their arguments checked by type."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dialer.control import Control
from dialer.mqtt.payloads import Transaction

SERVED = (
    "campaigns",
    "campaign_status",
    "set_run_state",
    "leads_at_risk",
    "agents",
    "log_in",
    "log_out",
    "ready",
    "pause",
    "set_interval",
    "dispose",
    "callback",
    "may_dial",
    "accept",
    "skip",
    "tune",
    "hang_up",
    "hold",
    "unhold",
    "transfer",
    "add",
    "drop",
    "leave",
    "record",
    "verbs_of",
)
"""By name, so that a use case for administrators is never served by accident."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: the type of its request, and what answers it."""

    name: str
    request: type[msgspec.Struct]
    promise: str
    decode: Callable[[bytes], Any]
    answer: Callable[..., Awaitable[Any]]

    async def run(self, request: Any) -> Any:
        """Grant a decoded request."""
        given = msgspec.structs.asdict(request)
        given.pop("transaction")
        return await self.answer(**given)


def verbs_of(control: Control) -> Mapping[str, Verb]:
    """Every verb served, by name."""
    return {name: _verb(name, getattr(control, name)) for name in SERVED}


def request_types() -> Mapping[str, type[msgspec.Struct]]:
    """The type of each verb's request, without a running dialer."""
    return {name: _request(name, getattr(Control, name)) for name in SERVED}


def promise_of(name: str) -> str:
    """What the verb promises, in a line."""
    return (inspect.getdoc(getattr(Control, name)) or "").split("\n", 1)[0]


def _verb(name: str, answer: Callable[..., Awaitable[Any]]) -> Verb:
    request = _request(name, answer)
    return Verb(name, request, promise_of(name), msgspec.json.Decoder(request).decode, answer)


def _request(name: str, answer: Callable[..., Any]) -> type[msgspec.Struct]:
    """The use case's own signature as a message: no unknown keys, types held to."""
    hints = typing.get_type_hints(answer)
    fields: list[Any] = [("transaction", Transaction | None, None)]
    for parameter in inspect.signature(answer).parameters.values():
        if parameter.name == "self":
            continue
        kind = hints[parameter.name]
        bare = parameter.default is inspect.Parameter.empty
        fields.append((parameter.name, kind) if bare else (parameter.name, kind, parameter.default))
    title = "".join(part.capitalize() for part in name.split("_")) + "Request"
    return msgspec.defstruct(title, fields, kw_only=True, frozen=True, forbid_unknown_fields=True)
