"""Which facts other systems are told of: each becomes a message in the transaction that applies it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import config
import storage
from config import Happening
from dialer.runtime.clock import instant

HAPPENINGS: Final[dict[str, Happening]] = {
    "attempt_answered": Happening.ANSWER,
    "attempt_bridged": Happening.CONNECT,
    "attempt_abandoned": Happening.ABANDON,
    "attempt_ended": Happening.END,
    "disposition": Happening.DISPOSITION,
    "attempt_opted_out": Happening.OPT_OUT,
    "recording_stopped": Happening.RECORDING,
}

TOLD: Final = ("agent", "code", "outcome", "gave_up", "file", "reason", "lead_state", "callback_owner")
"""Words of a fact that go into a message; instants stand there besides."""

Hooks = Callable[[], Mapping[str, config.Webhook]]


class Outgoing:
    """The messages of facts. `wake` is set when some were written."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self.wake: dict[str, asyncio.Event] = {}

    def of_facts(self, journal: str, batch: Iterable[Mapping[str, Any]]) -> list[storage.NewDelivery]:
        """The messages of these facts of a journal: the same for the same facts, whenever they are asked for."""
        hooks = self._hooks()
        if not hooks:
            return []
        return [one for fact in batch for one in _of_fact(hooks, journal, fact)]

    def of_promise(
        self, lead_id: int, at: datetime, due: datetime, owner: str | None
    ) -> list[storage.NewDelivery]:
        """The messages of a call promised by hand or by another system."""
        told = {"at": due.isoformat(), **({} if owner is None else {"owner": owner})}
        return [
            storage.NewDelivery(
                f"{name}-{secrets.token_hex(12)}",
                name,
                Happening.CALLBACK.value,
                at,
                lead_id=lead_id,
                told=told,
            )
            for name, hook in self._hooks().items()
            if Happening.CALLBACK in hook.events
        ]

    def written(self, messages: Iterable[storage.NewDelivery]) -> None:
        """They are in the database: whoever sends them may look."""
        for name in {one.webhook for one in messages}:
            if name in self.wake:
                self.wake[name].set()


def _of_fact(
    hooks: Mapping[str, config.Webhook], journal: str, fact: Mapping[str, Any]
) -> Iterator[storage.NewDelivery]:
    happenings = []
    if kind := HAPPENINGS.get(fact["fact"]):
        happenings.append((kind, _told(fact)))
    if fact.get("callback_at") is not None and fact["fact"] in ("attempt_ended", "disposition"):
        happenings.append((Happening.CALLBACK, _promised(fact)))
    for happening, told in happenings:
        for name, hook in hooks.items():
            if happening in hook.events:
                yield storage.NewDelivery(
                    f"{name}-{journal}-{fact['seq']}-{happening}",
                    name,
                    happening.value,
                    instant(fact["at"]),
                    fact.get("attempt"),
                    None,
                    told,
                )


def _told(fact: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(fact[key]) for key in TOLD if fact.get(key) not in (None, "", False)}


def _promised(fact: Mapping[str, Any]) -> dict[str, str]:
    owner = fact.get("callback_owner")
    told = {"at": instant(fact["callback_at"]).isoformat()}
    return told if not owner else {**told, "owner": str(owner)}
