"""The command `dialer`."""

from __future__ import annotations

import typer

from dialer.cli import agent, campaign, demo, doctor, lab, leads, replay, simulate, system, user

app = typer.Typer(
    name="dialer",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Cadence: a predictive dialer for Asterisk.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.command()(system.run)
app.command()(system.check)
app.command()(system.schema)
app.command()(doctor.doctor)
app.command()(system.drain)
app.command()(system.reload)
app.command()(simulate.simulate)
app.command()(replay.replay)
app.command()(replay.bugreport)
app.command()(demo.demo)
app.command()(lab.lab)
app.add_typer(campaign.app, name="campaign")
app.add_typer(agent.app, name="agent")
app.add_typer(user.app, name="user")
app.add_typer(leads.app, name="leads")
app.add_typer(leads.dnc_app, name="dnc")
app.add_typer(system.db_app, name="db")


def main() -> None:
    """Run the command line."""
    app()
