"""Supervisors who listen to agents while they talk."""

from __future__ import annotations

from enum import StrEnum

from config.values import Id, Section, live


class ListenMode(StrEnum):
    """Who hears the supervisor: nobody, the agent alone, or the agent and the person called."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class Told(StrEnum):
    """When an agent's desk says that a supervisor listens."""

    ALWAYS = "always"
    SPOKEN = "spoken"
    NEVER = "never"


class ListenRole(StrEnum):
    """The least role that may listen."""

    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Listening(Section):
    """Who may listen to the campaign's agents, and whether they are told."""

    modes: tuple[ListenMode, ...] = live(
        (ListenMode.LISTEN, ListenMode.WHISPER, ListenMode.BARGE),
        "What is allowed: listen (nobody hears the supervisor), whisper (the agent alone does), barge (the person "
        "called does too); []: nothing.",
    )
    told: Told = live(
        Told.ALWAYS,
        "Whether the agent's desk says that somebody listens: always, spoken (while they whisper or barge) or never. "
        "The law where you are may demand that agents, and the people called, are told.",
    )
    by: ListenRole = live(ListenRole.SUPERVISOR, "Who may: supervisor (and admins), or admin.")
    not_to: tuple[Id, ...] = live((), "Agents nobody may listen to, by id.", max_length=10_000)
