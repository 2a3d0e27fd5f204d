"""What a program keeps: objects by kind, and how much is in each container. Two counts show what grows for ever."""

from __future__ import annotations

import functools
import gc
import weakref
from array import array
from collections import Counter, deque
from typing import Any

_KINDS = (dict, list, set, deque)
_TOLD = 3
_UNTOLD = ("builtins.", "weakref.")
"""Python's own lists and functions come and go with a single dump: the containers that hold them are looked at."""


class Census:
    """The objects of this moment. Containers are held, so that none is taken for another one later."""

    def __init__(self) -> None:
        empty_caches()
        gc.collect()
        alive = gc.get_objects()
        names = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in alive)
        self.kinds = Counter({name: count for name, count in names.items() if not name.startswith(_UNTOLD)})
        self._containers = _containers(alive)
        self._sizes = array("q", map(len, self._containers))

    def grown(self, since: Census, most: int) -> list[str]:
        """Containers that hold over `most` more than at an earlier count, and kinds with so many more objects."""
        containers = [
            f"{_described(one)} grew from {size} to {len(one)}"
            for one, size in zip(since._containers, since._sizes, strict=True)
            if len(one) > size + most
        ]
        more = self.kinds - since.kinds
        return [*containers, *(f"{count} more of {kind}" for kind, count in more.items() if count > most)]


def empty_caches() -> None:
    """Empty every bounded cache of a function: it is no leak while it fills."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and one.cache_info().maxsize is not None:
            one.cache_clear()


def _containers(alive: list[Any]) -> list[Any]:
    """Those that may grow without end. A dict of plain values is not tracked: it is found through its owner."""
    found: dict[int, Any] = {}
    for one in alive:
        if isinstance(one, _KINDS) and not _bounded(one):
            found[id(one)] = one
        for inner in gc.get_referents(one):
            if isinstance(inner, dict):
                found[id(inner)] = inner
    found.pop(id(alive), None)
    return list(found.values())


def _bounded(container: Any) -> bool:
    """A window of the last so many, or the last 200 cursors that every connection of SQLite keeps."""
    if isinstance(container, deque):
        return container.maxlen is not None
    return isinstance(container, list) and bool(container) and isinstance(container[0], weakref.ref)


def _described(container: Any) -> str:
    """A container by who holds it."""
    owners = []
    for owner in gc.get_referrers(container):
        names = [name for name, value in _attributes(owner) if value is container]
        owners += [f"{type(owner).__qualname__}.{name}" for name in names]
    return f"{type(container).__name__} {' '.join(owners[:_TOLD]) or '(nobody named)'} {_sample(container)}"


def _attributes(owner: Any) -> list[tuple[str, Any]]:
    if isinstance(owner, dict):
        return [(str(name), value) for name, value in owner.items() if isinstance(name, str)]
    found = list(getattr(owner, "__dict__", {}).items())
    for kind in type(owner).__mro__:
        slots = getattr(kind, "__slots__", ())
        names = (slots,) if isinstance(slots, str) else slots
        found += [(name, getattr(owner, name, None)) for name in names]
    return found


def _sample(container: Any) -> str:
    first = next(iter(container), None)
    shown = {first: container[first]} if isinstance(container, dict) else [first]
    return repr(shown)[:120]
