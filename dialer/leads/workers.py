"""Who converts rows: a thread for a small file, a process of its own for a large one.

Reading a telephone number costs as much as adding a lead; in another process the two go on at once.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self

import msgspec

from dialer.leads.convert import Converted, Converter, Rejected
from dialer.leads.rows import Row

LARGE_BYTES = 2_000_000  # below this a process starts longer than it works

Result = Converted | Rejected

_converter: Converter | None = None


class Workers:
    """Converts batches of rows outside the event loop, in the order they were given."""

    def __init__(self, converter: Converter, size_bytes: int, *, cores: int | None = None) -> None:
        self._converter = converter
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="leads-convert")
        self._pool: ProcessPoolExecutor | None = None
        processes = min((cores or os.cpu_count() or 1) - 1, 3)
        if processes > 0 and size_bytes >= LARGE_BYTES:
            self._pool = ProcessPoolExecutor(
                processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare,
                initargs=(converter,),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def convert(self, rows: list[Row]) -> asyncio.Future[bytes]:
        """What is to come for a batch; `results` reads it."""
        loop = asyncio.get_running_loop()
        if self._pool is not None:
            try:
                return loop.run_in_executor(self._pool, _convert_packed, msgspec.msgpack.encode(rows))
            except BrokenProcessPool:
                self._pool = None
        return loop.run_in_executor(self._thread, _packed, self._converter, rows)

    async def results(self, rows: list[Row], coming: asyncio.Future[bytes]) -> list[Result]:
        """The results of a batch, in order; done again here where its process died."""
        try:
            packed = await coming
        except BrokenProcessPool:
            self._pool = None
            packed = await self.convert(rows)
        leads, rejected = _RESULTS.decode(packed)
        bad = iter(rejected)
        return [lead if lead is not None else next(bad) for lead in leads]


# msgpack carries a batch between processes in a fifth of the time pickle takes.
_ROWS = msgspec.msgpack.Decoder(list[Row])
_RESULTS = msgspec.msgpack.Decoder(tuple[list[Converted | None], list[Rejected]])


def _packed(converter: Converter, rows: list[Row]) -> bytes:
    leads: list[Converted | None] = []
    rejected: list[Rejected] = []
    for row in rows:
        result = converter.convert(row)
        if isinstance(result, Rejected):
            rejected.append(result)
            leads.append(None)
        else:
            leads.append(result)
    return msgspec.msgpack.encode((leads, rejected))


def _prepare(converter: Converter) -> None:
    global _converter  # noqa: PLW0603 - one per process, set once when it starts
    _converter = converter


def _convert_packed(rows: bytes) -> bytes:
    if _converter is None:
        raise RuntimeError("the worker was not prepared")
    return _packed(_converter, _ROWS.decode(rows))
