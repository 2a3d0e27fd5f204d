"""The lab: a real PBX as an operator would have it, and a second Asterisk that plays carrier, people and phones."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import dialer
from ami.fake import Callee
from ami.fake import behaviour as far
from dialer.lab import install, people, places, record, sounds
from dialer.lab.box import Box
from dialer.lab.errors import LabError

_KINDS = {
    far.Kind.HUMAN: people.Kind.HUMAN,
    far.Kind.MACHINE: people.Kind.MACHINE,
    far.Kind.DEAD: people.Kind.DEAD,
}
_REFUSALS = {404: people.Kind.INVALID, 486: people.Kind.BUSY, 503: people.Kind.CONGESTION}


@dataclass(frozen=True, slots=True)
class LabNode:
    """How a dialer reaches the lab's PBX."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


def conf_dir() -> Path:
    """Where the operator's samples and the lab's templates are: in the checkout, or in the installed package."""
    package = Path(dialer.__file__).parent
    for candidate in (package.parent / "asterisk-conf", package / "asterisk_conf"):
        if (candidate / "extensions.conf").is_file():
            return candidate
    raise LabError("asterisk-conf is not beside the dialer; the installation is broken")


class Lab:
    """A PBX and a carrier on loopback. `async with Lab() as lab:`; about a second to start, nothing left behind.

    May be used from another event loop than the one it was started in: it keeps no connections.
    """

    def __init__(
        self,
        *,
        without_modules: Collection[str] = (),
        keep: bool = False,
        samples: Mapping[str, str] | None = None,
    ) -> None:
        """`without_modules` leaves modules out of the PBX; `samples` are taken for the operator's files of that name.

        Raises AsteriskMissing where there is none to start.
        """
        self._without = frozenset(without_modules)
        self._samples = dict(samples or {})
        self._keep = keep
        self._install = install.find()
        self._place = place = places.take(self._install)
        self._secret = secrets.token_hex(12)
        self.pbx = self._box("pbx", place.first_port)
        self.carrier = self._box("carrier", place.first_port + 2)

    @property
    def node(self) -> LabNode:
        """The PBX with the rights an operator would give the dialer (asterisk-conf/manager.conf)."""
        return LabNode("127.0.0.1", self.pbx.ami_port, "dialer", self._secret)

    @property
    def fence(self) -> LabNode:
        """The PBX as the user that may end another's AMI session."""
        return LabNode("127.0.0.1", self.pbx.ami_port, "fence", self._secret)

    @property
    def version(self) -> str:
        """The version of Asterisk that runs."""
        return self._install.version

    trunk_dial = "PJSIP/{number}@carrier"
    trunk2_dial = "PJSIP/{number}@carrier2"

    def endpoint(self, agent_no: int, *, taped: bool = False) -> str:
        """An agent's phone: answers within a second and stays. Taped: speaks, and what it hears is recorded."""
        return f"PJSIP/{self.phone(agent_no, taped=taped)}@phones"

    def phone(self, agent_no: int, *, taped: bool = False) -> str:
        """The name of that phone on the carrier and in its record."""
        return f"{'taped' if taped else 'agent'}{agent_no}"

    def number(
        self,
        kind: str,
        serial: int = 0,
        *,
        ring_s: float = 0.4,
        talk_s: float | None = None,
        taped: bool = False,
    ) -> str:
        """The number of a person of `kind` (people.Kind in lower case)."""
        return people.Person(people.Kind[kind.upper()], serial, ring_s, talk_s, taped).number

    async def start(self) -> None:
        """Bring both up. What was started is ended again if that fails."""
        try:
            self._prepare()
            self.pbx.spawn()
            self.carrier.spawn()
            await asyncio.gather(self.pbx.booted(), self.carrier.booted())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End both and give their place back. Idempotent."""
        for box in (self.pbx, self.carrier):
            with contextlib.suppress(OSError):
                box.kill()
        self._place.release(keep=self._keep)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def carrier_calls(self) -> list[record.CarrierCall]:
        """Every ended call as the carrier played it, oldest first. Agents' phones are among them (kind "agent")."""
        return record.read(self.carrier.outside / "log/cdr-custom/calls.csv", self._install.root)

    async def call_in(self, number: str, dialed: str, *, caller: str | None = None) -> None:
        """Let a person of the lab (by number) ring one of our numbers; `caller` is what the carrier says of them.

        Returns when the carrier has taken the order; the person behaves as the number says once picked up.
        """
        target = f"PJSIP/pbx/sip:{dialed}@127.0.0.1:{self._place.first_port + 1}"
        async with self.carrier.line() as line:
            answer = await line.ask(
                "Originate",
                ("Channel", target),
                ("Context", "calling"),
                ("Exten", number.removeprefix("+")),
                ("Priority", "1"),
                ("Timeout", "10000"),
                ("CallerID", f"<{number if caller is None else caller}>"),
                ("Async", "true"),
            )
            if answer["Response"] != "Success":
                raise LabError(f"{number} could not ring: {answer['Message']}")

    async def script(self, plays: Mapping[str, Sequence[Callee]]) -> None:
        """Let numbers outside the lab's own plan be people: what each does on its first call, its second, ..."""
        async with self.carrier.line() as line:
            for number, callees in plays.items():
                text = "-".join(map(_play_of, callees))
                await line.ask("Setvar", ("Variable", f"P{number.removeprefix('+')}"), ("Value", text))

    async def end_people(self) -> None:
        """Everybody who has answered hangs up; agents' phones stay."""
        async with self.carrier.line() as line:
            for channel in await line.ask_list("Status", ("Variables", "NUMBER")):
                numbers = [one.partition("=")[2] for one in channel.all("Variable")]
                if channel["ChannelStateDesc"] == "Up" and any(number.isdigit() for number in numbers):
                    await line.ask("Hangup", ("Channel", channel["Channel"]), ("Cause", "16"))

    async def fail_trunk(self, trunk: str, how: str = "34") -> None:
        """Make a trunk (carrier, carrier2) give every call this Q.850 cause (34: 503), or `silent`; "0" mends it."""
        await self._set_global("TRUNK2" if trunk == "carrier2" else "TRUNK1", how)

    async def set_phone(self, agent_no: int, mode: str) -> None:
        """Make a phone deaf (rings only), busy or away (480); "" mends it."""
        await self._set_global(f"PHONE_{self.phone(agent_no)}", mode)

    async def drop_phone(self, agent_no: int, *, taped: bool = False) -> None:
        """Hang an agent's phone up, as its owner or a cut cable would. Raises LabError if it is in no call."""
        await self.hang_up_at_carrier(self.phone(agent_no, taped=taped))

    async def hang_up_at_carrier(self, number: str) -> None:
        """End a call from the far end, by number or phone. Raises LabError if there is none."""
        async with self.far_end(number) as hang_up:
            await hang_up()

    @contextlib.asynccontextmanager
    async def far_end(self, number: str) -> AsyncIterator[Callable[[], Coroutine[None, None, object]]]:
        """The far end of a call, by number or phone, with a finger on the hook. Raises LabError if there is none."""
        wanted = number.removeprefix("+")
        async with self.carrier.line() as line:
            for channel in await line.ask_list("Status", ("Variables", "NUMBER")):
                if f"NUMBER={wanted}" in channel.all("Variable"):
                    yield partial(line.ask, "Hangup", ("Channel", channel["Channel"]), ("Cause", "16"))
                    return
            raise LabError(f"{number} is in no call")

    def heard_s(self, call: record.CarrierCall, hertz: float, share: float = 0.6) -> float:
        """For how many seconds a taped party heard the tone of `hertz` (dialer.lab.sounds)."""
        return sounds.seconds_of(call.heard, hertz, share) if call.heard else 0.0

    async def _set_global(self, name: str, value: str) -> None:
        async with self.carrier.line() as line:
            answer = await line.ask("Setvar", ("Variable", name), ("Value", value))
            if answer["Response"] != "Success":
                raise LabError(f"{name}: {answer['Message']}")

    def _box(self, name: str, ami_port: int) -> Box:
        place = self._place
        return Box(
            self._install,
            name,
            place.home / name,
            place.outside / name,
            ami_port=ami_port,
            secret=self._secret,
        )

    def _prepare(self) -> None:
        self.pbx.prepare(self._pbx_files())
        self.carrier.prepare(self._carrier_files())
        sounds.write(self.pbx.outside / "data/sounds/dialer", sounds.PBX_SOUNDS)
        sounds.write(self.pbx.outside / "data/moh", {"music": sounds.MUSIC})
        sounds.write(self.carrier.outside / "data/sounds/lab", sounds.CARRIER_SOUNDS)
        for box in (self.pbx, self.carrier):
            box.own()

    def _pbx_files(self) -> dict[str, str]:
        """The operator's own samples, with this lab's port and secret, and a few users of the lab's."""
        here = conf_dir()
        names = (
            "extensions.conf",
            "features.conf",
            "musiconhold.conf",
            "confbridge.conf",
            "modules.conf",
            "manager.conf",
        )
        files = {name: self._samples.get(name) or (here / name).read_text() for name in names}
        modules = files["modules.conf"].splitlines()
        files["modules.conf"] = "\n".join(line for line in modules if not self._left_out(line)) + "\n"
        manager = _replaced(files["manager.conf"], "port = 5038", f"port = {self.pbx.ami_port}")
        manager = _replaced(manager, "secret = change-me\n", f"secret = {self._secret}\n")
        files["manager.conf"] = manager + self._filled("pbx/manager-lab.conf", self.pbx)
        files["pjsip.conf"] = self._filled("pbx/pjsip.conf", self.pbx)
        return {**files, **self._common(self.pbx)}

    def _carrier_files(self) -> dict[str, str]:
        names = (path.name for path in (conf_dir() / "lab/carrier").glob("*.conf"))
        files = {name: self._filled(f"carrier/{name}", self.carrier) for name in names}
        return {**files, **self._common(self.carrier)}

    def _common(self, box: Box) -> dict[str, str]:
        names = ("asterisk.conf", "logger.conf", "rtp.conf", "indications.conf")
        return {name: self._filled(name, box) for name in names}

    def _left_out(self, line: str) -> bool:
        return any(line.strip() == f"load = {name.removesuffix('.so')}.so" for name in self._without)

    def _filled(self, template: str, box: Box) -> str:
        first = self._place.first_port
        values = {
            "DIR": box.home,
            "NAME": box.name,
            "MODULES": self._install.module_dir,
            "AMI_PORT": box.ami_port,
            "SECRET": self._secret,
            "SIP_PORT": first + 1,
            "TRUNK1_PORT": first + 3,
            "TRUNK2_PORT": first + 4,
            "PHONES_PORT": first + 5,
        }
        text = (conf_dir() / "lab" / template).read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        return text


def _play_of(callee: Callee) -> str:
    """One call as the carrier's dialplan reads it: kind, seconds to the first ring, of ringing, of talk."""
    kind = _KINDS.get(callee.kind, people.Kind.NO_ANSWER)
    if callee.kind is far.Kind.REFUSED:
        kind = _REFUSALS.get(callee.sip, people.Kind.REJECTED)
    return f"{kind.value}_{callee.post_dial_s:.1f}_{callee.ring_s:.1f}_{max(1.0, callee.talk_s):.1f}"


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise LabError(f"manager.conf has no line {old.strip()!r} to replace")
    return text.replace(old, new, 1)
