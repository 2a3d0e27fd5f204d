"""`dialer demo`: a whole shift on an embedded Asterisk, faster than life, with nothing to set up."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from dialer.cli import context, logs
from dialer.cli.context import Json, out

MOST_LAB_PHONES = 300
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)?")


def demo(
    agents: Annotated[int, typer.Option(min=1, max=1000, help="Agents at work.")] = 20,
    leads: Annotated[int, typer.Option(min=1, max=10_000, help="People on the list.")] = 2000,
    speed: Annotated[float, typer.Option(min=0, help="Times life; 0: as fast as the machine can.")] = 20.0,
    last: Annotated[
        str, typer.Option("--for", help="Stop after this much real time, such as 60s or 5m.")
    ] = "",
    hours: Annotated[float, typer.Option(min=0.01, max=24, help="Length of the shift.")] = 8.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same people.")] = 7,
    folder: Annotated[Path, typer.Option(help="Where the demo's files are, for you to edit.")] = Path("demo"),
    asterisk: Annotated[
        bool, typer.Option("--asterisk", help="The same on the lab's real Asterisk, in real time.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Watch a floor of agents work through a list: embedded Asterisk, SQLite, invented people, faster than life.

    Nothing outside this process is called. Ctrl-C drains and prints a summary.

    Example: dialer demo --speed 60 --for 60s
    """
    from dialer.demo.shift import DemoError, Options
    from dialer.lab.errors import LabError

    if asterisk and agents > MOST_LAB_PHONES:
        context.fail(f"the lab has {MOST_LAB_PHONES} phones; with --asterisk ask for that many agents", 2)
    logs.configure(as_json=None, level="WARNING")
    options = Options(folder, agents, leads, 1.0 if asterisk else speed or None, hours, seed, real=asterisk)
    with context.explained():
        try:
            _play(options, _seconds(last), as_json)
        except DemoError as error:
            context.fail(str(error))
        except LabError as error:
            context.fail(f"--asterisk: {error}")


def _play(options: object, limit_s: float | None, as_json: bool) -> None:
    from ami.fake import run
    from dialer.demo import screen, shift

    assert isinstance(options, shift.Options)  # noqa: S101 - keeps the import of numpy out of --help

    async def main() -> shift.Summary:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if limit_s is not None:
            signal.signal(signal.SIGALRM, lambda *_: loop.call_soon_threadsafe(stop.set))
            signal.setitimer(signal.ITIMER_REAL, limit_s)
        if as_json:
            return await shift.run(options, lambda _view: None, stop)
        with Live(console=out, refresh_per_second=8, transient=True) as live:
            return await shift.run(options, lambda view: live.update(screen.board(view)), stop)

    done = asyncio.run(main()) if options.real else run(main(), speed=options.speed)
    if as_json:
        context.show_json(done.as_dict())
    else:
        out.print(screen.summary(done))
        out.print(
            f"the files of this shift are in {options.folder}; change them and run it again", highlight=False
        )
    if not done.balanced:
        raise typer.Exit(1)


def _seconds(text: str) -> float | None:
    if not text:
        return None
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        context.fail(f"--for {text}: write a time such as 60s, 5m or 1h", 2)
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2] or "s"]
