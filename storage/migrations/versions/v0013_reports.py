"""Scheduled reports that were made, and blocks of a campaign's time in which one line per agent is dialed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "report_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("made_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_report_runs")),
    )
    op.create_table(
        "control_blocks",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("began_at", types.Instant(), nullable=False),
        sa.Column("one_line", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "began_at", name=op.f("pk_control_blocks")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("control_blocks")
    op.drop_table("report_runs")
