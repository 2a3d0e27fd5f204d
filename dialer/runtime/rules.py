"""A campaign's settings as the pure rules of core, pacing and compliance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import config
import pacing
from dialer import leads
from dialer.compliance import Hours, Rules, hours_of_day, retry
from dialer.compliance.retry import DispositionRule, RetryRule, Tried
from dialer.core.outcomes import Outcome
from dialer.core.settings import NOTHING_KNOWN, FloorSettings, FollowUp, Known
from dialer.core.trunks import TrunkLimits


class CampaignRules:
    """`dialer.core.settings.Rules` of one campaign."""

    def __init__(self, campaign: config.Campaign, obeyed: Rules | None = None) -> None:
        """`obeyed`: the rules whose calling windows another hour must lie in; None: none are known."""
        self.campaign = campaign
        self._attempts = campaign.attempts
        self.obeyed = obeyed
        self._outcomes = dict(retry.DEFAULTS) | {
            outcome: RetryRule(campaign.attempts.abandoned_rest_s) for outcome in ("abandoned", "gave_up")
        }
        self._outcomes["unknown"] = RetryRule(campaign.cool_down_s)
        for outcome, rule in campaign.retry.items():
            self._outcomes[outcome.value] = RetryRule(
                rule.delay_s, rule.max, rule.other_number, rule.other_hour, rule.final
            )
        self._dispositions = {
            one.code: DispositionRule(
                one.code,
                one.final,
                one.retry_after_s,
                one.max,
                one.callback,
                one.do_not_call,
                one.wrong_number,
            )
            for one in campaign.dispositions
        }

    def knows(self, code: str) -> bool:
        """Whether the campaign has a disposition of this code."""
        return code in self._dispositions

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
        """The lead after an attempt that no agent can say anything about."""
        rule = self._outcomes.get(outcome.value, RetryRule())
        tried = self._tried(attempts, other_numbers, past.count(outcome.value))
        then = _follow(
            retry.after_outcome(
                outcome.value,
                rule,
                tried,
                at,
                other_hour=self._other_hour(known, at),
                plan_at=known.plan_at,
            )
        )
        if outcome.value in retry.COSTS_NOTHING or outcome is Outcome.NOT_DIALED:
            return replace(then, callback_at=known.callback_at, for_agent=known.callback_owner)
        return then

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
        known: Known = NOTHING_KNOWN,  # noqa: ARG002 - a conversation keeps every promise
    ) -> FollowUp:
        """The lead after a conversation; `code` None when wrap-up ran out without a disposition."""
        rule = self._dispositions.get(code or "")
        tried = self._tried(attempts, other_numbers, past.count(f"said={code}"))
        then = retry.after_disposition(rule, tried, at, callback_at)
        if rule is None:
            return _follow(then)
        asked = rule.callback and callback_at is not None
        return replace(
            _follow(then),
            for_agent=agent_id if asked else None,
            callback_at=then.at if asked else None,
            dnc_list="system" if rule.do_not_call else None,
        )

    def _other_hour(self, known: Known, at: float) -> retry.OtherHour | None:
        if self.obeyed is None or not known.zones:
            return None
        hours, ring_s = self.obeyed.hours, self.obeyed.ring_s
        return partial(_other_hour, hours, known.zones, at, ring_s)

    def _tried(self, attempts: int, other_numbers: bool, alike_before: int) -> Tried:
        limits = self._attempts
        return Tried(attempts, alike_before + 1, limits.max, limits.spacing_s, other_numbers)


def _follow(then: retry.Next) -> FollowUp:
    return FollowUp(
        then.state,
        then.at,
        then.reason,
        close_number=then.reason if then.close_number else None,
        rest_number_until=then.rest_until,
    )


def _other_hour(
    hours: Hours, zones: Sequence[str], tried_at: float, ring_s: float, earliest: float
) -> float | None:
    return hours_of_day.other_hour(hours, zones, (tried_at,), earliest, ring_s)


def obeyed_by(campaign: config.Campaign, settings: config.Settings) -> Rules:
    """The campaign's rules of compliance; a window must stay open until the ring would end."""
    trunks = settings.nodes[campaign.node].trunks
    delay_s = max((trunks[name].post_dial_delay_s for name in campaign.trunks), default=0.0)
    return leads.rules_of(campaign, post_dial_delay_s=delay_s)


_OURS = {"name", "caller_id", "caller_ids", "caller_name", "leads"}
"""What of a campaign bears on no decision of a floor and may hold names or numbers."""


def recorded(rules: CampaignRules) -> dict[str, Any]:
    """What these rules are made of, for the flight recorder: plain JSON values, no number and no name."""
    return {
        "campaign": rules.campaign.model_dump(mode="json", exclude=_OURS),
        "ring_s": None if rules.obeyed is None else rules.obeyed.ring_s,
    }


def played_again(recorded: Mapping[str, Any]) -> CampaignRules:
    """The rules a record tells of; raises ValueError where this program does not understand it."""
    campaign = config.Campaign.model_validate({**recorded["campaign"], "caller_id": _NOBODYS})
    ring_s = recorded["ring_s"]
    return CampaignRules(
        campaign, None if ring_s is None else replace(leads.rules_of(campaign), ring_s=ring_s)
    )


_NOBODYS = "+442079460000"
"""A number reserved for fiction: the rules ask for one and use none."""


def floor_settings(campaign: config.Campaign, obeyed: Rules | None = None) -> FloorSettings:
    """What the floor is told; `obeyed` are the campaign's rules of compliance."""
    return FloorSettings(
        campaign_id=campaign.id,
        trunks=tuple(campaign.trunks),
        rules=CampaignRules(campaign, obeyed),
        ring_timeout_s=campaign.pacing.ring_timeout_s,
        hold_s=max(1, math.floor(campaign.pacing.connect_within_s)),
        wrap_up_max_s=campaign.wrap_up_max_s,
        interval_min_s=campaign.interval.min_s,
        interval_max_s=campaign.interval.max_s,
        amd=campaign.amd,
        machine_clips=campaign.machines.review_share,
        greeting=campaign.greeting,
        failover=campaign.failover,
        abandon_limit=campaign.pacing.target_abandon,
        agent_drop=campaign.agent_drop.value,
        recording=campaign.recording.mode.value,
        recording_share=campaign.recording.share,
        dialing=campaign.dialing.value,
        preview_s=campaign.preview.time_s,
        preview_on_timeout=campaign.preview.on_timeout.value,
        skip_rest_s=campaign.preview.skip_rest_s,
        control_minutes_per_hour=campaign.pacing.control_minutes_per_hour,
    )


def pacing_settings(campaign: config.Campaign) -> pacing.Settings:
    """What the pacing engine is told."""
    wanted = campaign.pacing
    return pacing.Settings(
        mode=wanted.mode.value,
        target_abandon=wanted.target_abandon,
        connect_within=wanted.connect_within_s,
        ring_timeout=wanted.ring_timeout_s,
        min_ring=wanted.min_ring_s,
        max_ratio=wanted.max_ratio,
        max_calls=wanted.max_calls,
        calls_per_second=wanted.calls_per_second,
        release=wanted.release,
    )


def trunk_limits(node: config.Node) -> tuple[TrunkLimits, ...]:
    """What the operator grants each trunk of a node."""
    return tuple(
        TrunkLimits(
            name=name,
            max_channels=trunk.max_channels,
            calls_per_second=trunk.calls_per_second,
            post_dial_delay_s=trunk.post_dial_delay_s,
            rest_after=trunk.rest_after,
            rest_s=trunk.rest_s,
        )
        for name, trunk in node.trunks.items()
    )
