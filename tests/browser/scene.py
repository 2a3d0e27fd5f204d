"""What an agent's desk is told, made up."""

from __future__ import annotations

from typing import Any

DISPOSITIONS = [
    {"code": "complete", "title": "Visit complete", "key": "1", "callback": False, "closes": True},
    {"code": "questions", "title": "Complete, has questions", "key": "2", "callback": False, "closes": True},
    {"code": "withdraw", "title": "Wants to withdraw", "key": "3", "callback": False, "closes": True},
    {"code": "later", "title": "Call back later", "key": "4", "callback": True, "closes": False},
    {"code": "wrong", "title": "Wrong person", "key": "5", "callback": False, "closes": True},
    {"code": "do-not-call", "title": "Do not call again", "key": "6", "callback": False, "closes": True},
]

LEAD = {
    "id": 4711,
    "name": "王 淑芬",
    "number": "138 •••• 2207",
    "place": "Shanghai",
    "zone": "Asia/Shanghai",
    "local_time": "14:32",
    "external_id": "T-2026-118 402",
    "deadline": None,
    "owner": None,
    "data": {"Product": "Whole life, 20 years", "Sold by": "Branch Pudong, 12 Nov", "Speaks": "Mandarin, Wu"},
    "attempt_no": 3,
}

SCRIPT = [
    {
        "text": "Good afternoon, is that Ms Wang Shufen? This is Lin from the service centre. On 12 November you took "
        "out Whole life, 20 years. May I go through four points with you? The call is recorded.",
        "fields": ["Ms Wang Shufen", "12 November", "Whole life, 20 years"],
    },
    {"text": "1. Did you sign the application yourself, and did you read the product terms?", "fields": []},
    {
        "text": "2. You pay 6,000 yuan each year for 20 years. Is that clear to you?",
        "fields": ["6,000 yuan", "20 years"],
    },
    {
        "text": "3. If you surrender after the hesitation period, you may lose part of what you paid. Was that "
        "explained?",
        "fields": [],
    },
    {
        "text": "4. You can withdraw until Wednesday and get everything back. Do you have questions?",
        "fields": ["Wednesday"],
    },
]


def history(at: float) -> list[dict[str, Any]]:
    """What came before."""
    return [
        {"at": at - 3 * 86400, "text": "Rang 40 s, nobody", "by": None, "note": ""},
        {"at": at - 4 * 86400, "text": "Busy", "by": None, "note": ""},
        {
            "at": at - 10 * 86400,
            "text": "Bought by phone",
            "by": "Chen",
            "note": "Asked twice about surrender value.",
        },
    ]


def desk(at: float) -> dict[str, Any]:
    """A desk whose agent has not logged in."""
    return {
        "type": "desk",
        "seq": 1,
        "at": at,
        "agent": {
            "id": "lin",
            "name": "Lin",
            "campaign": "return-visits",
            "state": "out",
            "since": at,
            "reason": "",
            "interval_s": 60,
            "interval_min_s": 0,
            "interval_max_s": 200,
            "ready_at": None,
            "pausing": False,
            "phone_held": False,
        },
        "campaign": {
            "id": "return-visits",
            "name": "Return visits",
            "state": "running",
            "why": "",
            "manual": True,
            "preview": False,
            "recording": "on_demand",
        },
        "forecast": None,
        "call": None,
        "wrapup": None,
        "dispositions": DISPOSITIONS,
        "pause_reasons": ["break", "lunch", "training"],
        "preview": None,
        "listened": None,
        "callbacks": [
            {"at": at + 5400, "lead": 12, "name": "Zhao Min", "reason": "After work"},
            {"at": at + 86400, "lead": 13, "name": "Peng Hui", "reason": ""},
        ],
        "today": {
            "talk_s": 5760,
            "calls": 31,
            "wait_s": 420,
            "dispositions": {"complete": 12, "later": 4},
            "targets": [
                {"title": "Talk time by 12:00", "value": 38, "goal": 60, "unit": "min"},
                {"title": "Talk time today", "value": 96, "goal": 210, "unit": "min"},
                {"title": "New numbers", "value": 31, "goal": 60, "unit": ""},
            ],
        },
    }


def call(at: float, **lead: Any) -> dict[str, Any]:
    """A conversation that has just begun."""
    return {
        "id": "c-1",
        "direction": "out",
        "since": at - 11,
        "answered_at": at,
        "bridged_at": at,
        "held": False,
        "recording": True,
        "party": None,
        "lead": LEAD | lead,
        "script": SCRIPT,
        "history": history(at),
    }


ADMIN: dict[str, Any] = {
    "users": [
        {"user": "wei", "role": "admin", "agent_id": None, "disabled": False},
        {"user": "lin", "role": "agent", "agent_id": "lin", "disabled": False},
        {"user": "old", "role": "supervisor", "agent_id": None, "disabled": True},
    ],
    "tokens": [
        {
            "id": "t1",
            "name": "CRM export",
            "role": "supervisor",
            "scopes": ["leads:read", "reports:read"],
            "created_by": "wei",
            "created_at": 1.78e9,
            "expires_at": 1.79e9,
            "used_at": None,
            "revoked_at": None,
        }
    ],
    "audit": [
        {
            "id": 2,
            "at": 1.78e9,
            "actor": "wei",
            "address": "127.0.0.1",
            "action": "PATCH /campaigns/{campaign}",
            "target": "return-visits",
            "before": {"mode": "predictive"},
            "after": {"mode": "progressive"},
        }
    ],
}
"""What the administration pages list."""
