"""The list of commands: each can be loaded, and help needs none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dialer.cli.lazy import load
from dialer.cli.main import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_there_with_help_of_its_own(name: str) -> None:
    command = load(name, COMMANDS[name])
    assert command.name == name
    assert command.help


def test_help_loads_no_database_no_arrays_and_no_telephone_numbers() -> None:
    program = (
        "import sys\n"
        "from dialer.cli.main import main\n"
        "try:\n main()\n"
        "except SystemExit:\n pass\n"
        "print(sorted({'sqlalchemy', 'numpy', 'phonenumbers', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "campaign" in done.stdout


def test_a_start_loads_nothing_that_the_first_call_does_not_need() -> None:
    later = ("alembic", "charset_normalizer", "dialer.web", "holidays", "paho", "starlette")
    program = (
        "import gc, sys\n"
        "from dialer.cli.lazy import load, loading\n"
        "load('run', __import__('dialer.cli.main', fromlist=['x']).COMMANDS['run'])\n"
        "with loading():\n import dialer.app\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 100_000\n"
        f"print(sorted(set({later!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_refused_with_its_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dialer", "dail"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert "dail" in done.stderr
