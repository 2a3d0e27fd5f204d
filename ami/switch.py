"""One node as the daemon sees it: a line that heals itself, typed events out, verbs in."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from typing import Final

from ami import actions, events
from ami.actions import Action
from ami.address import NodeAddress
from ami.client import Begun, Connection, OnAnswer
from ami.errors import ActionRefused, AmiError, LineDown
from ami.events import Event, Flags, LinkDown, LinkUp, LiveChannel, Synced
from ami.report import EndpointReport, Examiner, NodeReport, endpoint_report
from ami.supervisor import LinkState, Supervisor, Timing
from ami.verbs import FLAG_FAMILY, Verbs
from ami.wire import Message

log = logging.getLogger(__name__)

# More than a flood of events while a snapshot is read; beyond it the line starts over.
MAX_BUFFERED: Final = 200_000
# Channels of a list read before others have their turn: about a millisecond.
AT_A_TIME: Final = 50
# Our own event comes back within milliseconds or not at all.
PROBE_TIMEOUT_S: Final = 1.0


class Switch(Verbs):
    """The verbs and the events of one node. `on_event` is called in order and must not block."""

    def __init__(
        self,
        address: NodeAddress,
        on_event: Callable[[Event], None],
        *,
        clock: Callable[[], float],
        timing: Timing | None = None,
        jitter: Callable[[], float] | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        """`clock` gives seconds since the epoch, `jitter` 0..1 (default: the system's randomness)."""
        self.address = address
        self.timing = timing or Timing()
        self._on_event = on_event
        self._clock = clock
        self._on_answer = on_answer
        self._line: Connection | None = None
        self._opening: Connection | None = None
        self._buffer: list[Event] = []
        self._probe: dict[str, asyncio.Future[float]] = {}
        self._probes = 0
        self._boot = ""
        self._restarted = False
        self._supervisor = Supervisor(
            address.name,
            dial=self._dial,
            sync=self._sync,
            on_up=self._up,
            on_down=self._down,
            timing=self.timing,
            jitter=jitter or random.SystemRandom().random,
        )

    @property
    def state(self) -> LinkState:
        """How far the line is; verbs work when UP."""
        return self._supervisor.state

    @property
    def reason(self) -> str:
        """Why the line is not up, with the remedy where one is known; empty when it is."""
        return self._supervisor.reason

    @property
    def tried(self) -> bool:
        """Whether a line has failed or ended since the start."""
        return self._supervisor.tried

    async def run(self) -> None:
        """Connect and keep connecting until cancelled."""
        await self._supervisor.run()

    def retry_now(self) -> None:
        """Try again at once instead of after the pause."""
        self._supervisor.retry_now()

    async def bridge(self, call_id: str, seat_id: str, *, tone: bool = True) -> None:
        """Connect a call with a seat, then mark the call connected; ActionRefused when either is gone.

        Asterisk lets this steal a busy seat: the caller holds the lock.
        """
        await self.begin_bridge(call_id, seat_id, tone=tone)

    def begin_bridge(self, call_id: str, seat_id: str, *, tone: bool = True, record: str = "") -> Begun[None]:
        """As `bridge`, with the request on the line before this returns; every error comes to who awaits.

        With `record`, a path on the switch, a recording begins in the same breath. If that alone fails, it is said
        in the log and the conversation goes on.
        """
        try:
            action = actions.bridge(call_id, seat_id, tone=tone)
            recording = actions.record_and_say(call_id, record) if record else ()
            line = self._up_line()
            answer = line.begin(action, self.timing.request_timeout_s)
            taped = tuple(line.begin(one, self.timing.request_timeout_s) for one in recording)
        except AmiError as error:
            failed = error  # `error` is gone when this block ends
            return Begun(lambda: _raise(failed))
        return Begun(lambda: self._bridged(call_id, answer, taped))

    async def _bridged(self, call_id: str, answer: Begun[Message], taped: tuple[Begun[Message], ...]) -> None:
        try:
            await answer
        finally:
            await self._taped(call_id, taped)
        try:
            await self._request(actions.set_var(call_id, actions.CONNECTED_VARIABLE, "1"))
        except ActionRefused as error:
            # They are connected all the same: an error here would offer the call to a second agent.
            log.debug("%s: %s ended before it was marked connected: %s", self.address.name, call_id, error)
        except AmiError as error:
            log.warning("%s: %s is not marked connected: %s", self.address.name, call_id, error)

    async def _taped(self, call_id: str, taped: tuple[Begun[Message], ...]) -> None:
        for one in taped:
            try:
                await one
            except AmiError as error:
                log.warning("%s: %s is not recorded: %s", self.address.name, call_id, error)

    async def snapshot(self) -> tuple[LiveChannel, ...]:
        """Return every live channel."""
        return await self._snapshot(self._up_line())

    async def read_flags(self) -> Flags:
        """Return what the dialplan wrote to AstDB below dialer/."""
        return await self._read_flags(self._up_line())

    async def inspect(
        self, *, modules: Iterable[str] = (), contexts: Iterable[str] = (), variables: Iterable[str] = ()
    ) -> NodeReport:
        """Examine the node; what we may not ask is listed as refused, it does not raise."""
        line = self._up_line()
        examiner = Examiner(self._request, lambda a: line.request_list(a, self.timing.request_timeout_s))
        settings = await examiner.settings()
        status = await examiner.core_status()
        calls = status.get("CoreCurrentCalls")
        return NodeReport(
            banner=line.banner,
            version=settings.get("AsteriskVersion"),
            boot=self._boot,
            current_calls=int(calls) if calls.isdecimal() else 0,
            actions=await examiner.allowed_actions(),
            missing_modules=await examiner.missing_modules(modules),
            missing_contexts=await examiner.missing_contexts(contexts),
            global_variables=await examiner.global_variables(variables),
            user_events=(offset_s := await self._probe_events(examiner)) is not None,
            clock_offset_s=offset_s,
            refused=examiner.refused,
        )

    async def endpoint(self, name: str) -> EndpointReport | None:
        """Return what is known of a PJSIP endpoint; None if there is none of that name."""
        try:
            items = await self._up_line().request_list(
                actions.show_endpoint(name), self.timing.request_timeout_s
            )
        except ActionRefused as error:
            if error.permission:
                raise
            return None
        return endpoint_report(name, items)

    async def variables(self, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
        """Return these variables of every live channel, by channel id; unset ones are left out."""
        items = await self._up_line().request_list(actions.status(names), self.timing.request_timeout_s)
        return {item.get("Uniqueid"): events.channel_variables(item, "Variable") for item in items}

    async def tapes(self) -> dict[str, tuple[str, bool]]:
        """Return what is being recorded now, by channel id: the path, and whether it hears silence."""
        found = await self.variables((actions.TAPE_VARIABLE, actions.MUTED_VARIABLE))
        return {
            channel_id: (told[actions.TAPE_VARIABLE], told.get(actions.MUTED_VARIABLE) == "1")
            for channel_id, told in found.items()
            if actions.TAPE_VARIABLE in told
        }

    async def _probe_events(self, examiner: Examiner) -> float | None:
        """Send ourselves an event; how far our clock is ahead of its stamp, None if it does not come."""
        self._probes += 1
        nonce = f"probe-{self._probes}"
        arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._probe[nonce] = arrived
        try:
            await self._request(actions.probe(nonce))
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                return await arrived
        except ActionRefused as error:
            examiner.refused["UserEvent"] = str(error)
        except TimeoutError:
            pass
        finally:
            del self._probe[nonce]
        return None

    def _dial(self) -> Connection:
        self._buffer.clear()
        self._line = None
        self._opening = Connection(
            self.address, self._on_message, clock=self._clock, on_answer=self._on_answer
        )
        return self._opening

    async def _sync(self, line: Connection) -> None:
        """Take the snapshot while events are buffered, then hand over both in order."""
        boot = await self._read_boot(line)
        channels = await self._snapshot(line)
        flags = await self._read_flags(line)
        if line.closed.done():
            raise LineDown(line.closed.result())
        self._restarted = bool(self._boot) and boot != self._boot
        self._boot = boot
        now = self._clock()
        self._line = line  # whoever is found waiting is connected within the event that tells of them
        self._emit(Synced(now, self.address.name, now, channels, flags, restarted=self._restarted, boot=boot))
        buffered, self._buffer = self._buffer, []
        for event in buffered:
            self._emit(event)

    def _up(self, _line: Connection) -> None:
        now = self._clock()
        self._emit(LinkUp(now, self.address.name, now, restarted=self._restarted))

    def _down(self, reason: str) -> None:
        self._line = None
        now = self._clock()
        self._emit(LinkDown(now, self.address.name, now, reason))

    def _on_message(self, message: Message, received: float) -> None:
        event = events.parse(message, self.address.name, received)
        if event is None:
            self._seen_probe(message, received)
            return
        if self._line is not None:
            self._emit(event)
        elif len(self._buffer) < MAX_BUFFERED:
            self._buffer.append(event)
        elif self._opening is not None:
            self._opening.abort(f"more than {MAX_BUFFERED} events while synchronising")

    def _seen_probe(self, message: Message, received: float) -> None:
        arrived = self._probe.get(message.get("Nonce")) if self._probe else None
        if arrived is not None and not arrived.done():
            arrived.set_result(received - events.stamped(message, received))

    def _emit(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            log.exception("%s: the handler of %s failed", self.address.name, type(event).__name__)

    def _up_line(self) -> Connection:
        line = self._line
        if line is None or self.state not in (LinkState.UP, LinkState.SYNCING):
            raise LineDown(f"{self.address.name}: {self.reason or self.state.value}")
        return line

    async def _request(self, action: Action) -> Message:
        return await self._up_line().request(action, self.timing.request_timeout_s)

    async def _read_boot(self, line: Connection) -> str:
        status = await line.request(actions.simple("CoreStatus"), self.timing.request_timeout_s)
        return f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}".strip()

    async def _snapshot(self, line: Connection) -> tuple[LiveChannel, ...]:
        items = await line.request_list(actions.show_channels(), self.timing.request_timeout_s)
        channels: list[LiveChannel] = []
        for first in range(0, len(items), AT_A_TIME):
            channels += map(events.live_channel, items[first : first + AT_A_TIME])
            await asyncio.sleep(0)
        if line.closed.done():
            raise LineDown(line.closed.result())
        return tuple(channels)

    async def _read_flags(self, line: Connection) -> Flags:
        try:
            items = await line.request_list(actions.read_tree(FLAG_FAMILY), self.timing.request_timeout_s)
        except ActionRefused as error:
            if not error.empty:
                raise
            return Flags()
        return events.flags((item.get("Key"), item.get("Val")) for item in items)


async def _raise(error: AmiError) -> None:
    raise error
