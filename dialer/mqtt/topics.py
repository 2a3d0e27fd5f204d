"""The topics, all below one base."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERB = re.compile(r"[a-z][a-z_]{0,31}")


@dataclass(frozen=True, slots=True)
class Topics:
    """Where each message goes; ids hold no character that means something in a topic."""

    base: str

    @property
    def status(self) -> str:
        """Whether the daemon is there; retained."""
        return f"{self.base}/status"

    def campaign(self, campaign_id: str) -> str:
        """A campaign's state; retained."""
        return f"{self.base}/campaigns/{campaign_id}/state"

    def agent(self, agent_id: str) -> str:
        """An agent's state; retained."""
        return f"{self.base}/agents/{agent_id}/state"

    def calls(self, campaign_id: str) -> str:
        """What happens to a campaign's calls."""
        return f"{self.base}/calls/{campaign_id}"

    def listening(self, campaign_id: str) -> str:
        """Who listens to a campaign's agents, as far as these are told."""
        return f"{self.base}/listening/{campaign_id}"

    @property
    def requests(self) -> str:
        """All requests."""
        return f"{self.base}/request/+"

    def request(self, verb: str) -> str:
        """Requests of one verb."""
        return f"{self.base}/request/{verb}"

    def response(self, verb: str) -> str:
        """Answers to requests of one verb."""
        return f"{self.base}/response/{verb}"

    def verb_of(self, topic: str) -> str | None:
        """The verb a request asks for; None if the topic is none of ours."""
        head, _, verb = topic.rpartition("/")
        return verb if head == f"{self.base}/request" and _VERB.fullmatch(verb) else None
