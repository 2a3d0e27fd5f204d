"""What can go wrong with the memory: one root, one leaf per cause, each with its remedy.

Messages never hold a password or a user's name: an address is given as `postgresql://host:port/database`.
"""

from __future__ import annotations


class StorageError(Exception):
    """The memory cannot do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class BadUrl(StorageError):
    """The database address is not understood; use sqlite:///path/to/file.db or postgresql://user@host/name."""


class DatabaseAway(StorageError):
    """The database does not answer; check that it runs and that the address, port and firewall are right."""


class LoginRefused(StorageError):
    """The database refuses the user, the password or the database's name; check the address in `database`."""


class DatabaseBusy(StorageError):
    """The database is locked or too slow; look for a long transaction or another process holding it."""


class DatabaseReadOnly(StorageError):
    """The database is read-only; check the file's owner and mount, or name the primary server."""


class DiskFull(StorageError):
    """The database's disk is full; free space, then start again: nothing already recorded is lost."""


class ErasureKeyLost(StorageError):
    """People were erased under another key, so nobody can tell whom not to call; restore that erasure.key."""


class PersonBusy(StorageError):
    """This person is in a call now, or an agent has yet to say what came of it; try again when it is over."""


class PersonHeld(StorageError):
    """This person is under legal hold; release it first: dialer privacy release."""


class DatabaseBroken(StorageError):
    """The file is not a database or is damaged; restore it from a backup or point `database` elsewhere."""


class SchemaBehind(StorageError):
    """The database's schema is older than this program; run `dialer db upgrade`."""


class SchemaUnknown(StorageError):
    """The database was upgraded by a newer program; install that version, or restore the older backup."""


class UnexpectedDatabaseError(StorageError):
    """The database refused a statement; this is a fault of the program, please report it."""


class JournalError(StorageError):
    """The journal cannot do what was asked."""


class JournalUnwritable(JournalError):
    """The journal cannot be written: no new calls; free space or repair its folder, it goes on by itself."""


class JournalLocked(JournalError):
    """Another process keeps this journal; stop the other daemon, or give this one its own `data_dir`."""


class JournalClosed(JournalError):
    """The journal is closed."""
