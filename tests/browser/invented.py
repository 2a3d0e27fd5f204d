"""Invented floors for the pages: what a server would say, made up, of any size."""

from __future__ import annotations

import math
import random
from typing import Any

NAMES = (
    "Lin", "Ma", "Sun", "Qi", "Tan", "Wu", "Xu", "Yao", "Zhu", "Bai", "Cao", "Du", "Fan", "Gao",
    "He", "Jia", "Kong", "Li", "Mei", "Nie", "Ou", "Pan", "Qin", "Ren", "Shi", "Tao", "Wei", "Yu",
    "Ada", "Ben", "Cora", "Dev", "Elsa", "Finn", "Grace", "Hugo", "Iris", "Jon", "Kira", "Liam", "Noor", "Omar",
    "Petra", "Rosa", "Sami", "Tess", "Uma", "Vera", "Wes", "Zoe",
)  # fmt: skip
STATES = ("ready", "talking", "wrapup", "interval", "away")
WEIGHTS = (3, 17, 3, 4, 1)
INTERVALS_S = (60, 60, 30, 200)


def name(n: int) -> str:
    """A name of its own for each of any number of agents."""
    return NAMES[n % len(NAMES)] + ("" if n < len(NAMES) else f" {n // len(NAMES) + 1}")


def agents(count: int, at: float, campaigns: tuple[str, ...], dice: random.Random) -> dict[str, Any]:
    """A floor of agents in the usual mix of states."""
    floor: dict[str, Any] = {}
    for n in range(count):
        state = dice.choices(STATES, WEIGHTS)[0]
        ago = dice.uniform(12, 420) if state == "talking" else dice.uniform(2, 55)
        interval_s = INTERVALS_S[n % len(INTERVALS_S)]
        floor[f"a{n:03}"] = {
            "name": name(n),
            "campaign": campaigns[n * len(campaigns) // max(count, 1)],
            "state": state,
            "since": at - ago,
            "reason": "break" if state == "away" else "",
            "interval_s": interval_s,
            "ready_at": at + dice.uniform(3, 50) if state == "interval" else None,
            "call": f"c{n}" if state == "talking" else None,
        }
    return floor


def strip(dice: random.Random, ready: int) -> tuple[list[float], list[float]]:
    """Expected answers in 80 bins of half a second, and agents free by the end of each."""

    def bump(t: float, middle: float, width: float) -> float:
        return math.exp(-0.5 * ((t - middle) / width) ** 2)

    shift = dice.uniform(-0.4, 0.4)
    answers, free = [], []
    for i in range(80):
        t = i / 2 + shift
        answers.append(0.16 * (bump(t, 4, 3) + 0.75 * bump(t, 12, 4.5) + 0.35 * bump(t, 24, 7)))
        waves = 0.9 * bump(t, 3, 1.2) + 0.6 * bump(t, 9, 2) + 0.75 * bump(t, 14, 1.1) + 0.4 * bump(t, 27, 6)
        free.append((free[-1] if free else ready) + 0.15 * (waves + 0.12))
    return answers, free


def campaign(title: str, at: float, floor: list[dict[str, Any]], dice: random.Random) -> dict[str, Any]:
    """One running campaign over its agents."""
    counts: dict[str, int] = {}
    for agent in floor:
        counts[agent["state"]] = counts.get(agent["state"], 0) + 1
    talking = counts.get("talking", 0)
    answers, free = strip(dice, counts.get("ready", 0))
    return {
        "name": title,
        "state": "running",
        "mode": "predictive",
        "dialing": True,
        "why": "Placing 3. 4 agents free within 15 s, 2.6 answers expected.",
        "node": "pbx-1",
        "listening": {"modes": ["listen", "whisper", "barge"], "by": "supervisor", "told": "always"},
        "settings": {"target": 0.03, "ring_timeout_s": 25, "mode": "predictive"},
        "calls": {
            "dialing": 6 + talking // 10,
            "ringing": 8 + talking // 2,
            "talking": talking,
            "waiting": 0,
        },
        "agents_by_state": counts,
        "list": {
            "total": 5000,
            "reached": 3118,
            "by_state": {"pending": 1200, "waiting": 470, "done": 3330},
            "answer_rate_15m": 0.31,
            "done_at": at + 20 * 3600,
            "at_risk": 41,
            "not_callable": 212,
            "not_callable_why": "outside hours",
        },
        "figures": {
            "wait_s": 14.2,
            "wait_one_line_s": 64.0,
            "talk_min_h": 47.0,
            "talk_min_h_before": 39.0,
            "answer_to_bridge_ms": {"p50": 4.1, "p95": 9.8, "p99": 17.2},
        },
        "ledgers": [
            {
                "id": "us-30d",
                "title": "us-ftc",
                "share": 0.021,
                "bound": 0.028,
                "limit": 0.03,
                "left": 21.0,
                "answered": 2380,
                "abandoned": 50,
                "machines": {
                    "share": 0.031,
                    "bound": 0.0552,
                    "source": "reviewed",
                    "people": 6,
                    "reviewed": 195,
                },
            },
            {
                "id": "gb-24h",
                "title": "uk-ofcom",
                "share": 0.012,
                "bound": 0.024,
                "limit": 0.03,
                "left": 3.2,
                "answered": 410,
                "abandoned": 5,
            },
        ],
        "pacing": {
            "bin_s": 0.5,
            "answers": answers,
            "free": free,
            "ready": counts.get("ready", 0),
            "in_flight": 6 + talking // 2,
            "free_5_15_30": [3.2, 4.1, 6.0],
            "answers_5_15_30": [1.1, 2.6, 4.0],
            "placing": 3,
            "risk": 0.018,
            "limit": "forecast",
            "sentence": "Placing 3.",
        },
    }


def alarms(at: float) -> dict[str, Any]:
    """One that needs a person, one that may."""
    return {
        "trunk-north-2": {
            "level": "bad",
            "title": "Trunk north-2 rests",
            "detail": "The carrier refused several calls in a row.",
            "since": at - 130,
            "does": "Calls take the next trunk; this one is tried again after its rest.",
            "remedy": "If it goes on, ask the carrier, or raise the trunk's limits if they are lower than agreed.",
            "campaign": None,
        },
        "risk-return-visits": {
            "level": "warn",
            "title": "41 leads will probably miss their deadline",
            "detail": "212 leads have one.",
            "since": at - 900,
            "does": "Leads near their deadline are called first, at their best hours.",
            "remedy": "Put more agents on this campaign, or move deadlines; dialer leads at-risk lists them.",
            "campaign": "return-visits",
        },
    }


def lanes() -> list[dict[str, Any]]:
    """Two languages asked for; one of them nobody speaks now."""
    row = {"more": False, "able": 9, "ready": 2, "in_flight": 4, "why": ""}
    nobody = {"able": 0, "ready": 0, "in_flight": 0, "why": "who has it is away"}
    return [
        {**row, "skills": ["Cantonese"], "leads": 640},
        {**row, **nobody, "skills": ["Shanghainese"], "leads": 38},
        {**row, "skills": [], "leads": 1000, "more": True, "able": 25, "ready": 3, "in_flight": 12},
    ]


def targets(names: list[str]) -> dict[str, Any]:
    """Two targets, two agents behind the first."""
    says = "Behind: {} min of talk left for 52 min, so {} an hour instead of 17."
    late = [
        {"agent": names[0], "value": 19, "goal": 60, "says": says.format(41, 47)},
        {"agent": names[1], "value": 25, "goal": 60, "says": says.format(35, 40)},
    ]
    whole = {"value": 1033, "goal": 1680, "agents": 28}
    return {
        "morning.talk": {"title": "Morning", "unit": "min of talk", **whole, "behind": 2, "late": late},
        "day.new_numbers": {
            "title": "Whole day",
            "unit": "new numbers",
            "value": 512,
            "goal": 1680,
            "agents": 28,
            "behind": 0,
            "late": [],
        },
    }


def snapshot(at: float, count: int = 28, seed: int = 7, several: bool = True) -> dict[str, Any]:
    """A whole board."""
    dice = random.Random(seed)
    titles = {"return-visits": "Return visits", "renewals": "Renewals Q4", "survey": "Survey"}
    ids = ("return-visits",) if not several else ("return-visits",) * 8 + ("renewals",)
    floor = agents(count, at, ids, dice)
    made = {}
    for key in ["return-visits"] if not several else titles:
        mine = [agent for agent in floor.values() if agent["campaign"] == key]
        made[key] = campaign(titles[key], at, mine, dice)
    if several:
        made["return-visits"]["lanes"] = lanes()
        made["survey"] |= {
            "state": "paused",
            "dialing": False,
            "why": "the campaign is paused",
            "pacing": {"sentence": "the campaign is paused"},
        }
    return {
        "at": at,
        "version": "0.1.0",
        "instance": "main",
        "nodes": {"pbx-1": {"up": True, "why": ""}, "pbx-2": {"up": True, "why": ""}},
        "database": {"up": True, "why": ""},
        "alarms": alarms(at),
        "campaigns": made,
        "agents": floor,
        "targets": targets(sorted(floor)),
    }


def history(at: float) -> dict[str, Any]:
    """Two hours in steps of a minute."""
    dice = random.Random(3)
    minutes = range(120)
    return {
        "step_s": 60,
        "at": [at - 7200 + 60 * i for i in minutes],
        "talk_min_h": [40 + 5 * math.sin(i / 18) + i / 25 + dice.uniform(-1, 1) for i in minutes],
        "wait_s": [19 - 4 * math.sin(i / 14 + 1) + dice.uniform(-1, 1) for i in minutes],
        "answer_rate": [0.3 + 0.04 * math.sin(i / 22) + dice.uniform(-0.01, 0.01) for i in minutes],
        "abandoned": [0.02 for _ in minutes],
    }


def change(board: dict[str, Any], at: float, dice: random.Random, share: float = 0.04) -> dict[str, Any]:
    """A merge patch as half a second brings it: some agents move on, the forecast is new."""
    patch: dict[str, Any] = {"at": at, "agents": {}, "campaigns": {}}
    following = {
        "ready": "talking",
        "talking": "wrapup",
        "wrapup": "interval",
        "interval": "ready",
        "away": "ready",
    }
    for key, agent in board["agents"].items():
        if dice.random() < share:
            state = following[agent["state"]]
            patch["agents"][key] = {
                "state": state,
                "since": at,
                "reason": "",
                "ready_at": at + 40 if state == "interval" else None,
            }
            agent.update(patch["agents"][key])
    for key, one in board["campaigns"].items():
        if one["state"] == "running":
            answers, free = strip(dice, one["pacing"]["ready"])
            patch["campaigns"][key] = {"pacing": {"answers": answers, "free": free}}
    return patch
