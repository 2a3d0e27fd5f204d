"""TLS to PostgreSQL, written into the address as libpq has it: ?sslmode=verify-full&sslrootcert=/path."""

from __future__ import annotations

import ssl
from typing import Any, Final

from sqlalchemy.engine import URL

from storage import errors

MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def trusted(address: URL) -> tuple[URL, dict[str, Any]]:
    """The address without these words, and what they mean for the driver. Raises BadUrl.

    Without `sslrootcert` the checked modes trust what the system trusts.
    """
    asked = {name: str(address.query[name]) for name in ("sslmode", "sslrootcert") if name in address.query}
    if not asked:
        return address, {}
    mode = asked.get("sslmode", "verify-full")
    if mode not in MODES:
        raise errors.BadUrl(f"sslmode is one of {', '.join(MODES)}; the address says another")
    plain = address.difference_update_query(asked)
    if not mode.startswith("verify"):
        return plain, {"ssl": mode}
    try:
        context = ssl.create_default_context(cafile=asked.get("sslrootcert"))
    except OSError as error:
        raise errors.BadUrl(f"sslrootcert {asked['sslrootcert']}: {error.strerror or error}") from error
    context.check_hostname = mode == "verify-full"
    return plain, {"ssl": context}
