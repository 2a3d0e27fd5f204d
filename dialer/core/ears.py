"""Who listens to whom: a table of supervisors' phones on agents' seats. No floor depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class Mode(StrEnum):
    """Who hears the supervisor: nobody, the agent alone, or both sides of the conversation."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class Stage(StrEnum):
    """How far it is: the phone rings, it listens, it has been asked to end."""

    RINGING = "ringing"
    ON = "on"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Ear:
    """One supervisor's phone; `since` is when it began to ring, and from the answer on when that came."""

    id: str
    user: str
    role: str
    phone: str
    agent: str
    campaign: str
    node: str
    seat: str
    mode: Mode
    since: float
    stage: Stage = Stage.RINGING
    why: str = ""
    """Why it is to end."""

    def tells(self, told: str) -> bool:
        """Whether the agent is told, by the campaign's word: always, spoken or never."""
        if self.stage is not Stage.ON:
            return False
        return told == "always" or (told == "spoken" and self.mode is not Mode.LISTEN)


class Ears:
    """The phones that listen now, by their ids. What is given out are values: a change makes a new one."""

    def __init__(self) -> None:
        self._by_id: dict[str, Ear] = {}
        self._of_agent: dict[str, tuple[Ear, ...]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._by_id)

    def __iter__(self) -> Iterator[Ear]:
        """Each of them, oldest first."""
        return iter(tuple(self._by_id.values()))

    def get(self, ear_id: str) -> Ear | None:
        """The one with this id."""
        return self._by_id.get(ear_id)

    def of_agent(self, agent: str) -> tuple[Ear, ...]:
        """Who listens to this agent; the same object until that changes."""
        return self._of_agent.get(agent, ())

    def of_user(self, user: str) -> Ear | None:
        """What this person's phone does now; None where it does not listen, or was asked to stop."""
        mine = (ear for ear in self if ear.user == user and ear.stage is not Stage.ENDING)
        return next(mine, None)

    def on_seat(self, seat: str) -> tuple[Ear, ...]:
        """The phones that hear this seat."""
        return tuple(ear for ear in self if ear.seat == seat)

    def put(self, ear: Ear) -> None:
        """A new one, or one that changed."""
        before = self._by_id.get(ear.id)
        if before == ear:
            return
        self._by_id[ear.id] = ear
        for agent in {ear.agent} | ({before.agent} if before is not None else set()):
            self._index(agent)

    def answered(self, ear_id: str, at: float) -> Ear | None:
        """The phone was taken off; None where that was known."""
        ear = self._by_id.get(ear_id)
        if ear is None or ear.stage is not Stage.RINGING:
            return None
        ear = replace(ear, stage=Stage.ON, since=at)
        self.put(ear)
        return ear

    def ended(self, ear_id: str) -> Ear | None:
        """It is gone; None where it was none of ours."""
        ear = self._by_id.pop(ear_id, None)
        if ear is not None:
            self._index(ear.agent)
        return ear

    def _index(self, agent: str) -> None:
        found = tuple(ear for ear in self._by_id.values() if ear.agent == agent)
        if found:
            self._of_agent[agent] = found
        else:
            self._of_agent.pop(agent, None)
