"""The OpenAPI document: committed as it is served, and kept by every route whatever is sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from dialer.web import write_openapi
from dialer.web.application import document
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import website

EXAMPLES = 4
"""Requests for each operation, of each kind: such as the document allows, and such as it does not."""

KEEPS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def test_the_committed_document_is_the_served_one() -> None:
    # After a change of routes: python -m dialer.web.write_openapi
    assert write_openapi.FILE.read_text(encoding="utf-8") == write_openapi.committed()


def cases(examples: int) -> list[schemathesis.Case]:
    """Requests that the document allows, and others that it does not."""
    schema = schemathesis.openapi.from_dict(document())
    made: list[schemathesis.Case] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in ("/api/v1/session", "/api/v1/board/events"):
            continue  # tried by name in test_sessions and test_board: one ends the session, one never ends
        for mode in schemathesis.GenerationMode:
            try:
                strategy = operation.as_strategy(generation_mode=mode)
                _draw(strategy, examples, made)
            except Exception as error:
                if "Unsatisfiable" not in type(error).__name__:
                    raise
    return made


def _draw(strategy: Any, examples: int, into: list[schemathesis.Case]) -> None:
    @given(strategy)
    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def draw(case: schemathesis.Case) -> None:
        into.append(case)

    draw()


@pytest.mark.slow
@on_virtual_time
async def test_no_request_breaks_the_server_or_is_answered_otherwise_than_documented(tmp_path: Path) -> None:
    async with website(tmp_path, web={"requests_per_s": 10_000}) as site:
        admin = await site.sign_in("admin")
        asked = cases(EXAMPLES)  # also makes the checks known
        checks = [CHECKS.get_one(name) for name in KEEPS]
        statuses: Counter[int] = Counter()
        headers, cookies = {"X-CSRF": admin.csrf}, dict(admin.http.cookies)
        with requests.Session() as session:
            session.trust_env = False

            def ask(case: schemathesis.Case) -> int:
                answer = case.call(site.address, session, headers=headers, cookies=cookies)
                case.validate_response(answer, checks=checks)
                return int(answer.status_code)

            for case in asked:
                statuses[await asyncio.to_thread(ask, case)] += 1
        assert statuses[200] > 20
        assert statuses[422] > 50
        await admin.get("/me")  # still signed in: refusals were of made-up credentials
