"""The demo's files, for the person to read and to change: made once, kept when changed."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from dialer import private

if TYPE_CHECKING:
    from dialer.demo.stages import Address

AREAS = (
    "20 7946", "113 496", "114 496", "116 496", "117 496", "118 496",
    "121 496", "131 496", "141 496", "151 496", "161 496", "191 498",
)  # fmt: skip
"""Area codes whose 0000-0999 Britain's regulator keeps for plays and films: nobody's telephone rings."""

_FIRST = (
    "Ada", "Ben", "Cora", "Dev", "Elsa", "Finn", "Grace", "Hugo", "Iris", "Jon", "Kira", "Liam", "Mei", "Noor",
    "Omar", "Petra", "Quinn", "Rosa", "Sami", "Tess", "Uma", "Vera", "Wes", "Xia", "Yara", "Zoe",
)  # fmt: skip
_LAST = (
    "Archer", "Baker", "Chen", "Dale", "Evans", "Fox", "Grant", "Hale", "Ito", "Jones", "Khan", "Lowe", "Mori",
    "Nash", "Okoro", "Price", "Reed", "Shaw", "Tan", "Ueda", "Vale", "Wang", "Young",
)  # fmt: skip
_PRODUCTS = ("Whole life, 20 years", "Term life, 10 years", "Home and contents", "Travel, one year")

INTERVALS_S = (30, 60, 60, 200)

CAMPAIGN = """\
# yaml-language-server: $schema=../../config/campaign.schema.json
name: Return visits
node: demo
trunks: [north, south]              # in order of preference; one that congests is rested
caller_id: "+442079460000"
countries: [GB]
windows:
  mon-fri: ["08:00-20:00"]          # in the time of the person called
  sat: ["09:00-17:00"]
pacing:
  mode: predictive                  # or progressive (one line per ready agent), ratio
  target_abandon: 3 %
  connect_within_s: 2
  ring_timeout_s: 30
interval: {default_s: 60, min_s: 0, max_s: 300}   # each agent's own, between two conversations
wrap_up_max_s: 60
dispositions:
  - {code: complete, label: Visit complete, key: "1", final: true, reached: true}
  - {code: questions, label: "Complete, has questions", key: "2", final: true, reached: true}
  - {code: later, label: Call back later, key: "3", retry_after_s: 2 h}
  - {code: do-not-call, label: Do not call again, key: "9", final: true, do_not_call: true}
attempts: {max: 5, per_day: 5, spacing_s: 20 min}
retry:
  no_answer: {delay_s: 1 h}
  unavailable: {delay_s: 1 h}
  busy: {delay_s: 20 min}
  abandoned: {delay_s: 2 h, max: 1}
"""

SHIFT = """\
# Who the invented people are. `dialer simulate shift.yaml` plays the same shift without a switch.
scenario: demo
length: 8 h
agents:
{groups}
answer: 35 %
machine: 0 %
busy: 4 %
invalid: 3 %
ring: {{law: lognormal, mean_s: 12, cv: 0.5}}
setup: {{law: constant, mean_s: 1.5}}
talk: {{law: lognormal, mean_s: 300, cv: 0.7}}
wrap: {{law: lognormal, mean_s: 15, cv: 0.6}}
patience: 8
"""

DIALER = """\
# yaml-language-server: $schema=../config/dialer.schema.json
# The demo's configuration. Change it and run the demo again; what you changed is kept.
instance: demo
data_dir: data
zone: Europe/London
include: [campaigns/*.yaml]
web: {{host: 127.0.0.1, port: 0}}     # the wallboard, on any free port
nodes:
  demo:                             # embedded, or the lab's; its port is chosen at each start
    host: 127.0.0.1
    port: {port}
    username: dialer
    secret: dialer
    trunks:
      north: {{dial: "{north}", max_channels: 60, calls_per_second: 10, post_dial_delay_s: 3}}
      south: {{dial: "{south}", max_channels: 60, calls_per_second: 10, post_dial_delay_s: 3}}
agents:
{agents}
"""


def write(folder: Path, *, agents: int, leads: int) -> None:
    """Make campaign, shift and list where they are missing; files that are there stay as they are."""
    private.folder(folder / "campaigns")
    _once(folder / "campaigns" / "return-visits.yaml", CAMPAIGN)
    _once(folder / "shift.yaml", SHIFT.format(groups=_groups(agents)))
    _once(folder / "leads.csv", _leads(leads))


def configure(folder: Path, *, agents: int, address: Address) -> Path:
    """Write the configuration and return its path; at each start, since the switch's port changes."""
    listed = "\n".join(
        f"  a{n:02}: {{name: {_FIRST[n % len(_FIRST)]}, endpoint: {address.phone(n)}, campaign: return-visits,"
        f" interval_s: {INTERVALS_S[n % len(INTERVALS_S)]}}}"
        for n in range(agents)
    )
    file = folder / "dialer.yaml"
    north, south = address.trunks
    text = DIALER.format(port=address.port, north=north, south=south, agents=listed)
    text = text.replace("username: dialer", f"username: {address.username}")
    private.begun(file).write_text(text.replace("secret: dialer", f"secret: {address.secret}"))
    return file


def _once(path: Path, text: str) -> None:
    if not path.exists():
        private.begun(path).write_text(text)


def _groups(agents: int) -> str:
    lines = []
    for turn, interval_s in enumerate(INTERVALS_S):
        count = len(range(turn, agents, len(INTERVALS_S)))
        if count:
            lines.append(f"  - {{count: {count}, interval_s: {interval_s}}}")
    return "\n".join(lines)


def _leads(count: int) -> str:
    """Invented people on numbers that reach nobody."""
    most = 1000 * len(AREAS)
    if count > most:
        raise ValueError(f"the demo has numbers for {most} people")
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("external_id", "name", "number", "product"))
    for n in range(count):
        name = f"{_FIRST[n * 7 % len(_FIRST)]} {_LAST[n * 5 % len(_LAST)]}"
        number = f"+44 {AREAS[n % len(AREAS)]} {n // len(AREAS):04}"
        rows.writerow((f"P-{n:05}", name, number, _PRODUCTS[n % len(_PRODUCTS)]))
    return out.getvalue()
