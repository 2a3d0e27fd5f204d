"""What ledgers count of days that are over, and the trigger that drops a day when one of its calls changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0021"
down_revision = "0017"

_LOCK = 0x0CADE1ED
_COUNTED = (
    "campaign_id, state, claimed_at, dialed_at, answered_at, greeting_end_at, bridged_at, ended_at, outcome,"
    " disposition, abandoned, machine"
)
_TABLES = ("attempts", "attempts_archive")
_EVENTS = {"insert": ("NEW",), "delete": ("OLD",), f"update OF {_COUNTED}": ("OLD", "NEW")}


def upgrade() -> None:
    """Add the table; SQLite keeps nothing in it."""
    op.create_table(
        "ledger_days",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.Column("until", types.Instant(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "since", name=op.f("pk_ledger_days")),
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    for event, rows in _EVENTS.items():
        name = event.split()[0]
        drops = "".join(
            f" DELETE FROM ledger_days WHERE campaign_id = {row}.campaign_id"  # noqa: S608 - our constants
            f" AND since <= {row}.claimed_at AND until > {row}.claimed_at;"
            for row in rows
        )
        op.execute(
            f"CREATE FUNCTION ledger_days_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock_shared({_LOCK});{drops} RETURN NULL; END $$"
        )
        old = " OR ".join(f"{row}.claimed_at < now() - interval '1 hour'" for row in rows)
        for table in _TABLES:
            op.execute(
                f"CREATE TRIGGER ledger_days_{name} AFTER {event} ON {table} FOR EACH ROW"
                f" WHEN ({old}) EXECUTE FUNCTION ledger_days_{name}()"
            )


def downgrade() -> None:
    """Forget them."""
    if op.get_bind().dialect.name == "postgresql":
        for event in _EVENTS:
            name = event.split()[0]
            for table in _TABLES:
                op.execute(f"DROP TRIGGER ledger_days_{name} ON {table}")
            op.execute(f"DROP FUNCTION ledger_days_{name}()")
    op.drop_table("ledger_days")
