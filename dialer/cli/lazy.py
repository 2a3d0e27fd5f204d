"""Commands whose modules are loaded when they are asked for: help must not wait for a database's library."""

from __future__ import annotations

import contextlib
import gc
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is, as `module:name`, and what the list of commands says of it."""

    place: str
    help: str


def group(entries: Mapping[str, Entry]) -> type[TyperGroup]:
    """A group of these commands, in their order."""

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's interface
            return list(entries)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            entry = entries.get(cmd_name)
            return None if entry is None else load(cmd_name, entry)

        def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
            with formatter.section("Commands"):
                formatter.write_dl([(name, entry.help) for name, entry in entries.items()])

    return LazyGroup


def load(name: str, entry: Entry) -> Any:
    """The command itself: a function of the place, or a group of them."""
    module, _, attribute = entry.place.partition(":")
    with loading():
        found: Any = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        found.rich_markup_mode = None
        command: Any = typer.main.get_group(found)
    else:
        alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        alone.command(name)(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Frame imports: what they make stays for good, so looking through it for garbage is time lost, now and later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
