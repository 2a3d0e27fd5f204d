"""What the parts must agree upon, and what only makes sense together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from config.campaign import Campaign
from config.document import Document, dig
from config.errors import Problem
from config.parts import Origin, Parts
from config.settings import AgentDef, Settings


def cross(parts: Parts) -> list[Problem]:
    """Problems between the parts; a part that is itself invalid is left out."""
    problems: list[Problem] = []
    for name, campaign in parts.campaigns.items():
        origin = parts.origins["campaigns", name]
        problems += _lines(origin, parts)
        if campaign is not None:
            problems += _campaign(campaign, origin)
    for name, agent in parts.agents.items():
        if agent is not None:
            problems += _agent(agent, parts.origins["agents", name], parts)
    problems += _endpoints(parts)
    return problems


def standby(settings: Settings, document: Document) -> Iterator[Problem]:
    """What two daemons need to stand by for each other."""
    if settings.standby is None:
        return
    if not settings.database.startswith("postgres"):
        where = ("standby",)
        yield document.problem(where, "needs a PostgreSQL that both daemons share", "set database")
    for name, node in settings.nodes.items():
        if node.fence is None:
            hint = "add a manager user with write = command and give it here as fence"
            yield document.problem(
                ("nodes", name), "has no fence, so a standby could not end the old leader", hint
            )


def webhooks(settings: Settings, document: Document) -> Iterator[Problem]:
    """Whether what webhooks are told of is there."""
    for name, hook in settings.webhooks.items():
        for index, campaign in enumerate(hook.campaigns):
            if campaign not in settings.campaigns:
                where = ("webhooks", name, "campaigns", index)
                hint = _known(campaign, settings.campaigns)
                yield document.problem(where, f"there is no campaign {campaign}", hint)


def targets(settings: Settings, document: Document) -> Iterator[Problem]:
    """Whether those whom targets are for are there."""
    for name, target in settings.targets.items():
        for field, known in (("campaigns", settings.campaigns), ("teams", settings.teams)):
            for index, wanted in enumerate(getattr(target, field)):
                if wanted not in known:
                    where = ("targets", name, field, index)
                    yield document.problem(where, f"there is no {field[:-1]} {wanted}", _known(wanted, known))


def reports(settings: Settings, document: Document) -> Iterator[Problem]:
    """Whether what scheduled reports are about is there."""
    for place, report in enumerate(settings.reports):
        for index, campaign in enumerate(report.campaigns):
            if campaign not in settings.campaigns:
                where = ("reports", place, "campaigns", index)
                hint = _known(campaign, settings.campaigns)
                yield document.problem(where, f"there is no campaign {campaign}", hint)


def skills(settings: Settings, parts: Parts) -> Iterator[Problem]:
    """Whether every skill that an agent has, or a campaign asks for, is one of those under skills."""
    holders = [("agents", name, one) for name, one in parts.agents.items()]
    asking = [("campaigns", name, one) for name, one in parts.campaigns.items()]
    for section, name, one in [*holders, *asking]:
        origin = parts.origins[section, name]
        for index, skill in enumerate(() if one is None else one.skills):
            if skill not in settings.skills:
                hint = _known(skill, settings.skills) if settings.skills else "add it under skills:"
                yield origin.problem(("skills", index), f"there is no skill {skill}", hint)
        if one is not None:
            yield from _repeated(one.skills, origin, "skills")


def _campaign(campaign: Campaign, origin: Origin) -> Iterator[Problem]:
    yield from _repeated(campaign.trunks, origin, "trunks")
    yield from _dispositions(campaign, origin)
    yield from _repeated(campaign.countries, origin, "countries")
    yield from _repeated(campaign.number_types, origin, "number_types")
    if not any(campaign.windows.days):
        yield origin.problem(("windows",), "no day has opening times", 'add mon-fri: ["09:00-20:00"]')
    if campaign.leads.default_region and campaign.leads.default_region not in campaign.countries:
        yield origin.problem(
            ("leads", "default_region"), "is not one of the campaign's countries", "add it to countries"
        )
    yield from _columns(campaign, origin)
    yield from _profiles(campaign, origin)
    ring, within = campaign.pacing.ring_timeout_s, min((_length(campaign)), default=0.0)
    if within and ring > within:
        yield origin.problem(
            ("windows",), f"an opening time is shorter than a ring of {ring:g} s", "lengthen it"
        )


def _length(campaign: Campaign) -> Iterator[float]:
    for spans in (*campaign.windows.days, campaign.holidays.windows):
        yield from ((span.end_min - span.start_min) * 60.0 for span in spans)


def _lines(origin: Origin, parts: Parts) -> Iterator[Problem]:
    """Whether node and trunks exist; on the data as written, so that it is said of invalid campaigns too."""
    written = dig(origin.document.data, origin.location)
    name, trunks = dig(written, ("node",)), dig(written, ("trunks",))
    if not isinstance(name, str):
        return
    if name not in parts.nodes:
        yield origin.problem(("node",), f"there is no node {name}", _known(name, parts.nodes))
    node = parts.nodes.get(name)
    if node is None or not isinstance(trunks, list):
        return
    for index, trunk in enumerate(trunks):
        if isinstance(trunk, str) and trunk not in node.trunks:
            message = f"the node {name} has no trunk {trunk}"
            yield origin.problem(("trunks", index), message, _known(trunk, node.trunks))


def _dispositions(campaign: Campaign, origin: Origin) -> Iterator[Problem]:
    codes: set[str] = set()
    keys: set[str] = set()
    for index, disposition in enumerate(campaign.dispositions):
        if disposition.code in codes:
            yield origin.problem(
                ("dispositions", index, "code"), f"{disposition.code} is used twice", "rename one"
            )
        codes.add(disposition.code)
        if disposition.key is not None and disposition.key in keys:
            message = f"the key {disposition.key} is used twice"
            yield origin.problem(("dispositions", index, "key"), message, "give it another")
        if disposition.key is not None:
            keys.add(disposition.key)


def _columns(campaign: Campaign, origin: Origin) -> Iterator[Problem]:
    fixed_fields = {"name", "zone", "priority", "deadline", "owner", "skills", "external_id", "number"}
    for field in campaign.leads.columns:
        known = field in fixed_fields or (
            field.startswith("number") and field[6:].isdigit() and 2 <= int(field[6:]) <= 9
        )
        if not known:
            hint = _known(field, fixed_fields | {"number2"})
            yield origin.problem(("leads", "columns", field), f"{field} is not a field of a lead", hint)


def _profiles(campaign: Campaign, origin: Origin) -> Iterator[Problem]:
    yield from _repeated((profile.id for profile in campaign.profiles), origin, "profiles")
    for profile in campaign.profiles:
        ring = profile.ring
        if ring is not None and campaign.pacing.min_ring_s < ring.min_ring_s:
            message = f"is shorter than the {ring.min_ring_s:g} s that {profile.id} asks for"
            yield origin.problem(("pacing", "min_ring_s"), message, "lengthen it")
        for ledger in profile.ledgers:
            if ledger.divide != "short" and campaign.pacing.target_abandon > ledger.limit:
                message = f"is above the limit of {ledger.name} ({ledger.limit:.1%})"
                yield origin.problem(("pacing", "target_abandon"), message, "lower it")


def _agent(agent: AgentDef, origin: Origin, parts: Parts) -> Iterator[Problem]:
    if agent.campaign is None:
        return
    if agent.campaign not in parts.campaigns:
        hint = _known(agent.campaign, parts.campaigns)
        yield origin.problem(("campaign",), f"there is no campaign {agent.campaign}", hint)
        return
    campaign = parts.campaigns[agent.campaign]
    if campaign is None or agent.interval_s is None:
        return
    low, high = campaign.interval.min_s, campaign.interval.max_s
    if not low <= agent.interval_s <= high:
        message = f"is outside the campaign's bounds ({low:g}..{high:g} s)"
        yield origin.problem(("interval_s",), message, f"change it or the interval of {campaign.id}")


def _endpoints(parts: Parts) -> Iterator[Problem]:
    """One phone for one agent: two seats on one phone would ring each other away."""
    owners: dict[str, str] = {}
    for name, agent in parts.agents.items():
        if agent is None:
            continue
        first = owners.setdefault(agent.endpoint, name)
        if first != name:
            origin = parts.origins["agents", name]
            yield origin.problem(
                ("endpoint",), f"{agent.endpoint} is the phone of {first} already", "give it its own"
            )


def _repeated(values: Iterable[str], origin: Origin, field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield origin.problem((field, index), f"{value} is listed twice", "remove one")
        seen.add(value)


def _known(name: str, names: Iterable[str]) -> str:
    choices = sorted(names)
    near = difflib.get_close_matches(name, choices, 1)
    if near:
        return f"did you mean {near[0]}?"
    return "there are: " + ", ".join(choices) if choices else "there are none yet"
