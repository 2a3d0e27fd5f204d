"""One campaign: whom it may call and when, how fast, and what follows each outcome."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, PrivateAttr, StringConstraints, model_validator

from config.calendars import known_calendar
from config.caller_ids import CallerIdPool, CallerIds
from config.desk import Dialing, Preview
from config.disposition import Attempts, Deadlines, Disposition, Outcome, Retry
from config.hours import Span, Week
from config.inbound import Inbound
from config.listening import Listening
from config.machines import MachineAction, Machines
from config.privacy import CampaignPrivacy
from config.profile import ProfileRef
from config.recordings import Recording, RecordingMode
from config.values import (
    Country,
    Currency,
    Day,
    Id,
    Name,
    Phone,
    Real,
    Seconds,
    Section,
    Share,
    Text,
    Whole,
    Yes,
    Zone,
    fixed,
    live,
    wrong,
)

__all__ = [
    "AgentDrop",
    "Attempts",
    "CallerIdPool",
    "CallerIds",
    "Campaign",
    "Deadlines",
    "Dialing",
    "Disposition",
    "Holidays",
    "Inbound",
    "Interval",
    "LeadFile",
    "Listening",
    "MachineAction",
    "Machines",
    "NumberType",
    "Outcome",
    "Pacing",
    "PacingMode",
    "Preview",
    "Recording",
    "Retry",
    "UniqueScope",
    "ZoneRule",
]


class NumberType(StrEnum):
    """Kinds of numbers a campaign may call."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"


class ZoneRule(StrEnum):
    """Whose clock counts: the lead's own zone, every zone its number may be in, or both."""

    LEAD = "lead"
    NUMBER = "number"
    BOTH = "both"


class PacingMode(StrEnum):
    """How the number of calls to place is found."""

    PREDICTIVE = "predictive"
    PROGRESSIVE = "progressive"
    RATIO = "ratio"


class AgentDrop(StrEnum):
    """What happens to the customer when the agent's phone drops in a call."""

    HANG_UP = "hang_up"
    RESCUE = "rescue"


def _whole_seconds(value: float) -> float:
    if value < 1 or value != int(value):
        raise wrong(
            "connect_within",
            "must be whole seconds, at least 1",
            "the switch's own timer (which speaks to the caller when no agent comes) takes nothing else",
        )
    return value


class Pacing(Section):
    """How calls are placed."""

    mode: PacingMode = live(
        PacingMode.PREDICTIVE, "predictive, progressive (one line per ready agent) or ratio."
    )
    target_abandon: Share = live(0.03, "Share of answered people who may find no agent: 3 % or 0.03.")
    connect_within_s: Annotated[Seconds, AfterValidator(_whole_seconds)] = live(
        2.0,
        "An answered person without an agent for this long hears the message: whole seconds, at least 1.",
        le=10,
    )
    ring_timeout_s: Seconds = live(30.0, "How long a phone rings, 15 to 40 s.", ge=15, le=40)
    min_ring_s: Seconds = live(15.0, "No ringing call is given up before it rang this long.", ge=0, le=40)
    max_ratio: Real = live(12.0, "Calls in flight per working agent, at most.", ge=1, le=100)
    max_calls: Whole | None = live(None, "Calls in flight, at most; none: no limit.", ge=1)
    calls_per_second: Real | None = live(None, "New calls per second, at most; none: no limit.", gt=0)
    control_minutes_per_hour: Real = live(
        0.0,
        "Minutes of each hour, on average, in which one line per agent is dialed to measure what prediction brings, "
        "in blocks of ten minutes drawn by lot; 0: none.",
        ge=0,
        le=30,
    )
    release: Yes = live(True, "Ringing calls may be hung up after min_ring_s when nobody could take them.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.min_ring_s > self.ring_timeout_s:
            raise wrong("min_ring", "min_ring_s is longer than ring_timeout_s", "lower min_ring_s")
        return self


class Interval(Section):
    """Time between the end of one conversation and the start of the next, wrap-up inside it."""

    default_s: Seconds = live(60.0, "For agents who set none.", le=3600)
    min_s: Seconds = live(0.0, "The shortest an agent may set.", le=3600)
    max_s: Seconds = live(600.0, "The longest an agent may set.", le=3600)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.min_s > self.max_s:
            raise wrong("interval", "min_s is longer than max_s", "swap them")
        if not self.min_s <= self.default_s <= self.max_s:
            raise wrong(
                "interval",
                f"default_s ({self.default_s:g}) is not within min_s..max_s ({self.min_s:g}..{self.max_s:g})",
                "change default_s or the bounds",
            )
        return self


class Holidays(Section):
    """Days with other opening times."""

    calendar: Annotated[Text, AfterValidator(known_calendar)] | None = live(
        None, "Public holidays of a country or a part of it: GB, GB-ENG, US-CA."
    )
    dates: tuple[Day, ...] = live((), "Further days, such as 2026-12-24.", max_length=1000)
    windows: tuple[Span, ...] = live((), 'Opening times on such days, such as "10:00-14:00"; none: closed.')


class UniqueScope(StrEnum):
    """Among which leads something must be unique."""

    NONE = "none"
    FILE = "file"
    CAMPAIGN = "campaign"
    ALL = "all"


def _of_ids(value: UniqueScope) -> UniqueScope:
    if value not in (UniqueScope.CAMPAIGN, UniqueScope.ALL):
        raise wrong(
            "unique_ids",
            "must be campaign or all",
            "an external id is what a lead of the campaign is known by when a file is imported again",
        )
    return value


class LeadFile(Section):
    """How a file of leads is read."""

    columns: dict[Text, Text] = live(
        {},
        "Field of the lead: column of the file. Fields: name, number, number2.., zone, priority, deadline, "
        "owner, skills, external_id. Columns not named here or by these names are kept as data.",
    )
    default_region: Country | None = live(
        None, "Country of numbers written without one; none: the first of the campaign's countries."
    )
    encoding: Text | None = live(None, "Of the file, such as utf-8 or cp1252; none: found out.")
    delimiter: Text | None = live(None, "Between columns; none: found out.", min_length=1, max_length=1)
    unique_ids: Annotated[UniqueScope, AfterValidator(_of_ids)] = live(
        UniqueScope.CAMPAIGN, "An external id stands for one lead of the campaign, or of all campaigns: all."
    )
    unique_numbers: UniqueScope = live(
        UniqueScope.NONE,
        "Rows with a number that another lead has are rejected: none, file, campaign (and file) or all.",
    )


def _prose(value: object) -> object:
    if not isinstance(value, str):
        raise wrong("text", "must be text", "put it in quotes, or after a bar: - |")
    return value.strip()


ScriptLine = Annotated[str, BeforeValidator(_prose), StringConstraints(min_length=1, max_length=2000)]


class Campaign(Section):
    """One campaign."""

    _known_skills: tuple[str, ...] = PrivateAttr(())

    id: Id = live("", "Short name; none: the file's name.", validate_default=False)
    name: Name = live("", "For people.", validate_default=False)
    node: Id = fixed(..., "Home node: its agents' phones and its calls live there.")
    trunks: tuple[Id, ...] = live(..., "Trunks of that node in order of preference.", min_length=1)
    failover: Yes = live(
        True,
        "A call that a trunk refuses before it rings is placed over the next trunk at once; no: retried later.",
    )
    caller_id: Phone = live(..., "Number shown to the people called, in quotes.")
    caller_ids: CallerIds = live(CallerIds(), "Further numbers to show, in turn.")
    caller_name: Text = live("", "Name shown with it, where the carrier passes one on.")
    countries: tuple[Country, ...] = live(..., "Countries whose numbers may be called.", min_length=1)
    number_types: tuple[NumberType, ...] = live(
        (NumberType.FIXED_LINE, NumberType.MOBILE), "Kinds of numbers that may be called.", min_length=1
    )
    windows: Week = live(
        ...,
        'When people may be called, in their own time: mon-fri: ["09:00-20:00"]; days not named are closed.',
    )
    holidays: Holidays = live(Holidays(), "Days with other opening times.")
    zone_rule: ZoneRule = live(
        ZoneRule.NUMBER, "Whose clock counts: lead (its own zone), number (every zone it may be in), both."
    )
    default_zone: Zone | None = live(
        None, "Zone of leads whose zone can not be known; none: such leads are not called."
    )
    profiles: tuple[ProfileRef, ...] = live(
        (), "Rules of regions that hold besides the campaign's own, such as us-federal, us-fl, uk, italy."
    )
    skills: tuple[Id, ...] = live(
        (), "What every lead of it asks of an agent, besides its own: of those under skills.", max_length=10
    )
    pacing: Pacing = live(Pacing(), "How calls are placed.")
    interval: Interval = live(Interval(), "Call interval of the agents.")
    wrap_up_max_s: Seconds = live(120.0, "Wrap-up ends after this at the latest.", ge=0, le=3600)
    agent_drop: AgentDrop = live(
        AgentDrop.HANG_UP,
        "When an agent's phone drops in a call: hang_up, or rescue (hold for the next agent).",
    )
    amd: Yes = live(False, "Answering-machine detection.")
    amd_false_positives: Share = live(
        0.05,
        "Share of the machines it hears that are people: 2 % or 0.02. Some ledgers count them. Where enough were "
        "reviewed (machines.review_share), what was found counts instead.",
    )
    machines: Machines = live(Machines(), "What becomes of answering machines, with amd: true.")
    greeting: Yes = live(
        False,
        "Listen for the end of a person's greeting, from which some ledgers count; costs CPU on the switch.",
    )
    dialing: Dialing = live(
        Dialing.AUTO,
        "Who decides that a lead is dialed: auto (pacing), preview (each lead is shown to an agent first) or manual "
        "(agents only). By hand agents may dial in every campaign that runs.",
    )
    preview: Preview = live(Preview(), "Leads shown before they are dialed (dialing: preview).")
    recording: Recording = live(Recording(), "Recording of conversations.")
    listening: Listening = live(Listening(), "Supervisors who listen to agents while they talk.")
    dispositions: tuple[Disposition, ...] = live(
        (
            Disposition(code="done", label="Done", key="1", final=True),
            Disposition(code="callback", label="Call back", key="2", callback=True),
            Disposition(code="not-reached", label="Wrong person there", key="3", retry_after_s=4 * 3600.0),
            Disposition(code="do-not-call", label="Do not call again", key="9", final=True, do_not_call=True),
        ),
        "What an agent can say came of a call.",
        min_length=1,
    )
    currency: Currency | None = live(
        None, "Currency of amounts in reports, such as EUR; none: amounts are shown without one."
    )
    zone: Zone | None = live(None, "Time zone of the campaign's reports; none: that of the call centre.")
    attempts: Attempts = live(Attempts(), "How often a lead may be called.")
    retry: dict[Outcome, Retry] = live(
        {},
        "What follows an outcome: busy, no_answer, machine, ... Others keep their defaults.",
    )
    deadlines: Deadlines = live(Deadlines(), "Leads that must be reached by an instant of their own.")
    callback_tolerance_s: Seconds = live(
        900.0,
        "How long a promised call waits for the agent who promised it; then any agent makes it.",
        le=7 * 86_400,
    )
    cool_down_s: Seconds = live(
        1800.0, "Rest of a lead whose last call's fate is unknown (after a crash).", ge=60, le=7 * 86_400
    )
    leads: LeadFile = live(LeadFile(), "How files of leads are read.")
    script: tuple[ScriptLine, ...] = live(
        (),
        "What the agent says, a paragraph each; {name}, {agent} and the lead's data are filled in.",
        max_length=50,
    )
    inbound: Inbound = live(Inbound(), "People who ring us back.")
    privacy: CampaignPrivacy = live(CampaignPrivacy(), "How long its leads and calls are kept.")

    @property
    def default_region(self) -> str:
        """Country of numbers written without one."""
        return self.leads.default_region or self.countries[0]

    @property
    def own_numbers(self) -> frozenset[str]:
        """Every number of ours that leads to this campaign."""
        shown = (number for pool in self.caller_ids.pools for number in pool.numbers)
        return frozenset((self.caller_id, *shown, *self.inbound.numbers))

    @property
    def records(self) -> bool:
        """Whether Asterisk records anything of its calls: conversations, or what detection of machines hears."""
        return self.recording.mode is not RecordingMode.OFF or (self.amd and self.machines.review_share > 0)

    @property
    def known_skills(self) -> tuple[str, ...]:
        """The skills of the whole configuration, which its leads may ask for."""
        return self._known_skills

    def knowing_skills(self, known: Iterable[str]) -> Self:
        """The same campaign in a configuration with these skills."""
        copied = self.model_copy()
        copied._known_skills = tuple(known)
        return copied
