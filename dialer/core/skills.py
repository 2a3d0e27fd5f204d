"""Skills: what agents can do and leads ask for. A lane is a distinct set of asked skills, spelled as one word."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dialer.core.agent import Agent

BETWEEN = "+"

PLAIN = ""
"""The lane of leads that ask for nothing: any agent serves it."""


def lane_of(skills: Iterable[str]) -> str:
    """The lane of leads that ask for all of these."""
    return BETWEEN.join(sorted(set(skills)))


def skills_of(lane: str) -> tuple[str, ...]:
    """What a lane's leads ask for."""
    return tuple(lane.split(BETWEEN)) if lane else ()


def serves(agent: Agent, asked: Collection[str]) -> bool:
    """Whether the agent has all that is asked for."""
    return not asked or set(asked) <= set(agent.skills)


def missing(skills: Collection[str], asked: Collection[str]) -> tuple[str, ...]:
    """What is asked for beyond these skills."""
    return tuple(sorted(set(asked) - set(skills)))
