"""Before any route: known host names only, no foreign pages, no endless bodies; and headers that bind the browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import config
from config.web import LOOPBACK
from dialer.web import errors

MOST_BODY = 1 << 20
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Fence:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, web: config.Web) -> None:
        self._app = app
        self._tls = web.tls_cert is not None
        self._hosts = {host.lower() for host in (*web.allowed_hosts, web.host, *LOOPBACK)} - {"0.0.0.0", "::"}  # noqa: S104
        self._origins = {origin.lower().rstrip("/") for origin in web.allowed_origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await self._refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BODY:
                raise errors.WebError("too_large", f"a request has at most {MOST_BODY} bytes")
            return message

        async def bound(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("cache-control", "no-store")
                if self._tls:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self._app(scope, bounded, bound)

    def _refusal(self, scope: Scope) -> tuple[str, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return (
                "host_invalid",
                "this name is not one of ours; add it to web.allowed_hosts, or use the address of the dialer",
            )
        origin = headers.get("origin")
        risky = scope["type"] == "websocket" or scope["method"] not in SAFE
        if risky and origin is not None and not self._ours(origin, host):
            return "origin", "pages of another site may not do this; add the site to web.allowed_origins"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > MOST_BODY:
            return "too_large", f"a request has at most {MOST_BODY} bytes"
        return None

    def _ours(self, origin: str, host: str) -> bool:
        if origin.lower() in self._origins:
            return True
        try:
            return urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False

    @staticmethod
    async def _refuse(refusal: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": refusal[0]})
            return
        await errors.answer(*refusal)(scope, receive, send)


def _name_of(host: str) -> str:
    """The name without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
