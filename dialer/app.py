"""The one place that wires everything: the daemon from its settings to its last task."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

import config
from dialer import private
from dialer.control import Control, ControlError
from dialer.control.scheduled import Scheduled
from dialer.core.events import RunState
from dialer.ops import socket as control_socket
from dialer.ops.heartbeat import Heartbeat
from dialer.ops.notify import Notifier
from dialer.ops.watching import watched
from dialer.privacy import Sweeper
from dialer.runtime.dialer import Dialer
from dialer.runtime.leadership import LostLeadership
from dialer.runtime.tasks import Tasks
from dialer.runtime.wiring import Listener

if TYPE_CHECKING:
    from dialer.web import Website

log = structlog.get_logger(__name__)

HAND_OVER_TIMEOUT_S = 90.0
"""How long a hand-over waits for ringing and waiting calls before it leaves them to the dialplan."""

FIRST_CALLS_S = 2.0
"""The longest recordings and pages wait at start; a node that cannot be reached holds up nothing."""

FIRST_CALLS_POLL_S = 0.02
POLL_S = 0.1
STATUS_EVERY_S = 5.0


@contextlib.asynccontextmanager
async def running(
    settings: config.Settings, *, listener: Listener | None = None, durable: bool = True
) -> AsyncIterator[Control]:
    """A started dialer with its control socket; closed in order at the end. `durable` False is for demos."""
    dialer = Dialer(settings, listener=listener, durable=durable)
    control = Control(dialer)
    door = control_socket.ControlSocket(socket_path(settings), control_socket.verbs(control))
    await asyncio.to_thread(private.folder, Path(settings.data_dir))
    await door.open()
    try:
        await dialer.start()
        try:
            Scheduled(control).start()
            async with (
                watched(control, settings),
                _webhooks(control),
                _broker(control, settings),
                _recordings(control),
                _sweeping(control),
                _website(control, settings),
            ):
                yield control
        finally:
            await control.close()
            await dialer.close()
    finally:
        await door.close()


@contextlib.asynccontextmanager
async def _recordings(control: Control) -> AsyncIterator[None]:
    """Finished recordings are brought into their store, and deleted when their time is over."""
    await _first_calls_first(control)
    await asyncio.to_thread(importlib.import_module, "dialer.recordings")
    from dialer.recordings import Archive, Collector, Rounds, Sweeper

    dialer = control.dialer
    archive = control.surfaces["recordings"] = Archive(dialer.db, lambda: dialer.settings, dialer.clock.utc)
    collector, rounds = Collector(dialer, archive), Rounds(dialer, Sweeper(archive))
    collector.start()
    rounds.start()
    try:
        yield
    finally:
        await collector.close()
        await rounds.close()
        archive.close()


@contextlib.asynccontextmanager
async def _broker(control: Control, settings: config.Settings) -> AsyncIterator[None]:
    """The line to an MQTT broker, where the configuration names one; it may be away as long as it likes."""
    if settings.mqtt is None:
        yield
        return
    from dialer.mqtt.bridge import Bridge

    bridge = control.surfaces["mqtt"] = Bridge(settings.mqtt, control)
    bridge.start()
    try:
        yield
    finally:
        await bridge.close()


@contextlib.asynccontextmanager
async def _webhooks(control: Control) -> AsyncIterator[None]:
    """The senders of webhooks; there may be none, until a reload brings some."""
    from dialer.webhooks.service import Webhooks

    webhooks = control.surfaces["webhooks"] = Webhooks(control)
    webhooks.start()
    try:
        yield
    finally:
        await webhooks.close()


@contextlib.asynccontextmanager
async def _sweeping(control: Control) -> AsyncIterator[None]:
    """Deletes at night what is past keeping."""
    dialer, tasks = control.dialer, Tasks()
    sweeper = control.surfaces["sweeper"] = Sweeper(
        dialer.db, dialer.clock, lambda: dialer.settings, lambda: dialer.may_act
    )
    tasks.start("sweep", sweeper.run())
    try:
        yield
    finally:
        await tasks.close()


@contextlib.asynccontextmanager
async def _website(control: Control, settings: config.Settings) -> AsyncIterator[None]:
    """Pages and API, where the configuration wants them."""
    if settings.web is None:
        yield
        return
    website = (await asyncio.to_thread(_website_class))(control, settings.web)
    await website.open()
    control.web_address = website.address
    control.setup_link = website.setup_link
    try:
        yield
    finally:
        await website.close()


def _website_class() -> type[Website]:
    """Takes most of a second to load, in which calls go on."""
    from dialer.web import Website

    return Website


async def _first_calls_first(control: Control) -> None:
    """Wait until the lines are up and what the floors wanted first is claimed: all that follows can wait for it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRST_CALLS_S):
            while not control.dialer.at_work:
                await asyncio.sleep(FIRST_CALLS_POLL_S)


def socket_path(settings: config.Settings) -> Path:
    """Where the control socket of this configuration stands."""
    return Path(settings.data_dir) / control_socket.NAME


async def run(settings: config.Settings) -> None:
    """Run until SIGTERM or SIGINT, then hand over: no new calls, ringing ones to their end, conversations stay."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    tasks = Tasks()
    notifier, heart = Notifier.from_process(), Heartbeat()
    starting = asyncio.current_task()

    def leave() -> None:
        stop.set()
        if starting is not None and not started:
            starting.cancel()  # nothing is there yet that could be handed over; a standby waits here

    started = False
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    loop.add_signal_handler(
        signal.SIGHUP, lambda: log.info("still_starting", note="read already; nothing to do")
    )
    heart.listeners.append(lambda _: notifier.feed())
    tasks.start("heartbeat", heart.run())
    if settings.standby is not None:
        notifier.ready("standing by, unless it leads soon")  # which may be never: to wait is its work
    try:
        async with running(settings) as control:
            started = True
            loop.add_signal_handler(signal.SIGHUP, lambda: tasks.start("reload", _reload(control, notifier)))
            control.dialer.watchers.append(_follow_log_level)
            heart.listeners.append(control.surfaces["metrics"].beat)
            spare_the_collector()
            log.info("dialer_started", instance=settings.instance, campaigns=sorted(settings.campaigns))
            await _ask_for_an_admin(control)
            notifier.ready(status_line(control))
            tasks.start("status", _tell_status(control, notifier))
            await _either(stop, control.dialer.abdicated)
            if control.dialer.abdicated.is_set():
                raise LostLeadership("another daemon leads now; started again, this one stands by")
            log.info("handing_over", note="no new calls; a second signal leaves at once")
            stop.clear()
            notifier.stopping("handing over: no new calls, ringing ones are served")
            await hand_over(control, stop)
            await tasks.close()
    except asyncio.CancelledError:
        if started or not stop.is_set():
            raise
        log.info("left_before_start")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)


async def _reload(control: Control, notifier: Notifier) -> None:
    notifier.reloading()
    with contextlib.suppress(ControlError):  # it says in the log why nothing was changed
        await control.reload()
    notifier.ready(status_line(control))


def _follow_log_level(old: config.Settings, new: config.Settings) -> None:
    if old.log.level is not new.log.level:
        logging.getLogger().setLevel(new.log.level.value.upper())


async def _tell_status(control: Control, notifier: Notifier) -> None:
    while True:
        await asyncio.sleep(STATUS_EVERY_S)
        notifier.status(status_line(control))


def status_line(control: Control) -> str:
    """The daemon in a line, for systemd."""
    floors = [runner.floor for runner in control.dialer.floors.values()]
    running = sum(floor.run_state is RunState.RUNNING for floor in floors)
    agents = sum(floor.roster.working for floor in floors)
    calls = sum(len(floor.calls) for floor in floors)
    down = [name for name, node in control.dialer.nodes.items() if not node.up]
    away = f"; not reached: {', '.join(down)}" if down else ""
    return f"{running} of {len(floors)} campaigns running, {agents} agents at work, {calls} calls on{away}"


async def _ask_for_an_admin(control: Control) -> None:
    link = None if control.setup_link is None else await control.setup_link()
    if link is not None:
        log.warning("first_admin_wanted", link=link, note="make the first admin here; works once")


async def _either(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = Tasks()
    try:
        tasks = [waiting.start("wait for a signal", one.wait()) for one in events]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await waiting.close()


def spare_the_collector() -> None:
    """What start-up made stays: never looked through again, or each full collection would hold up callers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 50, 50)


async def hand_over(control: Control, hurry: asyncio.Event | None = None) -> None:
    """Place no new call and wait until none is dialing, ringing or waiting; conversations are left to go on."""
    control.dialer.forbid_all("hand-over", "the daemon is being handed over")
    deadline = control.dialer.clock.now() + HAND_OVER_TIMEOUT_S
    while not control.dialer.idle and control.dialer.clock.now() < deadline:
        if hurry is not None and hurry.is_set():
            return
        await asyncio.sleep(POLL_S)
