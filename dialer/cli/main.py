"""The command `dialer`."""

from __future__ import annotations

import typer

from dialer.cli.lazy import Entry, group

COMMANDS = {
    "run": Entry("dialer.cli.system:run", "Run the dialer until SIGTERM, which hands over."),
    "check": Entry(
        "dialer.cli.system:check", "Find every mistake in the configuration, each with its place."
    ),
    "schema": Entry("dialer.cli.system:schema", "Print the JSON schema of the configuration, for editors."),
    "doctor": Entry("dialer.cli.doctor:doctor", "Examine the database and every Asterisk; name each fix."),
    "drain": Entry("dialer.cli.system:drain", "Place no new call; wait until every conversation is over."),
    "reload": Entry("dialer.cli.system:reload", "Let the running dialer read its configuration again."),
    "report": Entry("dialer.cli.report:report", "Tell what came of a day or a range of days."),
    "simulate": Entry("dialer.cli.simulate:simulate", "Play a campaign in a simulated call centre."),
    "replay": Entry("dialer.cli.replay:replay", "Play a recorded shift through the core again."),
    "bugreport": Entry("dialer.cli.replay:bugreport", "Write one file from which a shift can be replayed."),
    "demo": Entry("dialer.cli.demo:demo", "Watch a floor of agents work through a list."),
    "lab": Entry("dialer.cli.lab:lab", "Run a whole campaign on a real Asterisk 22 on loopback."),
    "campaign": Entry(
        "dialer.cli.campaign:app", "Campaigns: list, start, pause, drain, stop, status, evidence."
    ),
    "agent": Entry(
        "dialer.cli.agent:app", "Agents: list, targets, add, interval, login, logout, ready, pause."
    ),
    "user": Entry("dialer.cli.user:app", "Who may sign in: add, list, password, disable."),
    "webhook": Entry("dialer.cli.webhook:app", "Webhooks: list, test, dead, resend."),
    "leads": Entry("dialer.cli.leads:app", "Leads: preview, import, export, show, change, callback, risk."),
    "dnc": Entry("dialer.cli.leads:dnc_app", "The do-not-call lists: import."),
    "recordings": Entry("dialer.cli.recordings:app", "Recordings: list, export, verify, hold, sweep."),
    "machines": Entry("dialer.cli.machines:app", "Answering machines: figures, rings."),
    "privacy": Entry("dialer.cli.privacy:app", "People's data: sweep, export, erase, hold, release, holds."),
    "db": Entry("dialer.cli.system:db_app", "The database: status, upgrade."),
}

app = typer.Typer(
    name="dialer",
    cls=group(COMMANDS),
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Cadence: a predictive dialer for Asterisk.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback()
def _cadence() -> None:
    """Cadence: a predictive dialer for Asterisk."""


def main() -> None:
    """Run the command line."""
    app()
