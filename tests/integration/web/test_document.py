"""The OpenAPI document: committed as it is served."""

from __future__ import annotations

from dialer.web import write_openapi


def test_the_committed_document_is_the_served_one() -> None:
    # After a change of routes: python -m dialer.web.write_openapi
    assert write_openapi.FILE.read_text(encoding="utf-8") == write_openapi.committed()
