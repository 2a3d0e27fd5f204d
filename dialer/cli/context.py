"""What every command shares: the configuration, the way into a running dialer, and how errors end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

import config
import storage
from dialer import private
from dialer.control import ControlError
from dialer.ops import socket as control_socket

T = TypeVar("T")

out = Console()
err = Console(stderr=True)

ConfigFile = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="DIALER_CONFIG", help="The configuration file.", show_default=True),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of tables.")]
DEFAULT_CONFIG = Path("dialer.yaml")


def fail(message: str, code: int = 1) -> NoReturn:
    """End with one clear line on stderr."""
    err.print(f"[red]error:[/] {_plain(message)}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def _plain(message: str) -> str:
    return message.replace("[", "\\[")


def load_settings(file: Path) -> config.Settings:
    """The configuration, or every mistake in it and the end."""
    try:
        return config.load(file)
    except config.ConfigErrors as errors:
        for problem in errors.problems:
            err.print(_plain(str(problem)), highlight=False, soft_wrap=True)
        count = len(errors.problems)
        fail(f"{count} mistake{'s' if count != 1 else ''} in the configuration; nothing was started")
    except config.ConfigError as error:
        fail(str(error))


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn expected failures into one clear line with the remedy."""
    try:
        yield
    except ControlError as error:
        fail(str(error))
    except control_socket.NotRunning as error:
        fail(str(error))
    except control_socket.AlreadyRunning as error:
        fail(str(error))
    except storage.StorageError as error:
        fail(str(error))
    except TimeoutError as error:
        fail(str(error) or "no answer in time")
    except KeyboardInterrupt:
        fail("interrupted", 130)


def ask(settings: config.Settings, verb: str, **args: Any) -> Any:
    """Ask the running dialer of this configuration."""
    path = Path(settings.data_dir) / control_socket.NAME
    return control_socket.ask(path, verb, **args)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end."""
    return asyncio.run(work)


def show_json(value: Any) -> None:
    """Print for programs."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


@contextlib.asynccontextmanager
async def opened(settings: config.Settings) -> Any:
    """The database of this configuration, its schema brought up to date."""
    private.folder(Path(settings.data_dir))
    db = await storage.Database.open(settings.database)
    try:
        await db.upgrade()
        yield db
    finally:
        await db.close()
