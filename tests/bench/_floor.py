"""A floor of any size against the embedded switch: its configuration, its list, its people."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import config
from ami.fake import AgentPhone, Behaviour, Callee, Kind, busy, invalid
from dialer.control import Control

CAMPAIGN = "load"
TALK_S, WRAP_S, RING_TIMEOUT_S = 14.0, 4.0, 20
INTERVALS_S = (5.0, 10.0, 20.0)
ANSWERED = 0.35
MOST_LEADS = 2_000_000


def people(seed: int) -> Behaviour:
    """A quarter answers, a tenth are machines that nobody detects, half rings out, the rest fails."""
    dice = random.Random(seed)

    def callee(_number: str) -> Callee:
        fate = dice.random()
        if fate < 0.25:
            return Callee(ring_s=dice.uniform(3, 12), talk_s=1 + dice.expovariate(1 / TALK_S))
        if fate < ANSWERED:
            return Callee(Kind.MACHINE, ring_s=12, talk_s=TALK_S)
        if fate < 0.45:
            return busy()
        return invalid() if fate < 0.5 else Callee(Kind.NO_ANSWER)

    return Behaviour(callee, lambda _endpoint: AgentPhone())


def settings(folder: Path, address: Any, agents: int, rate: float, database: str) -> config.Settings:
    """What an operator would have written for this floor; read back as at a start."""
    trunk = {
        "dial": "PJSIP/{number}@carrier",
        "max_channels": 10_000,
        "calls_per_second": rate,
        "post_dial_delay_s": 0,
        "rest_after": 1000,
    }
    document = {
        "instance": "load",
        "data_dir": "data",
        **({"database": database} if database else {}),
        "nodes": {
            "pbx": {
                "host": address.host,
                "port": address.port,
                "username": address.username,
                "secret": address.secret,
                "trunks": {"carrier": trunk},
            }
        },
        "agents": {
            f"a{n}": {
                "name": f"Agent {n}",
                "endpoint": f"PJSIP/{n}@phones",
                "campaign": CAMPAIGN,
                "interval_s": INTERVALS_S[n % len(INTERVALS_S)],
            }
            for n in range(agents)
        },
        "campaigns": {
            CAMPAIGN: {
                "name": "Load",
                "node": "pbx",
                "trunks": ["carrier"],
                "caller_id": "+442079460000",
                "countries": ["GB"],
                "windows": {"mon-sun": ["00:00-24:00"]},
                "pacing": {"mode": "predictive", "ring_timeout_s": RING_TIMEOUT_S, "calls_per_second": rate},
                "wrap_up_max_s": 30,
                "dispositions": [{"code": "done", "label": "Done", "key": "1", "final": True}],
                "attempts": {"max": 3, "per_day": 3, "spacing_s": 0},
                "retry": {kind: {"final": True} for kind in sorted(config.Outcome)},
            }
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    file = folder / "dialer.yaml"
    file.write_text(json.dumps(document))  # JSON is YAML
    return config.load(file)


def write_leads(file: Path, count: int, first: int = 0) -> None:
    """Mobile numbers of Britain, one a lead; `first` is how many there were before."""
    if first + count > MOST_LEADS:
        raise ValueError(f"there are numbers for {MOST_LEADS} leads")
    lines = (f"Person {n},+44{7_400_000_000 + n},{n}" for n in range(first, first + count))
    file.write_text("name,number,external_id\n" + "\n".join(lines) + "\n")


async def seat(control: Control, agents: int) -> None:
    """Log everybody in and wait until all are ready."""
    async with asyncio.timeout(600):
        while not all(node.up for node in control.dialer.nodes.values()):
            await asyncio.sleep(0.05)
        for first in range(0, agents, 50):
            names = [f"a{n}" for n in range(first, min(first + 50, agents))]
            await asyncio.gather(*(control.log_in(name, ready=True) for name in names))
        floor = control.dialer.floors[CAMPAIGN].floor
        while any(not agent.free for agent in floor.roster):
            await asyncio.sleep(0.05)
