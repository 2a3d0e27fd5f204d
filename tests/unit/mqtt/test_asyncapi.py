"""The published document is what the code does."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest

from dialer.control import Control
from dialer.mqtt import asyncapi, verbs


def refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for one in value.values() for ref in refs(one)]
    return [ref for one in value for ref in refs(one)] if isinstance(value, list) else []


def test_the_committed_document_is_the_one_the_code_gives() -> None:
    assert asyncapi.PAGE.read_text(encoding="utf-8") == asyncapi.written(), "python -m dialer.mqtt.asyncapi"


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document()
    for ref in refs(document):
        place: Any = document
        for part in ref.removeprefix("#/").split("/"):
            place = place[part]


def test_every_schema_is_a_schema() -> None:
    for schema in asyncapi.document()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("verb", verbs.SERVED)
def test_every_verb_has_its_channels_and_says_what_it_promises(verb: str) -> None:
    channels = asyncapi.document()["channels"]
    assert channels[f"request_{verb}"]["address"] == f"dialer/request/{verb}"
    assert channels[f"response_{verb}"]["address"] == f"dialer/response/{verb}"
    assert channels[f"request_{verb}"]["description"].endswith((".", ";"))
    assert hasattr(Control, verb)


def test_what_only_an_administrator_may_do_is_not_served() -> None:
    assert not {"add_agent", "reload", "drain"} & set(verbs.SERVED)


def test_the_manual_names_every_verb_and_every_topic() -> None:
    manual = (asyncapi.PAGE.parent / "mqtt.md").read_text(encoding="utf-8")
    for verb in verbs.SERVED:
        assert f"`{verb}`" in manual, verb
    for channel in asyncapi.document()["channels"].values():
        address = re.sub(r"\{(\w+)\}", r"<\1>", channel["address"])
        if "/request/" not in address and "/response/" not in address:
            assert address in manual, address
