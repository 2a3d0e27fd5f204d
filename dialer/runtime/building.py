"""A campaign's floor and what stands around it, made ready before anybody hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import config
import storage
from dialer import compliance
from dialer.core import events as ev
from dialer.core.machine import FloorMachine
from dialer.runtime import learnt, rules
from dialer.runtime.budgets import Budgets
from dialer.runtime.centre import Centre
from dialer.runtime.floor import FloorRunner
from dialer.runtime.outreach import Outreach
from dialer.runtime.shown import ShownNumbers
from dialer.runtime.tasks import outside
from dialer.runtime.wiring import Wiring

DATABASE_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Built:
    """A floor ready to be opened; `told` is its budget, the first thing it is to hear."""

    campaign: config.Campaign
    runner: FloorRunner
    budgets: Budgets
    outreach: Outreach
    told: ev.BudgetTold


async def build(
    dialer: Centre, campaign: config.Campaign, settings: config.Settings, obeyed: compliance.Rules
) -> Built:
    """Make a campaign's floor under these settings, as its run state, ledgers and learnt file say."""
    node = dialer.nodes[campaign.node]
    ensuring = storage.campaigns.ensure(dialer.db, campaign.id, now=dialer.clock.utc())
    row = await outside("database", ensuring, DATABASE_TIMEOUT_S)
    engine = learnt.load(dialer.learnt_file(campaign.id), rules.pacing_settings(campaign))
    floor = FloorMachine(rules.floor_settings(campaign, obeyed), engine, node.trunks, node.name)
    floor.run_state = ev.RunState(row.state)
    budgets = Budgets(campaign, dialer.db, dialer.clock, floor)
    await budgets.load()
    told = await budgets.told()
    numbers = await shown(dialer, campaign, settings)
    outreach = Outreach(
        campaign,
        obeyed,
        dialer.db,
        dialer.clock,
        floor,
        lambda: dialer.leads_changed(campaign.id),
        numbers,
        lambda lanes: dialer.lanes_told(campaign.id, lanes),
    )
    runner = FloorRunner(floor, _wiring(dialer, campaign, settings, outreach))
    return Built(campaign, runner, budgets, outreach, told)


async def shown(dialer: Centre, campaign: config.Campaign, settings: config.Settings) -> ShownNumbers:
    """The campaign's caller ids, with what earlier calls of any campaign did with its numbers."""
    numbers = ShownNumbers(campaign, dialer.clock, dialer.uses, settings.zone)
    await numbers.load(dialer.db, settings.campaigns)
    return numbers


def wires_of(campaign: config.Campaign, settings: config.Settings) -> Mapping[str, Any]:
    """What of a floor's wiring follows from the settings."""
    trunks = settings.nodes[campaign.node].trunks
    shown = f'"{campaign.caller_name}" <{campaign.caller_id}>'
    return {
        "dial_templates": {name: trunks[name].dial for name in campaign.trunks},
        "caller_id": shown if campaign.caller_name else campaign.caller_id,
        "agent_drop": campaign.agent_drop.value,
        "caller_name": campaign.caller_name,
        "machine_action": campaign.machines.action.value,
        "machine_message": campaign.machines.message or "",
        "recordings": campaign.recording.folder or str(Path(settings.data_dir).absolute() / "recordings"),
    }


def _wiring(
    dialer: Centre, campaign: config.Campaign, settings: config.Settings, outreach: Outreach
) -> Wiring:
    return Wiring(
        clock=dialer.clock,
        node=dialer.nodes[campaign.node],
        books=dialer.books,
        ids=dialer.ids,
        claim=lambda n, **which: outreach.claims.claim(n, dialer.ids.call, **which),
        judge=outreach.claims.judge_anew,
        restore=dialer.restore,
        endpoint_of=dialer.endpoint_of,
        listener=dialer.heard,
        may_act=lambda: dialer.may_act,
        **wires_of(campaign, settings),
    )
