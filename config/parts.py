"""The validated parts of a configuration and where each was written."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.campaign import Campaign
from config.document import Document, Location
from config.errors import Problem
from config.node import Node
from config.settings import AgentDef


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part stands: its file, its location in it, and what its paths begin with when shown."""

    document: Document
    location: Location
    prefix: str

    @property
    def prefix_for_paths(self) -> str:
        return f"{self.prefix}." if self.prefix else ""

    def problem(self, inner: Location, message: str, hint: str = "") -> Problem:
        """A problem at a place within the part, at the value written there."""
        location = self.location + inner
        return self.document.problem(location, message, hint, at_value=True, prefix=self.prefix_for_paths)


@dataclass(slots=True)
class Parts:
    """Parts by name; None for one that was written but is not valid."""

    nodes: dict[str, Node | None] = field(default_factory=dict)
    agents: dict[str, AgentDef | None] = field(default_factory=dict)
    campaigns: dict[str, Campaign | None] = field(default_factory=dict)
    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
