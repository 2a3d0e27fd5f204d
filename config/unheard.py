"""Detection of answering machines that nobody checks by ear: what it costs people is a guess."""

from __future__ import annotations

from collections.abc import Iterator

from config.errors import Problem
from config.machines import MachineAction
from config.parts import Parts


def unheard(parts: Parts) -> Iterator[Problem]:
    """A doubt for each campaign that hangs up on machines, or leaves them a message, and reviews none of them."""
    for name, campaign in parts.campaigns.items():
        if campaign is None or not campaign.amd or campaign.machines.review_share > 0:
            continue
        if campaign.machines.action is MachineAction.AGENT:
            continue  # an agent hears each of them
        ledgers = [one.name for rules in campaign.profiles for one in rules.ledgers if one.false_positives]
        counted = f", with which {', '.join(ledgers)} count" if ledgers else ""
        said = (
            f"nobody listens to what it takes for machines: that {campaign.amd_false_positives:.1%} of them are "
            f"people is a guess{counted}"
        )
        hint = "set machines.review_share: 2 % where you may record the first seconds of a call; see docs/machines.md"
        yield parts.origins["campaigns", name].problem(("amd",), said, hint)
