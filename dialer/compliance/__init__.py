"""The rules of calling people, pure: numbers, zones, windows, limits, verdicts, retries and ledgers."""

from __future__ import annotations

from dialer.compliance.attempts import AttemptLimits, History, Rolling
from dialer.compliance.numbers import BadNumber, Kind, Number, NumberRules, mask
from dialer.compliance.verdict import Allow, Ground, Question, Refuse, Rules, Verdict, judge
from dialer.compliance.windows import ALWAYS, Calendar, Hours, Span
from dialer.compliance.zones import ZoneRule, candidate_zones

__all__ = [
    "ALWAYS",
    "Allow",
    "AttemptLimits",
    "BadNumber",
    "Calendar",
    "Ground",
    "History",
    "Hours",
    "Kind",
    "Number",
    "NumberRules",
    "Question",
    "Refuse",
    "Rolling",
    "Rules",
    "Span",
    "Verdict",
    "ZoneRule",
    "candidate_zones",
    "judge",
    "mask",
]
