"""From a driver's error to the one leaf of StorageError that names the cause and the remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import errors

_RETRYABLE: Final = {"40001", "40P01"}
"""serialization_failure, deadlock_detected (PostgreSQL, appendix A)."""

_SQLSTATE: Final[dict[str, type[errors.StorageError]]] = {
    "25006": errors.DatabaseReadOnly,
    "28": errors.LoginRefused,
    "3D": errors.LoginRefused,
    "40": errors.DatabaseBusy,
    "53100": errors.DiskFull,
    "53": errors.DatabaseBusy,
    "55": errors.DatabaseBusy,
    "57014": errors.DatabaseBusy,
    "57": errors.DatabaseAway,
    "08": errors.DatabaseAway,
    "58030": errors.DiskFull,
    "42P01": errors.SchemaBehind,
    "42703": errors.SchemaBehind,
    "42501": errors.LoginRefused,
}

_SQLITE: Final[tuple[tuple[str, type[errors.StorageError]], ...]] = (
    ("no such table", errors.SchemaBehind),
    ("no such column", errors.SchemaBehind),
    ("has no column", errors.SchemaBehind),
    ("locked", errors.DatabaseBusy),
    ("readonly", errors.DatabaseReadOnly),
    ("disk is full", errors.DiskFull),
    ("not a database", errors.DatabaseBroken),
    ("malformed", errors.DatabaseBroken),
    ("unable to open", errors.DatabaseAway),
    ("disk i/o error", errors.DatabaseAway),
)


def place(url: URL) -> str:
    """Return the address without user, password or options, for messages."""
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        return f"sqlite:///{url.database}"
    port = f":{url.port}" if url.port else ""
    return f"{kind}://{url.host or 'localhost'}{port}/{url.database or ''}"


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn whatever the driver raises into a StorageError that names the place, the cause and the remedy."""
    try:
        yield
    except errors.StorageError:
        raise
    except DBAPIError as error:
        raise _leaf(error.orig or error, where) from error
    except PoolTimeout as error:
        raise _because(errors.DatabaseBusy, where, "every connection is in use") from error
    except (OSError, TimeoutError) as error:
        raise _leaf(error, where) from error
    except SQLAlchemyError as error:
        raise _because(errors.UnexpectedDatabaseError, where, type(error).__name__) from error
    except Exception as error:
        if not type(error).__module__.startswith("asyncpg"):
            raise
        raise _leaf(error, where) from error


def is_drivers(error: BaseException) -> bool:
    """Say whether PostgreSQL's driver or the network raised it."""
    return isinstance(error, OSError | TimeoutError) or type(error).__module__.startswith("asyncpg")


def is_cut(error: BaseException) -> bool:
    """Say whether the connection it came from is of no use any more.

    What a server says on its way out may reach the driver between two answers, which it calls an error of its own.
    """
    if isinstance(error, TimeoutError):
        return False
    return isinstance(error, OSError | asyncpg.InternalClientError) or _sqlstate(error)[:2] == "08"


def away(error: BaseException, where: str) -> errors.StorageError:
    """Return the error of a connection that was cut, in the driver's own words."""
    return _because(errors.DatabaseAway, where, _first_line(error) or "no answer in time")


def is_retryable(error: errors.StorageError) -> bool:
    """Say whether the same transaction may succeed when run again at once."""
    return _sqlstate(error.__cause__) in _RETRYABLE


def _sqlstate(error: BaseException | None) -> str:
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return state
        error = getattr(error, "orig", None) or error.__cause__
    return ""


def _leaf(error: BaseException, where: str) -> errors.StorageError:
    state = _sqlstate(error)
    for length in (5, 2):
        if kind := _SQLSTATE.get(state[:length]):
            return _because(kind, where, _first_line(error))
    text = str(error).lower()
    if isinstance(error, sqlite3.Error) or _has_sqlite(error):
        for words, kind in _SQLITE:
            if words in text:
                return _because(kind, where, _first_line(error))
    if isinstance(error, OSError | TimeoutError) or is_cut(error) or "connection" in text or "closed" in text:
        return _because(errors.DatabaseAway, where, _first_line(error) or "no answer in time")
    return _because(errors.UnexpectedDatabaseError, where, f"{type(error).__name__}: {_first_line(error)}")


def _has_sqlite(error: BaseException) -> bool:
    return isinstance(getattr(error, "orig", None) or error.__cause__, sqlite3.Error)


def _first_line(error: BaseException) -> str:
    """Return the driver's own words; detail lines, which may quote a row's values, stay out."""
    line = str(error).strip().partition("\n")[0]
    if line.startswith("<class ") and ": " in line:
        line = line.partition(": ")[2]
    return line[:200]


def _because(kind: type[errors.StorageError], where: str, cause: str) -> errors.StorageError:
    return kind(f"{where}: {cause}. {(kind.__doc__ or '').strip()}")
