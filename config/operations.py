"""What operators see: the log, and figures for Prometheus."""

from __future__ import annotations

from enum import StrEnum

from config.values import Id, Name, Seconds, Section, Whole, fixed, live


class LogLevel(StrEnum):
    """From which weight on a line is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a line is written."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class Log(Section):
    """The daemon's log, on stderr; phone numbers in it are always masked."""

    level: LogLevel = live(LogLevel.INFO, "debug, info, warning or error.")
    format: LogFormat = fixed(LogFormat.AUTO, "json, console, or auto: console on a terminal, else json.")


class Standby(Section):
    """Two daemons of one configuration and one PostgreSQL: one leads, the other takes over when it fails."""

    name: Id = fixed(..., "This daemon's name, different on each of the two.")
    lease_s: Seconds = fixed(
        5.0, "A leader that is not heard of for so long has lost its campaigns.", ge=3, le=60
    )


class Metrics(Section):
    """A listener of its own for /metrics, /livez and /readyz, without log-in: keep it on a private network."""

    host: Name = fixed("127.0.0.1", "Address to listen on; 0.0.0.0 for all of this machine.")
    port: Whole = fixed(9464, "Port to listen on; 0: any free one.", ge=0, le=65_535)
