"""Bytes that hang on an object: what one agent and one call keep in memory."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def bytes_of(roots: Iterable[Any], without: Iterable[Any] = ()) -> int:
    """Bytes reachable from `roots`; code, classes and what hangs on `without` left out."""
    seen = {id(one) for one in without}
    rest = list(roots)
    total = 0
    while rest:
        one = rest.pop()
        if id(one) in seen or isinstance(one, _SHARED):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        rest.extend(gc.get_referents(one))
    return total
