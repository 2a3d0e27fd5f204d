"""What a live Asterisk says about itself and about our rights on it, for `dialer doctor`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from ami import actions
from ami.actions import Action
from ami.errors import ActionRefused
from ami.wire import Message

Ask = Callable[[Action], Awaitable[Message]]
AskList = Callable[[Action], Awaitable[tuple[Message, ...]]]


@dataclass(frozen=True, slots=True)
class NodeReport:
    """One node examined.

    `actions` are those our manager user may use; `refused` what we could not ask, and why.
    `user_events` is False when an event sent by ourselves did not come back: read=user or an event
    filter is missing. `global_variables` holds those asked for that are set.
    `clock_offset_s` is how far our clock is ahead of the switch's (the way included), None if unknown.
    """

    banner: str
    version: str
    boot: str
    current_calls: int
    actions: frozenset[str]
    missing_modules: tuple[str, ...]
    missing_contexts: tuple[str, ...]
    global_variables: Mapping[str, str]
    user_events: bool
    refused: Mapping[str, str]
    clock_offset_s: float | None = None


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """One PJSIP endpoint: `contacts` maps each address to its status (Reachable, Unreachable, NonQualified, ...)."""

    name: str
    direct_media: bool
    contacts: Mapping[str, str]


def endpoint_report(name: str, items: Iterable[Message]) -> EndpointReport:
    """Read the list that answers PJSIPShowEndpoint."""
    direct_media = False
    contacts: dict[str, str] = {}
    for item in items:
        if item.event == "EndpointDetail":
            direct_media = item.get("DirectMedia") in ("true", "yes")
        elif item.event == "ContactStatusDetail":
            contacts[item.get("URI")] = item.get("Status")
    return EndpointReport(name, direct_media, contacts)


class Examiner:
    """Asks one question after the other; a refused one is noted and the rest goes on."""

    def __init__(self, ask: Ask, ask_list: AskList) -> None:
        self._ask = ask
        self._ask_list = ask_list
        self.refused: dict[str, str] = {}

    async def settings(self) -> Message:
        """Return CoreSettings, empty if refused."""
        return await self._or_empty(actions.simple("CoreSettings"))

    async def core_status(self) -> Message:
        """Return CoreStatus, empty if refused."""
        return await self._or_empty(actions.simple("CoreStatus"))

    async def allowed_actions(self) -> frozenset[str]:
        """Return the names of the actions this manager user may use."""
        listing = await self._or_empty(actions.simple("ListCommands"))
        plumbing = ("response", "actionid", "message")
        return frozenset(name for name, _ in listing.headers if name.lower() not in plumbing)

    async def missing_modules(self, modules: Iterable[str]) -> tuple[str, ...]:
        """Return those modules that are not loaded."""
        loaded = {name: await self._granted(actions.module_check(name)) for name in modules}
        return tuple(name for name, there in loaded.items() if not there)

    async def missing_contexts(self, contexts: Iterable[str]) -> tuple[str, ...]:
        """Return those contexts that the dialplan lacks."""
        missing = []
        for context in contexts:
            try:
                await self._ask_list(actions.show_dialplan(context))
            except ActionRefused as error:
                if error.permission:
                    self.refused["ShowDialPlan"] = str(error)
                    break
                missing.append(context)
        return tuple(missing)

    async def global_variables(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the dialplan's global variables of these names that are set."""
        found = {}
        for name in names:
            value = (await self._or_empty(actions.get_global(name))).get("Value")
            if value:
                found[name] = value
        return found

    async def _or_empty(self, action: Action) -> Message:
        try:
            return await self._ask(action)
        except ActionRefused as error:
            self.refused[action.name] = str(error)
            return Message(())

    async def _granted(self, action: Action) -> bool:
        """Return False only for a real no: without the right to ask, nothing is claimed."""
        try:
            await self._ask(action)
        except ActionRefused as error:
            if not error.permission:
                return False
            self.refused[action.name] = str(error)
        return True
