"""Figures for Prometheus, in a registry of their own: what happens is counted here, what is, `gauges` reads off."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

import storage
from dialer.control import Control
from dialer.ops.gauges import Gauges
from dialer.runtime import tasks
from dialer.runtime.tasks import Tasks, outside

log = structlog.get_logger(__name__)

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
LEADS_EVERY_S = 30.0
DATABASE_TIMEOUT_S = 20.0

CONNECT_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
TALK_S = (5, 10, 20, 30, 60, 120, 180, 300, 600, 1200, 3600)
WAIT_S = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
ACTION_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
STORAGE_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
LAG_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """Hears a dialer's facts; `render` is what Prometheus reads."""

    def __init__(self, control: Control) -> None:
        self._dialer = control.dialer
        self.registry = CollectorRegistry()
        self._counters()
        self._gauges = Gauges(control)
        self.registry.register(self._gauges)
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._ready_since: dict[str, float] = {}
        self._tasks = Tasks()
        self._stop_listening = control.dialer.listen(self.hear)

    def _counters(self) -> None:
        campaign, registry = ["campaign"], self.registry
        self.ended = Counter(
            "dialer_calls", "Calls that ended, by outcome.", ["campaign", "outcome"], registry=registry
        )
        self.dialed = Counter("dialer_dialed", "Calls placed.", ["campaign", "trunk"], registry=registry)
        self.judged = Counter(
            "dialer_dispositions", "Dispositions given.", ["campaign", "code"], registry=registry
        )
        self.talk = Histogram(
            "dialer_talk_seconds", "Length of conversations.", campaign, buckets=TALK_S, registry=registry
        )
        self.caller_wait = Histogram(
            "dialer_caller_wait_seconds",
            "From a person's answer to an agent, by our clock.",
            campaign,
            buckets=CONNECT_S,
            registry=registry,
        )
        self.agent_wait = Histogram(
            "dialer_agent_wait_seconds",
            "An agent's ready time before each conversation.",
            campaign,
            buckets=WAIT_S,
            registry=registry,
        )
        self.bridge = Histogram(
            "dialer_answer_to_bridge_seconds",
            "From answer to both parties in one bridge, by the switch's own clock.",
            ["node"],
            buckets=CONNECT_S,
            registry=registry,
        )
        self.action = Histogram(
            "dialer_ami_action_seconds",
            "From a manager action to its answer.",
            ["node", "action", "result"],
            buckets=ACTION_S,
            registry=registry,
        )
        self.storage = Histogram(
            "dialer_storage_seconds",
            "Waiting for database or journal, by what was asked.",
            ["work", "result"],
            buckets=STORAGE_S,
            registry=registry,
        )
        self.lag = Histogram(
            "dialer_loop_lag_seconds",
            "How late the event loop comes to its heartbeat.",
            buckets=LAG_S,
            registry=registry,
        )

    def start(self) -> None:
        """Begin to watch lines and waits, and to count leads now and then."""
        for name, node in self._dialer.nodes.items():
            node.latency.on_bridge = self.bridge.labels(name).observe
            node.figures.on_answer = self._action_of(name)
        tasks.watchers.append(self._waited)
        self._tasks.start("count leads", self._count_leads_for_ever())

    async def close(self) -> None:
        """Stop watching."""
        tasks.watchers.remove(self._waited)
        self._stop_listening()
        await self._tasks.close()

    def render(self) -> bytes:
        """All figures as they are now, in Prometheus' text format."""
        return generate_latest(self.registry)

    def hear(self, campaign_id: str, fact: Mapping[str, Any]) -> None:
        """Take a fact of a floor."""
        match fact["fact"]:
            case "attempt_dialed":
                self.dialed.labels(campaign_id, fact["trunk"] or "").inc()
            case "attempt_ended":
                self._ended(campaign_id, fact)
            case "disposition":
                self.judged.labels(campaign_id, fact["code"]).inc()
            case "agent_state":
                self._agent(campaign_id, fact)

    def beat(self, lag_s: float) -> None:
        """The event loop's heartbeat came this late."""
        self.lag.observe(lag_s)

    def _ended(self, campaign_id: str, fact: Mapping[str, Any]) -> None:
        self.ended.labels(campaign_id, fact["outcome"]).inc()
        if fact["outcome"] == "connected":
            self.talk.labels(campaign_id).observe(fact["talk_s"] or 0.0)
            if fact["wait_s"] is not None:
                self.caller_wait.labels(campaign_id).observe(fact["wait_s"])

    def _agent(self, campaign_id: str, fact: Mapping[str, Any]) -> None:
        agent, state, at = fact["agent"], fact["state"], fact["at"]
        if state == "ready":
            self._ready_since.setdefault(agent, at)
            return
        since = self._ready_since.pop(agent, None)
        if state == "talking" and since is not None:
            self.agent_wait.labels(campaign_id).observe(max(0.0, at - since))

    def _action_of(self, node: str) -> Any:
        def answered(action: str, took_s: float, result: str) -> None:
            self.action.labels(node, action, result).observe(took_s)

        return answered

    def _waited(self, work: str, took_s: float, result: str) -> None:
        self.storage.labels(work, result).observe(took_s)

    async def _count_leads_for_ever(self) -> None:
        while True:
            for campaign_id in tuple(self._dialer.floors):
                try:
                    counting = storage.leads.counts(self._dialer.db, campaign_id)
                    counts = await outside("count", counting, DATABASE_TIMEOUT_S)
                    self._gauges.leads[campaign_id] = counts
                except (storage.StorageError, TimeoutError) as error:
                    log.debug("leads_not_counted", campaign=campaign_id, error=str(error))
            await asyncio.sleep(LEADS_EVERY_S)
