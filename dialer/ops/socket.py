"""The control socket: the CLI's way into a running dialer, a unix socket only its owner may open.

One JSON object a line: {"verb": ..., "args": {...}} is answered by {"result": ...} or {"error": {"id", "message"}}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from dialer.control import Control, ControlError
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

NAME = "control.sock"
MAX_LINE = 1 << 20
REPLY_TIMEOUT_S = 60.0

Verb = Callable[..., Awaitable[Any]]


class NotRunning(Exception):
    """No dialer is running here; start it with `dialer run`."""


class AlreadyRunning(Exception):
    """A dialer is running on this data folder already."""


def verbs(control: Control) -> dict[str, Verb]:
    """What may be asked over the socket."""
    return {
        "campaigns": control.campaigns,
        "campaign_status": control.campaign_status,
        "drain": control.drain,
        "reload": control.reload,
        "set_run_state": audited(control, "set_run_state", control.set_run_state),
        "agents": control.agents,
        "targets": control.targets,
        "add_agent": audited(control, "add_agent", control.add_agent),
        "log_in": control.log_in,
        "log_out": control.log_out,
        "ready": control.ready,
        "pause": control.pause,
        "set_interval": control.set_interval,
        "set_skills": audited(control, "set_skills", control.set_skills),
        "ask_skills": audited(control, "ask_skills", control.ask_skills),
        "dispose": control.dispose,
        "callback": control.callback,
        "hang_up": control.hang_up,
        "hold": control.hold,
        "unhold": control.unhold,
        "transfer": control.transfer,
        "add": control.add,
        "drop": control.drop,
        "leave": control.leave,
        "record": control.record,
        "dial": control.dial,
        "accept": control.accept,
        "skip": control.skip,
        "preview_of": control.preview_of,
        "call_of": control.call_of,
        "verbs_of": control.verbs_of,
        "listen": control.listen,
        "stop_listening": control.stop_listening,
        "listeners": control.listeners,
        "may_dial": control.may_dial,
        "leads_changed": control.leads_changed,
        "leads_at_risk": control.leads_at_risk,
        "webhooks": control.webhooks,
        "dead_messages": control.dead_messages,
        "send_again": audited(control, "send_again", control.send_again),
        "try_webhook": control.try_webhook,
        "users": control.users,
        "add_user": audited(control, "add_user", control.add_user),
        "change_user": audited(control, "change_user", control.change_user),
        "set_password": audited(control, "set_password", control.set_password),
        "disable_user": audited(control, "disable_user", control.disable_user),
    }


def audited(control: Control, name: str, verb: Verb) -> Verb:
    """The verb, with a line in the audit log for each change that went well."""

    async def run(**args: Any) -> Any:
        result = await verb(**args)
        after = {key: "..." if key == "password" else value for key, value in args.items()}
        target = str(args.get("user") or args.get("campaign") or args.get("agent") or "")
        await control.note_change("command line", "", name, target, None, after)
        return result

    return run


class ControlSocket:
    """Serves the verbs until closed."""

    def __init__(self, path: Path, served: Mapping[str, Verb]) -> None:
        self._path = path
        self._verbs = served
        self._server: asyncio.Server | None = None
        self._tasks = Tasks()

    async def open(self) -> None:
        """Listen; raises AlreadyRunning where another dialer answers on this socket."""
        if self._path.exists():
            if _answers(self._path):
                raise AlreadyRunning(f"a dialer is running already: it answers on {self._path}")
            self._path.unlink()
        line = socket.socket(socket.AF_UNIX)
        try:
            line.bind(str(self._path))
            self._path.chmod(0o600)  # before anybody can be let in
            self._server = await asyncio.start_unix_server(self._accept, sock=line, limit=MAX_LINE)
        except BaseException:
            line.close()
            raise

    async def close(self) -> None:
        """Stop listening; requests under way are cut."""
        if self._server is None:
            return
        self._server.close()
        await self._tasks.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.start("control connection", self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await asyncio.wait_for(writer.drain(), REPLY_TIMEOUT_S)
        except (ConnectionError, TimeoutError, ValueError) as error:
            log.debug("control_connection_ended", error=str(error))
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
            verb = self._verbs[asked["verb"]]
            result = await asyncio.wait_for(verb(**asked.get("args", {})), REPLY_TIMEOUT_S)
        except ControlError as error:
            return {"error": {"id": error.id, "message": str(error)}}
        except (KeyError, TypeError, ValueError) as error:
            return {"error": {"id": "bad_request", "message": f"not understood: {error}"}}
        except Exception as error:
            log.exception("control_verb_failed")
            return {"error": {"id": "failed", "message": f"{type(error).__name__}: {error}"}}
        return {"result": result}


def ask(path: Path, verb: str, **args: Any) -> Any:
    """Ask the dialer that runs on this socket; raises NotRunning, or ControlError as the dialer answered."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(REPLY_TIMEOUT_S + 5)
        try:
            line.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            raise NotRunning("no dialer is running here; start it with: dialer run") from None
        line.sendall(json.dumps({"verb": verb, "args": args}).encode() + b"\n")
        reply = json.loads(
            line.makefile("rb").readline() or b'{"error": {"id": "cut", "message": "no answer"}}'
        )
    if "error" in reply:
        raise ControlError(reply["error"]["id"], reply["error"]["message"])
    return reply["result"]


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        try:
            line.connect(str(path))
        except OSError:
            return False
    return True
