"""The demo on a terminal: the floor, the calls, the next 40 seconds, and why pacing does what it does."""

from __future__ import annotations

from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialer.demo.shift import PASSWORD, Summary, View
from pacing.sim import bounds

COLOURS = {
    "ready": "green",
    "connecting": "blue",
    "talking": "blue",
    "wrapup": "yellow",
    "interval": "magenta",
    "away": "bright_black",
    "ringing": "cyan",
    "out": "bright_black",
}
WORDS = {"wrapup": "wrap-up", "interval": "own interval", "out": "logged out", "connecting": "talking"}
BLOCKS = " ▁▂▃▄▅▆▇█"


def board(view: View) -> RenderableType:
    """One frame."""
    status = view.status
    return Group(
        _head(view),
        Panel(_reason(status), title="The next 40 seconds", title_align="left", border_style="bright_black"),
        Panel(_floor(status), title="Floor", title_align="left", border_style="bright_black"),
        _list(view),
        Text.assemble(
            ("Wallboard  ", "bright_black"),
            (view.address, "bold"),
            (f"  sign in as demo, or as an agent (a00, a01, ...), with {PASSWORD}", "bright_black"),
        )
        if view.address
        else Text(""),
    )


def _head(view: View) -> RenderableType:
    status, ledger = view.status, view.status["ledger_24h"]
    answered = ledger["answered"] - ledger["machines"]
    rate = ledger["abandoned"] / answered if answered else 0.0
    bound = bounds.upper_bound(ledger["abandoned"], answered) if answered else 1.0
    table = Table.grid(expand=True, padding=(0, 2))
    for _ in range(4):
        table.add_column(ratio=1)
    wait = "-" if view.wait_s is None else f"{view.wait_s:.0f} s"
    table.add_row(
        Text.assemble(("Agents wait  ", "bright_black"), (wait, "bold")),
        Text.assemble(
            ("Abandoned  ", "bright_black"),
            (f"{100 * rate:.1f} %", "bold"),
            (f"  surely below {100 * bound:.1f} %", "bright_black"),
        ),
        Text.assemble(
            ("Calls  ", "bright_black"),
            (
                f"{status['dialing']} dialing, {status['ringing']} ringing, {status['waiting']} waiting",
                "bold",
            ),
        ),
        Text.assemble(("Shift  ", "bright_black"), (_clock(view.shift_s), "bold")),
    )
    return table


def _reason(status: dict[str, Any]) -> RenderableType:
    last = status["pacing"]["last"]
    lines: list[RenderableType] = [Text(status["why"])]
    if last and last["strip_answers"]:
        lines.append(_strip("answers expected", last["strip_answers"], "dark_orange"))
        lines.append(_strip("agents free", last["strip_free"], "green"))
    return Group(*lines)


def _strip(title: str, values: Any, colour: str, width: int = 80) -> Text:
    values = list(values)[:width]
    top = max([*values, 1e-9])
    bars = "".join(BLOCKS[min(8, round(8 * value / top))] for value in values)
    return Text.assemble((f"{title:<17}", "bright_black"), (bars, colour))


def _floor(status: dict[str, Any]) -> RenderableType:
    tiles = []
    for agent in status["agents"]:
        word = WORDS.get(agent["state"], agent["state"])
        time = f"in {agent['ready_in_s']:.0f} s" if agent["ready_in_s"] else _clock(agent["for_s"])
        name, interval = agent["name"] or agent["id"], agent["interval_s"]
        text = Text.assemble((f"{name:<9}", "bold"), f"{time:>8}\n{word:<12}{interval:>3.0f} s")
        tiles.append(Panel(text, border_style=COLOURS.get(agent["state"], "white"), padding=(0, 1)))
    return Columns(tiles, equal=True, padding=(0, 0)) if tiles else Text("nobody has logged in yet")


def _list(view: View) -> RenderableType:
    counts = view.status["leads"]
    ended = counts.get("done", 0) + counts.get("excluded", 0)
    table = Table.grid(expand=True, padding=(0, 2))
    table.add_column(width=6)
    table.add_column(ratio=1)
    table.add_column(justify="right")
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    table.add_row(
        "List", ProgressBar(total=max(1, view.total), completed=ended), f"{ended} of {view.total}: {words}"
    )
    return table


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def summary(done: Summary) -> RenderableType:
    """What the shift came to."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    wait = "-" if done.agent_wait_s is None else f"{done.agent_wait_s:.1f} s a conversation"
    rows = (
        ("shift", f"{_clock(done.shift_s)}, played in {done.took_s:.0f} s"),
        ("calls", f"{done.dials}: " + ", ".join(f"{n} {word}" for word, n in sorted(done.outcomes.items()))),
        (
            "leads",
            f"{done.leads_imported}: " + ", ".join(f"{n} {word}" for word, n in sorted(done.leads.items())),
        ),
        ("agents waited", wait),
        (
            "abandoned",
            (
                f"{done.abandoned} of {done.answered} answered: {100 * done.abandon_rate:.1f} %, "
                f"surely below {100 * done.abandon_rate_upper_95:.1f} %"
            ),
        ),
        ("talk", f"{done.talk_s_by_call / 60:.1f} min"),
        (
            "books",
            "balance: calls, leads and talk agree by call, by agent and by the far end"
            if done.balanced
            else "DO NOT BALANCE; please report this with the folder of the demo",
        ),
    )
    for name, text in rows:
        table.add_row(Text(name, "bright_black"), text)
    return table
