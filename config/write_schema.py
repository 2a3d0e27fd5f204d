"""`python -m config.write_schema`: writes the committed JSON schemas and the reference page anew."""

from __future__ import annotations

import json
from pathlib import Path

from config import campaign_schema, json_schema, scenario_schema
from config.reference import reference

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs" / "configuration.md"
MARK = "<!-- below: written by python -m config.write_schema -->\n"


def committed() -> dict[Path, str]:
    """Each generated file with the text it should have."""
    head = PAGE.read_text(encoding="utf-8").split(MARK)[0]
    return {
        FOLDER / "dialer.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        FOLDER / "campaign.schema.json": json.dumps(campaign_schema(), indent=2) + "\n",
        FOLDER / "scenario.schema.json": json.dumps(scenario_schema(), indent=2) + "\n",
        PAGE: head + MARK + reference(),
    }


if __name__ == "__main__":
    for path, text in committed().items():
        path.write_text(text, encoding="utf-8")
