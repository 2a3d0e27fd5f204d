"""`python -m dialer.web.write_openapi`: writes the committed OpenAPI document anew."""

from __future__ import annotations

import json
from pathlib import Path

from dialer.web.application import document

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


def committed() -> str:
    """The document as it should stand in the file."""
    return json.dumps(document(), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(committed(), encoding="utf-8")
