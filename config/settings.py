"""The whole configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from config import secrets
from config.campaign import Campaign
from config.mqtt import Mqtt
from config.node import Node
from config.operations import Log, Metrics, Standby
from config.privacy import Privacy
from config.profile import Profile
from config.recordings import Recordings
from config.reports import ScheduledReport
from config.targets import Target
from config.values import Id, Name, Real, Seconds, Section, Text, Zone, fixed, live, wrong
from config.web import Web
from config.webhooks import Webhook


def _known_database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql://")):
        raise wrong("database", "is not a database", "write postgresql://user@host/name or sqlite:///path")
    return value


Url = Annotated[Text, AfterValidator(_known_database), WithJsonSchema(secrets.SHAPE)]


class AgentDef(Section):
    """An agent known from the file; others are added by command."""

    name: Name = live(..., "For people.")
    endpoint: Text = live(
        ...,
        "The phone, as Asterisk dials it, such as PJSIP/101.",
        pattern=r"^[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9@.:_+/-]+$",
    )
    campaign: Id | None = live(None, "The campaign it works for.")
    interval_s: Seconds | None = live(None, "Its own call interval; none: the campaign's default.", le=3600)
    skills: tuple[Id, ...] = live(
        (), "What it can do, of those under skills: [cantonese, life].", max_length=50
    )


class Settings(Section):
    """The whole configuration: nodes, agents and campaigns, and where the daemon keeps its things."""

    instance: Id = fixed("main", "Id of this daemon, unique among those that share a database.")
    data_dir: Path = fixed(
        Path("data"), "Folder of the journal and, by default, the database; from this file's."
    )
    database: Url = Field(
        "",
        description="postgresql://user@host/name or sqlite:///path; text, {env: NAME} or {file: path}. "
        "Default: sqlite in data_dir.",
        json_schema_extra={"reloads_live": False},
        repr=False,
    )
    zone: Zone = fixed("UTC", "Time zone of this call centre, for reports.")
    pause_reasons: tuple[Id, ...] = live(
        ("break", "lunch", "training", "meeting", "coaching", "technical", "other"),
        "What an agent may give as the reason of a pause.",
    )
    include: tuple[Text, ...] = live(
        (), "Files of campaigns, such as campaigns/*.yaml; from this file's folder."
    )
    nodes: dict[Id, Node] = fixed(..., "The Asterisk servers, by name.", min_length=1)
    agents: dict[Id, AgentDef] = live({}, "Agents known from the file, by id.")
    skills: dict[Id, Name] = live(
        {}, "Languages, dialects, products: skills leads may ask agents for, by id: {cantonese: Cantonese}."
    )
    teams: dict[Id, tuple[Id, ...]] = live({}, "Agents of each team, for reports: north: [ann, bob].")
    campaigns: dict[Id, Campaign] = live(
        {}, "Campaigns written here rather than in files of their own, by id."
    )
    profiles: dict[Id, Profile] = live({}, "Own rules of regions, or shipped ones changed, by name.")
    reports: tuple[ScheduledReport, ...] = live((), "Reports made by themselves, each day at an hour.")
    web: Web | None = fixed(None, "Pages and API; none: neither.")
    mqtt: Mqtt | None = fixed(None, "The MQTT broker; none: no messages.")
    webhooks: dict[Id, Webhook] = live({}, "Other systems told over HTTP of what happens, by name.")
    targets: dict[Id, Target] = live({}, "What each agent is to reach in a day or parts of it, by name.")
    log: Log = live(Log(), "The daemon's log.")
    metrics: Metrics | None = fixed(None, "A listener for Prometheus and health checks; none: no listener.")
    journal_days: Real = fixed(
        14.0, "Days the journal, which is the flight recorder too, is kept.", ge=1, le=3650
    )
    recordings: Recordings = live(Recordings(), "Finished recordings: store, keys, who may listen.")
    privacy: Privacy = live(Privacy(), "How long what is known of people is kept.")
    standby: Standby | None = fixed(None, "A second daemon that takes over; none: there is only this one.")
    file: Path | None = Field(default=None, exclude=True, repr=False, json_schema_extra={"internal": True})

    @model_validator(mode="after")
    def _one_team_each(self) -> Self:
        seen: set[str] = set()
        for team, members in self.teams.items():
            twice = seen & set(members) or {one for one in members if members.count(one) > 1}
            if twice:
                raise wrong("teams", f"{min(twice)} of {team} is in two teams", "leave each agent in one")
            seen |= set(members)
        return self

    @model_validator(mode="after")
    def _reports_agree(self) -> Self:
        names = [one.name for one in self.reports]
        for one in self.reports:
            if names.count(one.name) > 1:
                raise wrong("reports", f"two reports are called {one.name}", "give each a name of its own")
            if one.team is not None and one.team not in self.teams:
                raise wrong("reports", f"{one.name} is about no team {one.team}", "name it under teams")
        return self

    @property
    def team_of(self) -> dict[str, str]:
        """The team of each agent that has one."""
        return {agent: team for team, members in self.teams.items() for agent in members}

    def campaign(self, campaign_id: str) -> Campaign:
        """The campaign of that id; KeyError names those there are."""
        try:
            return self.campaigns[campaign_id]
        except KeyError:
            known = ", ".join(sorted(self.campaigns)) or "none"
            raise KeyError(f"no campaign {campaign_id!r}; there are: {known}") from None

    def public(self) -> dict[str, Any]:
        """Everything but the secrets, for showing."""
        shown = self.model_dump(mode="json", exclude={"database"})
        shown["database"] = self.database.split(":", 1)[0] + ":..."
        return shown
