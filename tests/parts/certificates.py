"""An authority of our own and the certificates it signs: good ones, and ones that must be refused."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

_NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Certificate:
    """A certificate chain and its private key, both PEM files."""

    chain: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        """What a server that shows it uses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


class Authority:
    """Signs certificates into a folder. `file` is what those who trust it are given."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = name
        self._ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def signs(self, *names: str, expired: bool = False) -> Certificate:
        """A certificate for these names or addresses."""
        until = _NEW_YEAR + timedelta(days=9) if expired else None
        made = self._ca.issue_cert(*names, not_before=_NEW_YEAR if expired else None, not_after=until)
        stem = f"{self._name}-{'-'.join(names)}{'-expired' if expired else ''}"
        chain, key = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        chain.write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return Certificate(chain, key)
