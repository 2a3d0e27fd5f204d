"""`make fuzz`: millions of inputs for a target, from the corpus on; what breaks it is written down and ends the run.

Without `--keep` new inputs go to a folder of the system's. Example: make fuzz ARGS="--target codec --runs 1000000"
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
FOLLOWED = {
    "codec": ["ami"],
    "importer": ["dialer.leads", "dialer.compliance"],
    "config": ["config"],
    "mqtt": ["dialer.mqtt", "dialer.ops.masking"],
    "journal": ["dialer.replay", "storage.segments"],
    "number": ["dialer.compliance", "phonenumbers.phonenumberutil"],
}
"""What tells a target's run which of its lines were reached; all else only runs."""

LONGEST = {"codec": 2000, "importer": 700, "config": 900, "mqtt": 600, "journal": 14_000, "number": 120}
"""Bytes of an input: enough for what each target reads, and no more, as shorter ones are tried quicker."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--target", choices=sorted(LONGEST), required=True)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument(
        "--seconds", type=int, default=0, help="Stop after this long; 0: when the runs are over."
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="A folder for inputs that reached something new.")
    asked = parser.parse_args()

    import atheris

    logging.disable()

    with atheris.instrument_imports(include=FOLLOWED[asked.target]):
        from tests.fuzz import targets

    keep = asked.keep or Path(tempfile.mkdtemp(prefix=f"cadence-fuzz-{asked.target}-"))
    keep.mkdir(parents=True, exist_ok=True)
    options = [
        f"-runs={asked.runs}",
        f"-max_total_time={asked.seconds}",
        f"-seed={asked.seed}",
        f"-max_len={LONGEST[asked.target]}",
        f"-artifact_prefix={keep}/",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
    ]
    atheris.Setup(
        [sys.argv[0], *options, str(keep), str(CORPUS / asked.target)], targets.TARGETS[asked.target]
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
