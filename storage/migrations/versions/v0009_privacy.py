"""Attempts put away by month, legal holds, and the hashes of people who were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables, and the indexes by which what is due is found."""
    _archive()
    op.create_table(
        "holds",
        sa.Column("lead_id", types.BigId, autoincrement=False, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_holds_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_holds")),
    )
    op.create_table(
        "erased",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_erased")),
    )
    op.create_index(op.f("ix_agent_log_at"), "agent_log", ["at"])
    op.create_index(op.f("ix_dispositions_at"), "dispositions", ["at"])
    _index("ix_leads_closed", "leads", ["campaign_id", "changed_at", "id"], "state IN ('done', 'excluded')")


def downgrade() -> None:
    """Forget them, with the attempts put away."""
    op.drop_index("ix_leads_closed", "leads")
    op.drop_index(op.f("ix_dispositions_at"), "dispositions")
    op.drop_index(op.f("ix_agent_log_at"), "agent_log")
    for table in ("erased", "holds", "attempts_archive"):
        op.drop_table(table)


def _archive() -> None:
    op.create_table(
        "attempts_archive",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lead_id", types.BigId, nullable=False),
        sa.Column("number_id", types.BigId, nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_at", types.Instant(), nullable=False),
        *(
            sa.Column(f"{step}_at", types.Instant(), nullable=True)
            for step in ("dialed", "ringing", "answered", "bridged", "ended")
        ),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("tech_cause", sa.Integer(), nullable=True),
        sa.Column("talk_s", sa.Float(), nullable=True),
        sa.Column("wait_s", sa.Float(), nullable=True),
        *(
            sa.Column(flag, sa.Boolean(), nullable=False)
            for flag in ("abandoned", "gave_up", "machine", "opted_out")
        ),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("greeting_end_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", "claimed_at", name=op.f("pk_attempts_archive")),
        postgresql_partition_by="RANGE (claimed_at)",
    )
    op.create_index(op.f("ix_attempts_archive_lead_id"), "attempts_archive", ["lead_id"])
    op.create_index(
        op.f("ix_attempts_archive_campaign_id_claimed_at"), "attempts_archive", ["campaign_id", "claimed_at"]
    )
    _index("ix_attempts_archive_number", "attempts_archive", ["e164"], "e164 <> ''")
    _index("ix_attempts_archive_named", "attempts_archive", ["campaign_id", "claimed_at"], "e164 <> ''")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
