"""S3 with a bound on every wish. Import it only where s3fs is installed."""

from __future__ import annotations

import asyncio
from typing import Any

from fsspec.asyn import sync_wrapper
from s3fs import S3FileSystem

from dialer.recordings.errors import StoreAway

TRIES = 3
SLOWEST_BYTES_PER_S = 64 << 10
"""Whoever takes an upload more slowly is taken for silent."""


class S3(S3FileSystem):  # type: ignore[misc]
    """s3fs, which alone would wait for ever for a server that takes a connection and never says `100 Continue`.

    Its own and botocore's layers of tries become one: after TRIES times `silent_s` a wish has failed with StoreAway.
    """

    retries = TRIES

    def __init__(self, *, silent_s: float, **options: Any) -> None:
        once = {"connect_timeout": silent_s, "read_timeout": silent_s, "retries": {"total_max_attempts": 1}}
        super().__init__(config_kwargs=once, **options)
        self.silent_s = silent_s

    async def _call_s3(self, method: str, *more: Any, **asked: Any) -> Any:
        within_s = TRIES * self.silent_s + len(asked.get("Body") or b"") / SLOWEST_BYTES_PER_S
        try:
            async with asyncio.timeout(within_s):
                return await super()._call_s3(method, *more, **asked)
        except TimeoutError:
            where = asked.get("Bucket", "")
            raise StoreAway(
                f"the store s3://{where} does not answer: nothing came of {method} in {within_s:.0f} s"
            ) from None

    call_s3 = sync_wrapper(_call_s3)
