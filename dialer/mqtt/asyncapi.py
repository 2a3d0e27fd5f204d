"""`python -m dialer.mqtt.asyncapi`: writes docs/asyncapi.yaml from the topics and payloads themselves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

from dialer.mqtt import payloads
from dialer.mqtt.topics import Topics
from dialer.mqtt.verbs import promise_of, request_types

PAGE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
TOPICS = Topics("dialer")
_REF = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """The whole document, AsyncAPI 3.0."""
    requests = request_types()
    told = (
        payloads.Status,
        payloads.CampaignState,
        payloads.AgentState,
        payloads.CallEvent,
        payloads.ListeningEvent,
        payloads.Response,
    )
    _, schemas = msgspec.json.schema_components([*told, *requests.values()], ref_template=_REF)
    channels: dict[str, Any] = {
        "status": _channel(TOPICS.status, "Status", "Retained; `offline` is also the last will."),
        "campaignState": _channel(TOPICS.campaign("{campaign}"), "CampaignState", "Retained; empty: gone."),
        "agentState": _channel(TOPICS.agent("{agent}"), "AgentState", "Retained; empty: gone."),
        "calls": _channel(TOPICS.calls("{campaign}"), "CallEvent", "What happens to a campaign's calls."),
        "listening": _channel(
            TOPICS.listening("{campaign}"),
            "ListeningEvent",
            "Who listens to a campaign's agents, as far as its rule tells these.",
        ),
    }
    operations: dict[str, Any] = {f"tell_{name}": _operation("send", name) for name in channels}
    for verb, request in requests.items():
        channels[f"request_{verb}"] = _channel(TOPICS.request(verb), request.__name__, promise_of(verb))
        channels[f"response_{verb}"] = _channel(TOPICS.response(verb), "Response", f"Answers to {verb}.")
        reply = {"channel": {"$ref": f"#/channels/response_{verb}"}}
        operations[f"answer_{verb}"] = {**_operation("receive", f"request_{verb}"), "reply": reply}
    names = [*(one.__name__ for one in told), *(one.__name__ for one in requests.values())]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cadence over MQTT",
            "version": "1.0.0",
            "description": "Topics stand below the configured base topic, here `dialer`. See mqtt.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": {"host": "localhost:1883", "protocol": "mqtt"}},
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {name: {"payload": {"$ref": _REF.format(name=name)}} for name in names},
            "schemas": schemas,
        },
    }


def written() -> str:
    """The document as the committed file holds it."""
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda *_: True
    out.write("# Written by python -m dialer.mqtt.asyncapi\n")
    yaml.dump(document(), out)
    return out.getvalue()


def _channel(address: str, message: str, description: str) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": address,
        "description": description,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }
    held = [part[1:-1] for part in address.split("/") if part.startswith("{")]
    if held:
        channel["parameters"] = {name: {"description": f"Id of the {name}."} for name in held}
    return channel


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
