"""What webhooks are to be told, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Fields, Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text()),
        sa.Column("lead_id", sa.BigInteger()),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("told", Fields(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("waits_since", Instant(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", Instant()),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name=op.f("ck_deliveries_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["webhook", "next_at"],
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_deliveries_ended",
        "deliveries",
        ["ended_at"],
        postgresql_where=sa.text("state <> 'pending'"),
        sqlite_where=sa.text("state <> 'pending'"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("deliveries")
