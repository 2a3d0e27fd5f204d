"""Every refusal in one shape: {"error": {"id", "message", "field"?}}; ids are stable, messages say what to do."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

import storage
from dialer.access import BadPassword, Refused
from dialer.control import ControlError
from dialer.web.hub import TooMany

log = structlog.get_logger(__name__)

STATUS = {
    "bad_request": 422,
    "invalid": 422,
    "not_signed_in": 401,
    "sign_in_failed": 401,
    "forbidden": 403,
    "csrf": 403,
    "origin": 403,
    "scope": 403,
    "setup_link_used": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "too_many_tries": 429,
    "too_many_requests": 429,
    "too_many_wishes": 429,
    "too_many_listeners": 503,
    "database_away": 503,
    "line_down": 503,
    "store_away": 503,
    "failed": 500,
}
"""HTTP's word for an id; others: `*_unknown` is 404, `*_invalid` is 422, and what the floor refuses now is 409."""

_BY_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    401: "not_signed_in",
    403: "forbidden",
}


class ErrorText(BaseModel):
    """What went wrong."""

    id: str = Field(description="Stable, for programs.")
    message: str = Field(description="For people: what is wrong and what to do.")
    field: str | None = Field(default=None, description="Which field of the request, where it is one.")


class ErrorAnswer(BaseModel):
    """Every answer that is not a success."""

    error: ErrorText


class WebError(Exception):
    """A refusal by the web itself."""

    def __init__(self, error_id: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.id = error_id
        self.field = field


def status_of(error_id: str) -> int:
    """The HTTP status of an error's id."""
    if error_id in STATUS:
        return STATUS[error_id]
    if error_id.endswith("_unknown"):
        return 404
    return 422 if error_id.endswith("_invalid") else 409


def body(error_id: str, message: str, field: str = "") -> dict[str, Any]:
    """The JSON of a refusal."""
    error = {"id": error_id, "message": message}
    return {"error": {**error, "field": field} if field else error}


def answer(error_id: str, message: str, field: str = "", headers: dict[str, str] | None = None) -> Response:
    """A refusal as a response."""
    return JSONResponse(body(error_id, message, field), status_of(error_id), headers)


def install(app: FastAPI) -> None:
    """Give every failure of a route its answer."""
    app.add_exception_handler(ControlError, _on_control)
    app.add_exception_handler(WebError, _on_web)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(BadPassword, _on_password)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(storage.StorageError, _on_storage)
    app.add_exception_handler(TimeoutError, _on_storage)
    app.add_exception_handler(TooMany, _on_many)
    app.add_exception_handler(Exception, _on_bug)


async def _on_control(_: Request, error: Exception) -> Response:
    assert isinstance(error, ControlError)  # noqa: S101
    return answer(error.id, str(error))


async def _on_web(_: Request, error: Exception) -> Response:
    assert isinstance(error, WebError)  # noqa: S101
    return answer(error.id, str(error), error.field)


async def _on_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101
    headers = {"Retry-After": str(int(error.wait_s) + 1)} if error.wait_s else None
    return answer(error.id, str(error), "", headers)


async def _on_password(_: Request, error: Exception) -> Response:
    return answer("password_invalid", str(error), "password")


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    place = [str(one) for one in first["loc"] if one not in ("body", "query", "path", "header")]
    return answer("invalid", str(first["msg"]), ".".join(place)[:200])


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    error_id = _BY_STATUS.get(error.status_code, "bad_request")
    text = {
        "not_found": "there is nothing here; /api/v1/openapi.json lists what there is",
        "method_not_allowed": "not in this way; /api/v1/openapi.json lists how",
    }.get(error_id, str(error.detail))
    reply = answer(error_id, text, "", dict(error.headers or {}))
    reply.status_code = error.status_code if error_id != "bad_request" else 422
    return reply


async def _on_storage(_: Request, error: Exception) -> Response:
    return answer(
        "database_away", f"the database does not answer: {error or 'no answer in time'}; try again soon"
    )


async def _on_many(_: Request, _error: Exception) -> Response:
    return answer("too_many_listeners", "too many boards are open; close some")


async def _on_bug(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return answer("failed", "this is our mistake; the daemon's log tells more")
