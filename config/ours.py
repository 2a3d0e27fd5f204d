"""Whether the packages with everyday names that were imported are ours."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

OURS = ("config", "storage", "pacing", "ami", "dialer")


def shadowed_packages(names: Iterable[str] = OURS, home: Path | None = None) -> tuple[str, ...]:
    """A message for each package that Python finds elsewhere than beside this one; empty when all is well."""
    folder = home or Path(__file__).resolve().parent.parent
    return tuple(filter(None, (_shadow(name, folder) for name in names)))


def _shadow(name: str, folder: Path) -> str:
    expected = folder / name / "__init__.py"
    spec = importlib.util.find_spec(name)
    origin = Path(spec.origin).resolve() if spec is not None and spec.origin else None
    if origin == expected:
        return ""
    if origin is None:
        return f"the package {name} of the dialer is missing; install the dialer again"
    return (
        f"{origin} shadows the dialer's own package {name} ({expected.parent}); "
        f"rename it, or start the dialer from another folder and without it on PYTHONPATH"
    )
