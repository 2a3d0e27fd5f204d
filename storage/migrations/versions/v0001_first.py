"""The first schema: campaigns, leads, attempts, agents, do-not-call, dispositions and the books' position."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _create_agents()
    _create_books()
    _create_leads()
    _create_attempts()
    if op.get_bind().dialect.name == "postgresql":
        _tune_postgresql()


def downgrade() -> None:
    """Drop every table, and with them everything known."""
    for table in (
        "notes",
        "lead_notes",
        "lead_numbers",
        "attempts",
        "leads",
        "dnc",
        "dispositions",
        "campaigns",
        "books",
        "agents",
        "agent_log",
    ):
        op.drop_table(table)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _tune_postgresql() -> None:
    """Clean the two tables that change with every call long before a fifth of ten million rows is dead."""
    for table in ("leads", "lead_numbers", "attempts"):
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.005,"
            " autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.02)"
        )


def _create_agents() -> None:
    op.create_table(
        "agent_log",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agent_log"),
    )
    op.create_index("ix_agent_log_agent_id_at", "agent_log", ["agent_id", "at"], unique=False)
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("endpoint", sa.Text(), server_default="", nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=True),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="logged_out", nullable=False),
        sa.Column("state_at", types.Instant(), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
    )


def _create_books() -> None:
    op.create_table(
        "books",
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("unknown_facts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("journal", name="pk_books"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="stopped", nullable=False),
        sa.Column("changed_at", types.Instant(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('running', 'paused', 'draining', 'stopped')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_table(
        "dispositions",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dispositions"),
    )
    op.create_index("ix_dispositions_attempt_id", "dispositions", ["attempt_id"], unique=False)
    op.create_table(
        "dnc",
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("is_prefix", sa.Boolean(), nullable=False),
        sa.Column("added_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("entry", "list_id", "is_prefix", name="pk_dnc"),
    )
    op.create_index(
        "ix_dnc_expires_at", "dnc", ["expires_at"], unique=False, **_where("expires_at IS NOT NULL")
    )


def _create_leads() -> None:
    op.create_table(
        "leads",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("window_key", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("deadline", types.Instant(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("next_at", types.Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("data", types.Fields(), server_default="{}", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("changed_at", types.Instant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'in_call', 'wrap_up', 'waiting', 'done', 'excluded')",
            name="state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("campaign_id", "external_id", name="uq_leads_campaign_id_external_id"),
    )
    op.create_index("ix_leads_campaign_state", "leads", ["campaign_id", "state", "reason"], unique=False)
    op.create_index(
        "ix_leads_due",
        "leads",
        ["campaign_id", "window_key", "next_at", "id", "priority"],
        unique=False,
        **_where("state = 'waiting'"),
    )
    op.create_index(
        "ix_leads_open",
        "leads",
        ["campaign_id", "window_key", sa.text("priority DESC"), "next_at", "id"],
        unique=False,
        **_where("state = 'pending'"),
    )
    op.create_index("ix_leads_wake", "leads", ["next_at"], unique=False, **_where("state = 'waiting'"))
    op.create_table(
        "lead_numbers",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("lead_id", types.BigId, nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("zones", types.Strings(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", types.Instant(), nullable=True),
        sa.Column("closed", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.id"], name="fk_lead_numbers_lead_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lead_numbers"),
    )
    op.create_index("ix_lead_numbers_e164", "lead_numbers", ["e164"], unique=False)
    op.create_index("ix_lead_numbers_lead_id", "lead_numbers", ["lead_id"], unique=False)
    op.create_table(
        "lead_notes",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("lead_id", types.BigId, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_lead_notes_lead_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_lead_notes"),
    )
    op.create_index("ix_lead_notes_lead_id_at", "lead_notes", ["lead_id", "at"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("lead_id", types.BigId, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_notes_lead_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_lead_id_at", "notes", ["lead_id", "at"], unique=False)


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lead_id", types.BigId, nullable=False),
        sa.Column("number_id", types.BigId, nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), server_default="", nullable=False),
        sa.Column("trunk", sa.Text(), server_default="", nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="live", nullable=False),
        sa.Column("claimed_at", types.Instant(), nullable=False),
        sa.Column("dialed_at", types.Instant(), nullable=True),
        sa.Column("ringing_at", types.Instant(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("bridged_at", types.Instant(), nullable=True),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("tech_cause", sa.Integer(), nullable=True),
        sa.Column("talk_s", sa.Float(), nullable=True),
        sa.Column("wait_s", sa.Float(), nullable=True),
        sa.Column("abandoned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("gave_up", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("machine", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("state IN ('live', 'ended')", name="state"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_attempts_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index(
        "ix_attempts_campaign_id_claimed_at", "attempts", ["campaign_id", "claimed_at"], unique=False
    )
    op.create_index("ix_attempts_e164_claimed_at", "attempts", ["e164", "claimed_at"], unique=False)
    op.create_index("ix_attempts_lead_id_claimed_at", "attempts", ["lead_id", "claimed_at"], unique=False)
    op.create_index("uq_attempts_live_lead", "attempts", ["lead_id"], unique=True, **_where("state = 'live'"))
    op.create_index("uq_attempts_live_number", "attempts", ["e164"], unique=True, **_where("state = 'live'"))
