"""How the daemon writes its log: one event a line, for people on a terminal, as JSON elsewhere; numbers masked."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from dialer.ops.masking import mask_all


def _mask(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
    """No telephone number reaches a log, whoever put it there and however deep."""
    return {name: value if name in _OURS else _masked(value) for name, value in line.items()}


_OURS = frozenset({"timestamp", "_record", "_from_structlog"})
_PLAIN = (str, int, float, list, tuple, dict, type(None))


def _masked(value: Any) -> Any:
    return mask_all(value if isinstance(value, _PLAIN) else str(value))


def configure(*, as_json: bool | None = None, level: str = "INFO") -> None:
    """Set up logging for this process; JSON unless stderr is a terminal."""
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,  # before masking: a traceback may hold a number
        _mask,
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiosqlite", "asyncio", "alembic", "panoramisk", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
