"""What a process of its own is given to do: by name, so it is not in the module that was started."""

from __future__ import annotations

import logging
from pathlib import Path

import structlog

from tests.chaos import virtual

Ridden = tuple[int, list[str], list[str]]


def quiet() -> None:
    """Let no log disturb what is printed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def ridden(template: Path, seed: int) -> Ridden:
    """What came of one seed."""
    return seed, *virtual.ride(seed, template)
