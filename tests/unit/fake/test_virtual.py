"""Virtual time moves when everybody is idle, and only then."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time

import pytest

from ami.fake import virtual
from ami.fake.virtual import VirtualLoop, run


def virtual_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_an_hour_of_sleep_ends_at_its_hour_and_at_once() -> None:
    async def main() -> tuple[float, float]:
        loop = virtual_loop()
        async with asyncio.TaskGroup() as group:
            for n in range(60):
                group.create_task(asyncio.sleep(60.0 * n))
        for _ in range(60):
            await asyncio.sleep(60)
        return loop.time(), loop.epoch_time()

    real = time.monotonic()
    at, epoch = run(main())
    assert at == pytest.approx(59 * 60 + 3600)
    assert epoch == virtual.EPOCH_S + at
    assert time.monotonic() - real < 60


def test_time_starts_where_it_is_told_and_never_stops_between_large_instants() -> None:
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(1e-7)
        return virtual_loop().epoch_time()

    assert run(main(), epoch_s=2e9) == pytest.approx(2e9 + 1e-4, abs=1e-5)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_round_trips_on_tcp_take_no_virtual_time() -> None:
    async def main() -> float:
        loop = virtual_loop()
        ticks = 0

        def tick() -> None:
            nonlocal ticks
            ticks += 1
            loop.call_later(0.001, tick)

        tick()
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        start = loop.time()
        for _ in range(20):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            for size in (1, 10, 200_000):
                writer.write(b"x" * size)
                assert len(await reader.readexactly(size)) == size
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
        took = loop.time() - start
        server.close()
        await server.wait_closed()
        return took

    assert run(main()) == 0


def test_a_reader_that_does_not_read_does_not_stop_time() -> None:
    async def main() -> float:
        async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(100)
            writer.transport.abort()

        server = await asyncio.start_server(deaf, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"anybody?")
        await asyncio.sleep(101)
        writer.close()
        server.close()
        await server.wait_closed()
        return virtual_loop().time()

    assert run(main()) == pytest.approx(101)


def test_a_hold_stops_time_until_the_outside_answers() -> None:
    async def main() -> tuple[float, float]:
        loop = virtual_loop()
        answer: asyncio.Future[None] = loop.create_future()
        threading.Timer(0.05, loop.call_soon_threadsafe, (answer.set_result, None)).start()
        async with asyncio.timeout(0.01):
            with loop.hold("a thread"):
                await answer
        held = loop.time()
        await asyncio.sleep(1)
        return held, loop.time()

    assert run(main()) == (0, 1)


def test_holds_nest() -> None:
    async def main() -> float:
        loop = virtual_loop()
        with loop.hold("outer"):
            with loop.hold("inner"):
                pass
            answer: asyncio.Future[None] = loop.create_future()
            loop.call_later(5, lambda: None)
            threading.Timer(0.02, loop.call_soon_threadsafe, (answer.set_result, None)).start()
            await answer
        return loop.time()

    assert run(main()) == 0


def test_jobs_in_threads_stop_time() -> None:
    async def main() -> float:
        loop = virtual_loop()
        ready = threading.Event()
        threading.Timer(0.05, ready.set).start()
        async with asyncio.timeout(0.001):
            assert await asyncio.to_thread(ready.wait, 10)
        return loop.time()

    assert run(main()) == 0


def test_a_timeout_fires_at_its_virtual_instant() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 90)
        return virtual_loop().time()

    assert run(main()) == pytest.approx(90)


def test_a_paced_loop_is_never_faster_than_its_speed() -> None:
    async def main() -> list[tuple[float, float]]:
        loop = virtual_loop()
        marks = []
        for _ in range(30):
            await asyncio.sleep(0.2)
            marks.append((loop.time(), time.monotonic()))
        return marks

    marks = run(main(), speed=60)
    virtual_s = marks[-1][0] - marks[0][0]
    assert virtual_s == pytest.approx(29 * 0.2)
    assert marks[-1][1] - marks[0][1] >= virtual_s / 60 - 0.051


def test_a_paced_loop_does_not_race_after_a_hold() -> None:
    async def main() -> tuple[float, float]:
        loop = virtual_loop()
        await asyncio.to_thread(time.sleep, 0.3)
        before, real = loop.time(), time.monotonic()
        await asyncio.sleep(6)
        return loop.time() - before, time.monotonic() - real

    virtual_s, real_s = run(main(), speed=60)
    assert virtual_s == pytest.approx(6)
    assert real_s >= 0.049


def test_news_on_a_socket_are_dated_between_the_timers_of_a_paced_loop() -> None:
    async def main() -> float:
        loop = virtual_loop()
        loop.call_later(1000, lambda: None)
        answer: asyncio.Future[None] = loop.create_future()
        threading.Timer(0.05, loop.call_soon_threadsafe, (answer.set_result, None)).start()
        await answer
        return loop.time()

    assert 0.2 < run(main(), speed=10) < 900


def test_the_speed_may_change_on_the_way() -> None:
    async def main() -> float:
        loop = virtual_loop()
        loop.speed = None
        await asyncio.sleep(3600)
        loop.speed = 30
        assert loop.speed == 30
        return loop.time()

    assert run(main(), speed=1) == 3600


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        VirtualLoop(speed=0)


def test_signals_wake_a_loop_with_nothing_to_do() -> None:
    async def main() -> float:
        loop = virtual_loop()
        seen = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, seen.set)
        threading.Timer(0.02, signal.raise_signal, (signal.SIGUSR1,)).start()
        await seen.wait()
        return loop.time()

    assert run(main()) == 0


def test_a_hold_that_lasts_is_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "_STALL_S", 0.01)

    async def main() -> None:
        loop = virtual_loop()
        loop.call_later(1, lambda: None)
        answer: asyncio.Future[None] = loop.create_future()
        threading.Timer(0.2, loop.call_soon_threadsafe, (answer.set_result, None)).start()
        with loop.hold("the database"):
            await answer

    with caplog.at_level(logging.WARNING):
        run(main())
    assert "the database" in caplog.text


def test_two_runs_take_the_same_course() -> None:
    async def main() -> list[tuple[float, int]]:
        loop = virtual_loop()
        seen: list[tuple[float, int]] = []

        async def worker(n: int) -> None:
            for k in range(1, 20):
                await asyncio.sleep((n * 7919 % 13 + k) / 10)
                seen.append((loop.time(), n))

        async with asyncio.TaskGroup() as group:
            for n in range(20):
                group.create_task(worker(n))
        return seen

    assert run(main()) == run(main())


def test_bytes_sent_in_parts_are_counted_too() -> None:
    async def main() -> float:
        loop = virtual_loop()
        got = asyncio.Event()

        async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.readexactly(60_000) == b"ab" * 30_000
            got.set()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(sink, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        loop.call_later(1, lambda: None)
        writer.writelines([b"ab"] * 30_000)
        await got.wait()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return loop.time()

    assert run(main()) == 0


def test_a_socket_that_counts_counts_what_goes_out_in_one_call() -> None:
    async def main() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        counted = writer.transport._sock  # type: ignore[attr-defined]
        assert counted.sendmsg([b"a", b"bc"]) == 3
        assert counted.sent == 3
        answer = await reader.readexactly(3)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return answer

    assert run(main()) == b"abc"


def test_the_end_of_the_executor_takes_no_virtual_time() -> None:
    async def main() -> float:
        loop = virtual_loop()
        await asyncio.to_thread(time.sleep, 0)
        loop.call_later(100, lambda: None)
        await loop.shutdown_default_executor()
        return loop.time()

    assert run(main()) == 0
