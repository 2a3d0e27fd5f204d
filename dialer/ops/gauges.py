"""What stands at the moment Prometheus asks: read off the running dialer, from memory only."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dialer.control import Control
from dialer.core.agent import State
from dialer.core.call import Phase
from dialer.core.events import RunState

PHASES = tuple(one for one in Phase if one is not Phase.ENDED)


class Gauges(Collector):
    """Reads figures when asked. `leads` is filled by whoever counts them."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._dialer = control.dialer
        self.leads: dict[str, dict[str, int]] = {}

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering must not ask a dialer that is still starting."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        yield from self._campaigns()
        yield from self._pacing()
        yield from self._ledgers()
        yield from self._nodes()
        yield from self._trunks()
        yield from self._memory()
        yield from self._broker()
        yield from self._webhooks()
        yield from self._daemon()

    def _campaigns(self) -> Iterator[Metric]:
        running = _gauge("dialer_campaign_running", "1 while the campaign is started.", "campaign")
        agents = _gauge("dialer_agents", "Agents on the floor, by state.", "campaign", "state")
        calls = _gauge("dialer_calls_live", "Calls on now, by phase.", "campaign", "phase")
        leads = _gauge("dialer_leads", "Leads by state, counted every half minute.", "campaign", "state")
        for name, runner in self._dialer.floors.items():
            floor = runner.floor
            running.add_metric([name], floor.run_state is RunState.RUNNING)
            states = Counter(agent.state for agent in floor.roster)
            phases = Counter(call.phase for call in floor.calls.values())
            for state in State:
                agents.add_metric([name, state.value], states[state])
            for phase in PHASES:
                calls.add_metric([name, phase.value], phases[phase])
            for lead_state, count in self.leads.get(name, {}).items():
                leads.add_metric([name, lead_state], count)
        yield from (running, agents, calls, leads)

    def _pacing(self) -> Iterator[Metric]:
        decisions = _counter("dialer_pacing_decisions", "Decisions of pacing.", "campaign")
        cost = _counter("dialer_pacing_cost_seconds", "Processor time spent on deciding.", "campaign")
        blocked = _gauge(
            "dialer_campaign_blocked", "1 while no call may be placed, started or not.", "campaign"
        )
        for name, runner in self._dialer.floors.items():
            decisions.add_metric([name], runner.decisions)
            cost.add_metric([name], runner.pace_cost_s)
            blocked.add_metric([name], bool(runner.floor.blocker()))
        yield from (decisions, cost, blocked)

    def _ledgers(self) -> Iterator[Metric]:
        labels = ("campaign", "ledger")
        share = _gauge("dialer_abandonment_share", "A ledger's figure, by its own formula.", *labels)
        upper = _gauge("dialer_abandonment_upper", "Its 95 % upper bound.", *labels)
        limit = _gauge("dialer_abandonment_limit", "What it may be at most.", *labels)
        left = _gauge("dialer_abandonment_left", "Abandoned calls still within the limit.", *labels)
        for name, budgets in self._dialer.budgets.items():
            for one in budgets.figures():
                share.add_metric([name, one.name], one.share)
                upper.add_metric([name, one.name], one.upper)
                limit.add_metric([name, one.name], one.limit)
                left.add_metric([name, one.name], one.left)
        yield from (share, upper, limit, left)

    def _nodes(self) -> Iterator[Metric]:
        up = _gauge("dialer_node_up", "1 while the line to the Asterisk works.", "node")
        made = _counter("dialer_ami_connections", "Times the line came up.", "node")
        events = _counter("dialer_ami_events", "Events taken from the line.", "node")
        lag = _gauge(
            "dialer_ami_lag_seconds", "The slowest event of the last 10 s against the quickest.", "node"
        )
        now = self._dialer.clock.now()
        for name, node in self._dialer.nodes.items():
            up.add_metric([name], node.up)
            made.add_metric([name], node.figures.connections)
            events.add_metric([name], node.figures.events)
            lag.add_metric([name], node.figures.lag_s(now))
        yield from (up, made, events, lag)

    def _trunks(self) -> Iterator[Metric]:
        labels = ("node", "trunk")
        used = _gauge("dialer_trunk_channels", "Calls a trunk carries.", *labels)
        most = _gauge("dialer_trunk_channels_limit", "Calls it may carry.", *labels)
        rests = _gauge("dialer_trunk_resting", "1 while it rests because the carrier refuses.", *labels)
        refusals = _gauge("dialer_trunk_refusals", "Refusals in a row.", *labels)
        for name, node in self._dialer.nodes.items():
            for one in node.trunks.report(self._dialer.clock.now()):
                used.add_metric([name, one.name], one.channels)
                most.add_metric([name, one.name], one.max_channels)
                rests.add_metric([name, one.name], one.rests_until is not None)
                refusals.add_metric([name, one.name], one.refusals)
        yield from (used, most, rests, refusals)

    def _memory(self) -> Iterator[Metric]:
        books = self._dialer.books
        yield _single("dialer_journal_unsynced_records", "Records not on disk yet.", books.unsynced)
        yield _single("dialer_journal_ok", "0 while the journal cannot be written.", not books.trouble)
        yield _single("dialer_books_behind_facts", "Facts not in the database yet.", books.behind)

    def _broker(self) -> Iterator[Metric]:
        bridge = self._control.surfaces.get("mqtt")
        if bridge is None:
            return
        figures = bridge.figures
        yield _single("dialer_mqtt_connected", "1 while the broker is reached.", figures.connected)
        yield _single("dialer_mqtt_waiting", "Messages not sent yet.", len(bridge.outbox))
        for name, text, value in (
            ("dialer_mqtt_connections", "Times the broker was reached.", figures.connections),
            ("dialer_mqtt_sent", "Messages sent.", figures.sent),
            ("dialer_mqtt_dropped", "Messages dropped for want of room.", bridge.outbox.dropped),
        ):
            yield CounterMetricFamily(name, text, value=value)
        requests = _counter("dialer_mqtt_requests", "Requests by verb and result.", "verb", "result")
        for (verb, result), count in bridge.desk.answered.items():
            requests.add_metric([verb, result], count)
        yield requests

    def _webhooks(self) -> Iterator[Metric]:
        webhooks = self._control.surfaces.get("webhooks")
        if webhooks is None or not webhooks.senders:
            return
        well = _gauge("dialer_webhook_up", "1 while the receiver takes messages.", "webhook")
        sent = _counter("dialer_webhook_messages", "Tries by what came of them.", "webhook", "result")
        for name, sender in webhooks.senders.items():
            figures = sender.figures
            well.add_metric([name], not figures.trouble)
            for result in ("delivered", "failed", "laid_aside"):
                sent.add_metric([name, result], getattr(figures, result))
        yield from (well, sent)

    def _daemon(self) -> Iterator[Metric]:
        version = importlib.metadata.version("cadence-dialer")
        info = _gauge("dialer_build_info", "1, with the version.", "version")
        info.add_metric([version], 1)
        yield info
        control = self._control
        yield _single(
            "dialer_config_last_reload_successful", "0 after a refused reload.", not control.reload_trouble
        )
        yield _single(
            "dialer_config_last_reload_success_timestamp_seconds",
            "When the settings in force were read.",
            control.reloaded_at,
        )
        yield _single(
            "dialer_clock_drift_seconds",
            "How far the machine's clock was moved since the start.",
            self._dialer.clock.drift_s(),
        )


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _counter(name: str, text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, labels=labels)


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))
