"""A decorator for tests in which hours pass at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any

from ami.fake import virtual


def on_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on a loop whose clock moves only when everybody is idle."""

    @functools.wraps(test)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        virtual.run(test(*args, **kwargs))

    return wrapped
