"""`python -m tests.bench [part] [options]`: run one part, or all of them one after the other.

A part is a module of this package with `run(args)`; it may have `add_arguments(parser)` as well. Modules
whose names begin with an underscore are no parts.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from types import ModuleType

from rich.console import Console

import tests.bench


def parts() -> dict[str, ModuleType]:
    """The parts by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(tests.bench.__path__) if not m.name.startswith("_"))
    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main() -> None:
    """Parse the command line and run."""
    found = parts()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer seeds: minutes instead of an hour")
    below = parser.add_subparsers(dest="part")
    for name, module in found.items():
        own = below.add_parser(name, help=module.__doc__)
        own.add_argument("--quick", action="store_true", default=argparse.SUPPRESS)
        if hasattr(module, "add_arguments"):
            module.add_arguments(own)
    args = parser.parse_args()
    if args.part is not None:
        found[args.part].run(args)
        return
    for name in found:
        Console().rule(name)
        found[name].run(parser.parse_args([*(["--quick"] if args.quick else []), name]))


if __name__ == "__main__":
    main()
