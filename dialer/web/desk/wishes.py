"""What an agent may ask over the desk's socket, read strictly, and done by the use cases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec

from dialer.control import Control, ControlError
from dialer.web.desk.cards import Cards

Text = Annotated[str, msgspec.Meta(max_length=200)]
Prose = Annotated[str, msgspec.Meta(max_length=4_000)]


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message of the page: `n` comes back with the answer, `do` is the verb, the rest is the verb's own."""

    do: Annotated[str, msgspec.Meta(max_length=32)]
    n: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    reason: Text = ""
    skip_interval: bool = False
    ready: bool = False
    campaign: Text | None = None
    interval_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] | None = None
    code: Text = ""
    callback: Text | None = None
    callback_at: Annotated[float, msgspec.Meta(ge=0, le=32_503_680_000)] | None = None
    mine: bool = False
    amount: Text | float | None = None
    note: Prose | None = None
    text: Prose = ""
    call: Text | None = None
    to_agent: Text | None = None
    to_number: Text | None = None
    on: bool | None = None
    what: Text | None = None
    number: Text | None = None
    lead: Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)] | None = None


_decode = msgspec.json.Decoder(Wish).decode


def read(text: str | bytes) -> Wish:
    """The wish; raises ControlError for what is none."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as error:
        raise ControlError("invalid", f"not understood: {error}") from None


def number_of(text: str) -> int:
    """The `n` of a message that is no wish, so that its sender is answered all the same; 0 where it has none."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return 0
    n = found.get("n") if isinstance(found, dict) else None
    return n if isinstance(n, int) and not isinstance(n, bool) and abs(n) <= 1 << 53 else 0


class Wishes:
    """Does one agent's wishes."""

    def __init__(self, control: Control, cards: Cards, agent: str) -> None:
        self._control = control
        self._cards = cards
        self._agent = agent

    async def grant(self, wish: Wish) -> None:
        """Do it; raises ControlError for what cannot be done now."""
        own = _OWN.get(wish.do)
        if own is not None:
            await own(self, wish)
            return
        spell = OF_CONTROL.get(wish.do)
        if spell is None:
            raise ControlError("invalid", f"there is no {wish.do!r} at a desk")
        verb: Callable[..., Awaitable[Any]] = getattr(self._control, wish.do)
        given = {name: getattr(wish, name) for name in spell if getattr(wish, name) is not None}
        await verb(self._agent, **given)

    async def _log_in(self, wish: Wish) -> None:
        await self._control.log_in(self._agent, wish.campaign, wish.ready)

    async def _log_out(self, _: Wish) -> None:
        await self._control.log_out(self._agent)

    async def _ready(self, wish: Wish) -> None:
        await self._control.ready(self._agent, wish.skip_interval)

    async def _pause(self, wish: Wish) -> None:
        await self._control.pause(self._agent, wish.reason)

    async def _interval(self, wish: Wish) -> None:
        if wish.interval_s is None:
            raise ControlError("invalid", "say interval_s")
        await self._control.set_interval(self._agent, wish.interval_s)

    async def _dispose(self, wish: Wish) -> None:
        if wish.note:
            await self._keep(wish.note, wish.call)
        await self._control.dispose(
            self._agent, wish.code, wish.callback_at, wish.mine, wish.callback, wish.amount
        )

    async def _note(self, wish: Wish) -> None:
        if not wish.text.strip():
            raise ControlError("invalid", "a note has at least one letter")
        await self._keep(wish.text, wish.call)

    async def _keep(self, text: str, call: str | None) -> None:
        """A note on the conversation going on, or the one just ended; in the database before it is acknowledged."""
        runner, mine = self._calls()
        chosen = call or (mine[0] if mine else None)
        if runner is None or chosen is None or chosen not in mine:
            raise ControlError("no_conversation", "there is no conversation of yours to write a note on")
        card = self._cards.of(runner, chosen)
        if card is None:
            raise ControlError("not_read_yet", "the person's data is being read; try again in a moment")
        await self._control.note(card.lead_id, _clean(text), self._agent, chosen)
        card.note = text

    def _calls(self) -> tuple[Any, list[str]]:
        for runner in self._control.dialer.floors.values():
            found = runner.floor.roster.get(self._agent)
            if found is not None and (found.call_id or found.last_call_id):
                return runner, [one for one in (found.call_id, found.last_call_id) if one]
        return None, []

    async def _record(self, wish: Wish) -> None:
        await self._control.record(self._agent, wish.what or ("start" if wish.on else "stop"))


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter in "\n\t" or letter.isprintable())


_OWN: dict[str, Callable[[Wishes, Wish], Awaitable[None]]] = {
    "login": Wishes._log_in,
    "logout": Wishes._log_out,
    "ready": Wishes._ready,
    "pause": Wishes._pause,
    "interval": Wishes._interval,
    "dispose": Wishes._dispose,
    "note": Wishes._note,
    "record": Wishes._record,
}
OF_CONTROL: dict[str, tuple[str, ...]] = {
    "hang_up": (),
    "hold": (),
    "unhold": (),
    "transfer": ("to_agent", "to_number"),
    "add": ("to_agent", "to_number"),
    "drop": (),
    "leave": (),
    "dial": ("number", "lead"),
    "accept": (),
    "skip": ("reason",),
}
"""Verbs that are use cases of the same name, and what they are told."""
