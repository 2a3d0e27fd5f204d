"""What a good configuration allows though it is not safe: lines in the clear, secrets that others may read."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from config.document import Document, Location, dig
from config.errors import Problem
from config.settings import Settings

_CHECKED: Final = ("verify-ca", "verify-full")


def unsafe(settings: Settings, document: Document, folder: Path) -> Iterator[Problem]:
    """Every doubt, in the order of the settings, each with its remedy."""
    yield from _database(settings, document)
    for name, node in settings.nodes.items():
        yield from _line(("nodes", name), node.host, node.tls, node.tls_verify, document)
    if settings.mqtt is not None:
        yield from _line(("mqtt",), settings.mqtt.host, settings.mqtt.tls, settings.mqtt.tls_verify, document)
    web = settings.web
    if web is not None and not is_loopback(web.host) and web.tls_cert is None and not web.trusted_proxies:
        said = "passwords and sessions cross the network in the clear"
        hint = "set tls_cert and tls_key, or put a proxy with TLS in front and name it in trusted_proxies"
        yield document.problem(("web", "host"), said, hint)
    if web is not None and web.tls_key is not None:
        yield from _readable(web.tls_key, ("web", "tls_key"), document)
    yield from _files(document, folder)


def is_loopback(host: str) -> bool:
    """True for this machine itself; a unix socket's folder (/run/postgresql) and no name at all are it too."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def readable_by_others(path: Path) -> bool:
    """Whether any user of the machine may read the file and enter its folders; False where it cannot be told."""
    try:
        closed = any(not folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)
        return not closed and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _line(
    location: Location, host: str, tls: bool, tls_verify: bool, document: Document
) -> Iterator[Problem]:
    if is_loopback(host):
        return
    if not tls:
        said = f"passwords and people's data cross the network to {host} in the clear"
        yield document.problem((*location, "host"), said, "set tls: true and tls_ca_file")
    elif not tls_verify:
        said = f"whoever stands between us and {host} can pretend to be it"
        yield document.problem((*location, "tls_verify"), said, "set tls_ca_file, and leave tls_verify out")


def _database(settings: Settings, document: Document) -> Iterator[Problem]:
    try:
        url = urlsplit(settings.database)
        host = url.hostname or ""
    except ValueError:
        return
    if not url.scheme.startswith("postgres") or is_loopback(host):
        return
    asked = parse_qs(url.query)
    if (asked.get("sslmode") or asked.get("ssl") or [""])[0] not in _CHECKED:
        said = f"the line to {host} may be in the clear, and its certificate is not checked"
        hint = "end the address with ?sslmode=verify-full&sslrootcert=/path/of/the/authority.pem"
        yield document.problem(("database",), said, hint)


def _files(document: Document, folder: Path) -> Iterator[Problem]:
    """Secrets written plainly into a file others may read, and files of secrets that they may read."""
    for location, value in _written(document.data):
        if isinstance(value, str) and readable_by_others(Path(document.file)):
            if location == ("database",) and "@" not in value.partition("://")[2].partition(":")[2]:
                continue  # an address without a password
            said = f"is written into {document.file}, which every user of this machine may read"
            yield document.problem(
                location, said, "write {env: NAME} or {file: path}, or chmod o-rwx the file"
            )
        elif isinstance(value, Mapping) and isinstance(value.get("file"), str):
            yield from _readable(folder / value["file"], location, document)


def _readable(path: Path, location: Location, document: Document) -> Iterator[Problem]:
    if readable_by_others(path):
        said = f"every user of this machine may read {path}"
        yield document.problem(location, said, f"chmod o-rwx {path}")


def _written(data: object) -> Iterator[tuple[Location, object]]:
    """Every place where a secret is written, and how."""
    for location in [("database",), ("mqtt", "password")]:
        if (value := dig(data, location)) is not None:
            yield location, value
    nodes = dig(data, ("nodes",))
    for name in nodes if isinstance(nodes, Mapping) else ():
        for tail in (("secret",), ("fence", "secret")):
            location = ("nodes", name, *tail)
            if (value := dig(data, location)) is not None:
                yield location, value
