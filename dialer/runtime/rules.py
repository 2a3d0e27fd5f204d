"""A campaign's settings as the pure rules of core, pacing and compliance."""

from __future__ import annotations

import math

import config
import pacing
from dialer.core.outcomes import Outcome
from dialer.core.settings import FloorSettings, FollowUp
from dialer.core.trunks import TrunkLimits

_RETRY_KEYS = {one.value: one for one in config.Outcome}


class CampaignRules:
    """`dialer.core.settings.Rules` of one campaign."""

    def __init__(self, campaign: config.Campaign) -> None:
        self._campaign = campaign
        self._by_code = {one.code: one for one in campaign.dispositions}

    def knows(self, code: str) -> bool:
        """Whether the campaign has a disposition of this code."""
        return code in self._by_code

    def after_outcome(self, outcome: Outcome, attempts: int, at: float) -> FollowUp:
        """The lead after an attempt that no agent can say anything about."""
        if outcome is Outcome.NOT_DIALED:
            return FollowUp("pending", None, "not dialed")
        if outcome is Outcome.DO_NOT_CALL:
            return FollowUp("excluded", None, "the carrier says: do not call again")
        if attempts >= self._campaign.attempts.max:
            return FollowUp("done", None, f"{outcome.value}; all {attempts} attempts used")
        key = _RETRY_KEYS.get(outcome.value)
        written = self._campaign.retry.get(key) if key is not None else None
        retry = written or _default(outcome)
        if retry.final or (retry.max is not None and attempts >= retry.max):
            return FollowUp("done", None, outcome.value)
        delay_s = self._campaign.cool_down_s if outcome is Outcome.UNKNOWN else retry.delay_s
        return FollowUp("waiting", at + max(delay_s, self._campaign.attempts.spacing_s), outcome.value)

    def after_disposition(
        self, code: str | None, attempts: int, at: float, callback_at: float | None, agent_id: str | None
    ) -> FollowUp:
        """The lead after a conversation; `code` None when wrap-up ran out without a disposition."""
        rule = self._by_code.get(code or "")
        if rule is None:
            return FollowUp("done", None, "no disposition given")
        if rule.do_not_call:
            return FollowUp("excluded", None, rule.code, dnc_list="system")
        if rule.callback and callback_at is not None:
            return FollowUp("waiting", max(callback_at, at), rule.code, for_agent=agent_id)
        if rule.final or attempts >= self._campaign.attempts.max:
            return FollowUp("done", None, rule.code)
        if rule.max is not None and attempts >= rule.max:
            return FollowUp("done", None, rule.code)
        if rule.retry_after_s is not None or rule.callback or rule.wrong_number:
            return FollowUp("waiting", at + (rule.retry_after_s or 3600.0), rule.code)
        return FollowUp("done", None, rule.code)


def _default(outcome: Outcome) -> config.Retry:
    if outcome is Outcome.INVALID:
        return config.Retry(final=True)
    return config.Retry()


def floor_settings(campaign: config.Campaign) -> FloorSettings:
    """What the floor is told."""
    return FloorSettings(
        campaign_id=campaign.id,
        trunks=tuple(campaign.trunks),
        rules=CampaignRules(campaign),
        ring_timeout_s=campaign.pacing.ring_timeout_s,
        hold_s=max(1, math.floor(campaign.pacing.connect_within_s)),
        wrap_up_max_s=campaign.wrap_up_max_s,
        interval_min_s=campaign.interval.min_s,
        interval_max_s=campaign.interval.max_s,
        amd=campaign.amd,
        abandon_limit=campaign.pacing.target_abandon,
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
