"""The reference of every setting, in Markdown, from the models themselves."""

from __future__ import annotations

from typing import Any

from config.schema import campaign_schema, json_schema


def reference() -> str:
    """Tables of all settings: key, what to write, default, meaning, and whether it reloads live."""
    whole, campaign = json_schema(), campaign_schema()
    lines: list[str] = []
    _table("dialer.yaml", whole, whole, lines)
    for name in (
        "Node",
        "Trunk",
        "AgentDef",
        "Web",
        "Numbers",
        "Mqtt",
        "Webhook",
        "Log",
        "Metrics",
        "Recordings",
        "Privacy",
    ):
        _table(_TITLES[name], whole["$defs"][name], whole, lines)
    _table("A campaign (campaigns/*.yaml)", campaign, campaign, lines)
    for name in ("Profile", "ProfileHours", "ProfileAttempts", "ProfileRest", "ProfileRing", "ProfileLedger"):
        _table(_TITLES[name], whole["$defs"][name], whole, lines)
    rooms = ("Pacing", "Interval", "Holidays", "Attempts", "Retry", "Disposition", "LeadFile")
    for name in (*rooms, "Recording", "Retention", "CampaignPrivacy"):
        _table(_TITLES[name], campaign["$defs"][name], campaign, lines)
    return "\n".join(lines) + "\n"


_TITLES = {
    "Node": "nodes.NAME",
    "Trunk": "nodes.NAME.trunks.NAME",
    "AgentDef": "agents.ID",
    "Web": "web",
    "Numbers": "web.numbers",
    "Mqtt": "mqtt",
    "Webhook": "webhooks.NAME",
    "Target": "targets.NAME",
    "Log": "log",
    "Metrics": "metrics",
    "Recordings": "recordings",
    "Privacy": "privacy (of all campaigns)",
    "Profile": "profiles.NAME (own or changed rules of a region)",
    "ProfileHours": "profiles.NAME.hours",
    "ProfileAttempts": "profiles.NAME.attempts[]",
    "ProfileRest": "profiles.NAME.rest",
    "ProfileRing": "profiles.NAME.ring",
    "ProfileLedger": "profiles.NAME.ledgers[]",
    "Pacing": "pacing",
    "Interval": "interval",
    "Holidays": "holidays",
    "Attempts": "attempts",
    "Retry": "retry.OUTCOME",
    "Disposition": "dispositions[]",
    "LeadFile": "leads",
    "Recording": "recording",
    "Retention": "recording.retention",
    "CampaignPrivacy": "privacy (of one campaign)",
}


def _table(title: str, section: dict[str, Any], root: dict[str, Any], lines: list[str]) -> None:
    lines += [
        "",
        f"### {title}",
        "",
        "| setting | write | default | meaning | live |",
        "|---|---|---|---|---|",
    ]
    required = set(section.get("required", ()))
    for key, field in section["properties"].items():
        shape, live = _shape(field, root), "yes" if field.get("reloads_live", True) else "restart"
        default = "**required**" if key in required else _default(field.get("default"))
        meaning = field.get("description", "").replace("|", "\\|")
        lines.append(f"| `{key}` | {shape} | {default} | {meaning} | {live} |")


def _default(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        return "see below"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, list):
        return "`[" + ", ".join(map(str, value)) + "]`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _shape(field: dict[str, Any], root: dict[str, Any]) -> str:
    if "$ref" in field:
        return _shape(root["$defs"][field["$ref"].rsplit("/", 1)[-1]], root)
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if "anyOf" in field:
        kinds = [_shape(part, root) for part in field["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    kind = field.get("type", "object")
    if kind == "array":
        return "list of " + _shape(field["items"], root)
    names = {"integer": "whole number", "number": "number", "boolean": "true, false", "string": "text"}
    return names.get(str(kind), "section") + _limits(field)


def _limits(field: dict[str, Any]) -> str:
    low, high = field.get("minimum", field.get("exclusiveMinimum")), field.get("maximum")
    if low is None and high is None:
        return ""
    return f" {'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
