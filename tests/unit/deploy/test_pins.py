"""Every dependency is pinned once, and what is installed is what is pinned: no release nobody looked at slips in."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PINS = {
    canonicalize_name(name): version
    for name, version in (line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def needed(names: list[str]) -> set[str]:
    """These requirements and all that they bring, as installed here."""
    found: set[str] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        extras = {f"{name}[{extra}]" for extra in one.extras} or {name}
        if extras <= found:
            continue
        found |= extras | {name}
        try:
            brings = metadata.requires(one.name) or []
        except metadata.PackageNotFoundError:
            continue  # of another extra than the one installed: its pin is looked for all the same
        for text in brings:
            further = Requirement(text)
            marker = further.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *one.extras)):
                waiting.append(further)
    return {name for name in found if "[" not in name}


def test_every_line_of_the_constraints_is_one_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*", line) for line in lines), lines
    assert len(PINS) == len(lines)


def test_everything_the_project_needs_is_pinned() -> None:
    more = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *more["dev"], *more["fuzz"]]
    assert sorted(needed(wanted) - PINS.keys()) == []


def test_what_is_installed_is_what_is_pinned() -> None:
    installed = {
        canonicalize_name(one.metadata["Name"]): one.version
        for one in metadata.distributions()
        if one.metadata["Name"]
    }
    differs = {name: (installed[name], PINS[name]) for name in installed.keys() & PINS.keys()}
    assert {name: both for name, both in differs.items() if both[0] != both[1]} == {}
