"""Named tasks with an owner: none is lost, each failure is seen, all are awaited at the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

watchers: list[Callable[[str, float, str], None]] = []
"""Each hears what was waited for outside, for how many seconds, and `ok` or `failed`; it must not raise."""


class Tasks:
    """The tasks of one owner. A task that fails is logged and given to `on_failure`; the others go on."""

    def __init__(self, on_failure: Callable[[str, BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure

    def __len__(self) -> int:
        """Tasks not done yet."""
        return len(self._tasks)

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` as a named task."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        """Cancel what still runs and wait for it."""
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("task_failed", task=task.get_name(), exc_info=error)
        if self._on_failure is not None:
            self._on_failure(task.get_name(), error)


async def outside(what: str, work: Awaitable[T], timeout_s: float) -> T:
    """Wait for something outside this process for `timeout_s` at most; virtual time stands still meanwhile."""
    loop = asyncio.get_running_loop()
    hold = getattr(loop, "hold", None)
    began = time.perf_counter()
    result = "failed"
    try:
        with hold(what) if hold is not None else contextlib.nullcontext():
            async with asyncio.timeout(timeout_s):
                done = await work
        result = "ok"
        return done
    finally:
        for watch in tuple(watchers):
            watch(what, time.perf_counter() - began, result)


async def together(what: str, works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run these at once and return what each found; the first failure ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one, name=f"{what} {number}") for number, one in enumerate(works)]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [one.result() for one in tasks]
