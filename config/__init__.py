"""What an operator writes: YAML read into checked, frozen settings.

`load(path)` gives `Settings` or raises `ConfigErrors`, which lists every mistake at once, each with its
file, line, column, path and remedy. Nothing here starts, connects or logs.
"""

from __future__ import annotations

from config.campaign import (
    AgentDrop,
    Attempts,
    Campaign,
    Disposition,
    Holidays,
    Interval,
    LeadFile,
    NumberType,
    Outcome,
    Pacing,
    PacingMode,
    Retry,
    UniqueScope,
    ZoneRule,
)
from config.errors import ConfigError, ConfigErrors, Problem
from config.hours import DAYS, Span, Week
from config.listening import Listening, ListenMode, ListenRole, Told
from config.loader import doubts, load, parse
from config.machines import MachineAction, Machines
from config.mqtt import Mqtt, Protocol
from config.node import Node, Trunk
from config.operations import Log, LogFormat, LogLevel, Metrics, Standby
from config.ours import shadowed_packages
from config.privacy import CampaignPrivacy, Privacy
from config.profile import Profile, ProfileHours, ProfileLedger, shipped
from config.recordings import Recording, RecordingMode, Recordings, Retention, SoundFormat, until_of
from config.reload import Change, changes, in_force
from config.reports import ReportFormat, ReportGrouping, ScheduledReport
from config.rolling import RollingLimit
from config.schema import campaign_schema, json_schema, scenario_schema
from config.settings import AgentDef, Settings
from config.targets import Counted, Day, Target
from config.web import Numbers, NumbersShown, Web
from config.webhooks import Happening, Personal, Webhook

__all__ = [
    "DAYS",
    "AgentDef",
    "AgentDrop",
    "Attempts",
    "Campaign",
    "CampaignPrivacy",
    "Change",
    "ConfigError",
    "ConfigErrors",
    "Counted",
    "Day",
    "Disposition",
    "Happening",
    "Holidays",
    "Interval",
    "LeadFile",
    "ListenMode",
    "ListenRole",
    "Listening",
    "Log",
    "LogFormat",
    "LogLevel",
    "MachineAction",
    "Machines",
    "Metrics",
    "Mqtt",
    "Node",
    "NumberType",
    "Numbers",
    "NumbersShown",
    "Outcome",
    "Pacing",
    "PacingMode",
    "Personal",
    "Privacy",
    "Problem",
    "Profile",
    "ProfileHours",
    "ProfileLedger",
    "Protocol",
    "Recording",
    "RecordingMode",
    "Recordings",
    "ReportFormat",
    "ReportGrouping",
    "Retention",
    "Retry",
    "RollingLimit",
    "ScheduledReport",
    "Settings",
    "SoundFormat",
    "Span",
    "Standby",
    "Target",
    "Told",
    "Trunk",
    "UniqueScope",
    "Web",
    "Webhook",
    "Week",
    "ZoneRule",
    "campaign_schema",
    "changes",
    "doubts",
    "in_force",
    "json_schema",
    "load",
    "parse",
    "scenario_schema",
    "shadowed_packages",
    "shipped",
    "until_of",
]
