"""A small notation for what a floor hears (>>) and does about it (<<), on virtual time.

    12.0 >> held c-1
         << bridge c-1 anna
         << note attempt_answered c-1

Every command must be listed, in order; facts for the journal are named by `note` where they matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import wishes as wi
from dialer.core.agent import Agent
from dialer.core.machine import FloorMachine
from dialer.core.outcomes import Outcome
from dialer.core.settings import NOTHING_KNOWN, FloorSettings, FollowUp, Known
from dialer.core.skills import skills_of
from dialer.core.trunks import TrunkLimits, TrunkPool
from pacing import Engine, LaneEngine, Settings


class PlainRules:
    """A campaign's answers, simple enough to read in a test."""

    def after_outcome(
        self,
        outcome: Outcome,
        attempts: int,
        at: float,
        *,
        other_numbers: bool = False,
        past: Sequence[str] = (),
        known: Known = NOTHING_KNOWN,
    ) -> FollowUp:
        """Not dialed: at once again; everything else in an hour."""
        if outcome is Outcome.NOT_DIALED:
            return FollowUp("pending")
        return FollowUp("waiting", at + 3600.0, outcome.value)

    def after_disposition(
        self,
        code: str | None,
        attempts: int,
        at: float,
        callback_at: float | None,
        agent_id: str | None,
        *,
        other_numbers: bool = False,
        past: Sequence[str] = (),
        known: Known = NOTHING_KNOWN,
    ) -> FollowUp:
        """A callback waits; any other word, or none, is the end of it."""
        if callback_at is not None:
            return FollowUp("waiting", callback_at, "callback", agent_id)
        return FollowUp("done", reason=code or "nothing said")

    def knows(self, code: str) -> bool:
        """Three dispositions."""
        return code in {"sale", "no", "later"}


def trunk(name: str = "alpha", **limits: Any) -> TrunkLimits:
    """A trunk that limits nothing unless told."""
    return TrunkLimits(name, **{"max_channels": 1000, "calls_per_second": 4000.0, **limits})


@dataclass
class Playbook:
    """One floor, played by lines of the notation."""

    settings: FloorSettings = field(default_factory=lambda: FloorSettings("sales", ("alpha",), PlainRules()))
    trunks: TrunkPool = field(default_factory=lambda: TrunkPool((trunk(),)))
    pacing: Settings = field(default_factory=lambda: Settings(mode="progressive"))

    def __post_init__(self) -> None:
        """Line up, campaign running."""
        self.floor = FloorMachine(self.settings, LaneEngine(Engine(self.pacing, seed=7)), self.trunks, "pbx")
        self.facts: list[dict[str, Any]] = []
        self.seats: dict[str, int] = {}
        self._said: list[str] = []
        self._noted: list[dict[str, Any]] = []
        self._line = ""
        self._take(self.floor.step(ev.LineSynced(0.0, 0.0, ())))
        self._take(self.floor.step(ev.RunStateSet(0.0, ev.RunState.RUNNING)))

    def play(self, script: str) -> Playbook:
        """Run the lines; AssertionError names the line that was not answered as written."""
        for line in filter(None, (raw.split("#")[0].strip() for raw in script.splitlines())):
            if line.startswith("<< note "):
                self._expect_fact(line, line[8:].split())
            elif line.startswith("<<"):
                said = self._said.pop(0) if self._said else "nothing more"
                assert said == line[2:].strip(), f"after {self._line!r}: {said!r} instead of {line!r}"
            else:
                self._rest()
                self._hear(line)
        self._rest()
        return self

    def agent(self, name: str) -> Agent:
        """The agent's state now."""
        agent = self.floor.roster.get(name)
        assert agent is not None, name
        return agent

    def state(self, name: str) -> str:
        """The agent's state in a word."""
        return self.agent(name).state.value

    def noted(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """All facts of a kind so far, or those with these fields."""
        named = {"fact": kind, **fields}
        return [fact for fact in self.facts if all(fact.get(key) == value for key, value in named.items())]

    def ended(self, call_id: str) -> dict[str, Any]:
        """The one fact that closed this attempt."""
        (fact,) = self.noted("attempt_ended", attempt=call_id)
        return fact

    def seat(self, name: str) -> str:
        """The agent's present seat."""
        return f"s-{name}-{self.seats.get(name, 0)}"

    def _rest(self) -> None:
        assert not self._said, f"after {self._line!r}: {self._said} not expected"

    def _hear(self, line: str) -> None:
        self._line = line
        self._noted = []
        when, _, words = line.partition(">>")
        at, (verb, *args) = float(when), words.split()
        self._pass_to(at)
        if verb == "time":
            return
        self._rest()
        if verb == "pace":
            self._take(self.floor.pace(at))
        elif verb == "seated":
            self._seat(at, args)
        else:
            self._take(self.floor.step(_VERBS[verb](self, at, args)))

    def _pass_to(self, at: float) -> None:
        while (due := self.floor.timers.next_at()) <= at:
            self._take(self.floor.step(ev.TimePassed(due)))

    def _seat(self, at: float, args: list[str]) -> None:
        for word in args:
            name, _, skills = word.partition(":")
            self.seats[name] = self.seats.get(name, 0) + 1
            self.floor.step(
                ev.AgentLoggedIn(at, name, self.seat(name), 0.0, ready=True, skills=skills_of(skills))
            )
            self.floor.step(ev.SeatHeld(at, self.seat(name)))

    def _take(self, commands: list[do.Command]) -> None:
        for command in commands:
            if isinstance(command, do.Record):
                self.facts.append(command.fact)
                self._noted.append(command.fact)
            else:
                self._said.append(self._spell(command))

    def _spell(self, command: do.Command) -> str:
        names = {self.seat(name): name for name in self.seats}
        match command:
            case do.Bridge(call_id=call, seat_id=seat):
                return f"bridge {call} {names.get(seat, seat)}"
            case do.Dial(call_id=call, trunk=name):
                return f"dial {call} {name}"
            case do.ClaimLeads(n=n):
                return f"claim {n}"
            case do.ClaimLane(n=n, lane=lane):
                return f"claim {n} of {lane or 'anybody'}"
            case do.HangUp(channel_id=channel, cause=cause):
                return f"hang-up {names.get(channel, channel)}" + ("" if cause == 16 else f" {cause}")
            case do.RingSeat(agent_id=agent):
                return f"ring {agent}"
            case do.RenewSeat(agent_id=agent):
                return f"renew {agent}"
        return "audit"

    def _expect_fact(self, line: str, words: list[str]) -> None:
        kind, who, *rest = words
        wanted = dict(pair.split("=") for pair in rest)
        for fact in self._noted:
            whose = who in (fact.get("attempt"), fact.get("agent"), fact.get("campaign"))
            if fact["fact"] == kind and whose and wanted.items() <= _spelt(fact).items():
                return
        raise AssertionError(f"after {self._line!r}: {line!r} is not among {self._noted}")


def _spelt(fact: dict[str, Any]) -> dict[str, str]:
    return {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in fact.items()}


def _option(args: list[str], name: str) -> str | None:
    found = [arg.partition("=")[2] for arg in args if arg.startswith(f"{name}=")]
    return found[0] if found else None


def _login(play: Playbook, at: float, args: list[str]) -> ev.Event:
    name = args[0]
    if play.floor.roster.get(name) is None or play.agent(name).seat_id is None:
        play.seats[name] = play.seats.get(name, 0) + 1
    interval_s = float(_option(args, "interval") or 0.0)
    return ev.AgentLoggedIn(at, name, play.seat(name), interval_s, ready="ready" in args)


def _renewed(play: Playbook, at: float, args: list[str]) -> ev.Event:
    play.seats[args[0]] += 1
    return ev.SeatRenewed(at, args[0], play.seat(args[0]))


def _claimed(play: Playbook, at: float, args: list[str]) -> ev.Event:
    owner, asked = _option(args, "owner"), _option(args, "asked")
    calls = [arg for arg in args if "=" not in arg and arg != "exhausted"]
    lane = _lane(_option(args, "lane"))
    skills = skills_of(lane or "")
    new = tuple(ev.NewCall(call, 100 + n, 1, owner, skills=skills) for n, call in enumerate(calls))
    why = (_option(args, "why") or "").replace("_", " ")
    resume = _option(args, "resume")
    resume_at = None if resume is None else float(resume)
    return ev.LeadsClaimed(at, int(asked or len(calls)), new, "exhausted" in args, why, resume_at, lane)


def _lane(word: str | None) -> str | None:
    return "" if word == "anybody" else word


def _lanes(_: Playbook, at: float, args: list[str]) -> ev.Event:
    told = (one.split("=") for one in args)
    return ev.LanesTold(at, tuple((_lane(name) or "", int(count)) for name, count in told))


def _says(play: Playbook, at: float, args: list[str]) -> ev.Event:
    callback_at = _option(args, "callback")
    return ev.DispositionGiven(
        at,
        args[0],
        args[1],
        _option(args, "call"),
        float(callback_at) if callback_at else None,
        "mine" in args,
    )


def _synced(play: Playbook, at: float, args: list[str]) -> ev.Event:
    places = dict(arg.split("=") for arg in args)
    asked_at = float(places.pop("asked", at))
    channels = tuple(
        (play.seat(who) if who in play.seats else who, ev.Whereabouts(where)) for who, where in places.items()
    )
    return ev.LineSynced(at, asked_at, channels)


def _hung_up(play: Playbook, at: float, args: list[str]) -> ev.Event:
    cause = int(args[1]) if len(args) > 1 else 16
    return ev.CallHungUp(at, args[0], cause, int(args[2]) if len(args) > 2 else None)


def _lost_seat(play: Playbook, at: float, args: list[str]) -> ev.Event:
    seat = args[0] if args[0].startswith("s-") else play.seat(args[0])
    return ev.SeatLost(at, seat, "the phone hung up")


_VERBS: dict[str, Callable[[Playbook, float, list[str]], ev.Event]] = {
    "login": _login,
    "renewed": _renewed,
    "logout": lambda _, at, args: ev.AgentLoggedOut(at, args[0]),
    "ready": lambda _, at, args: ev.AgentWentReady(at, args[0], "skip" in args),
    "pause": lambda _, at, args: ev.AgentPaused(at, args[0], " ".join(args[1:])),
    "interval": lambda _, at, args: ev.IntervalChosen(at, args[0], float(args[1])),
    "says": _says,
    "free": lambda play, at, args: ev.SeatHeld(at, play.seat(args[0])),
    "busy": lambda play, at, args: ev.SeatBridged(at, play.seat(args[0])),
    "dropped": _lost_seat,
    "claimed": _claimed,
    "reserves": lambda _, at, args: wi.ReserveAsked(at, args[0]),
    "dials": lambda _, at, args: wi.DialAsked(at, args[0], ev.NewCall(args[1], 100, 1)),
    "lanes": _lanes,
    "skills": lambda _, at, args: ev.SkillsSet(at, args[0], tuple(args[1:])),
    "leads-changed": lambda _, at, __: ev.LeadsChanged(at),
    "rang": lambda _, at, args: ev.CallRang(at, args[0]),
    "answered": lambda _, at, args: ev.CallAnswered(at, args[0]),
    "held": lambda _, at, args: ev.CallHeld(at, args[0]),
    "rescued": lambda _, at, args: ev.CallHeld(at, args[0], rescue=True),
    "talking": lambda _, at, args: ev.CallBridged(at, args[0]),
    "machine": lambda _, at, args: ev.MachineJudged(at, args[0], True, "MAXWORDS"),
    "person": lambda _, at, args: ev.MachineJudged(at, args[0], False, "HUMAN"),
    "abandoned": lambda _, at, args: ev.CallAbandoned(at, args[0]),
    "opted-out": lambda _, at, args: ev.CallOptedOut(at, args[0]),
    "failed": lambda _, at, args: ev.DialFailed(at, args[0], int(args[1])),
    "refused": lambda _, at, args: ev.DialRefused(at, args[0], "the line is down"),
    "hung-up": _hung_up,
    "gone": lambda _, at, args: ev.CallLost(at, args[0]),
    "made": lambda play, at, args: ev.BridgeMade(at, args[0], _seat(play, args[1])),
    "unmade": lambda play, at, args: ev.BridgeRefused(at, args[0], _seat(play, args[1]), ev.Missing(args[2])),
    "line-lost": lambda _, at, args: ev.LineLost(at, "connection reset"),
    "synced": _synced,
    "run": lambda _, at, args: ev.RunStateSet(at, ev.RunState(args[0])),
    "forbidden": lambda _, at, args: ev.DialingForbidden(at, args[0], " ".join(args[1:])),
}


def _seat(play: Playbook, name: str) -> str:
    return name if name.startswith("s-") else play.seat(name)
