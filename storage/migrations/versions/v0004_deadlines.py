"""What planning makes of leads with a deadline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0004"
down_revision = "0003"

_OPEN = sa.text("deadline IS NOT NULL AND state IN ('pending', 'waiting')")
_WITH = sa.text("deadline IS NOT NULL")


def upgrade() -> None:
    """Add the columns and the indexes that find what is to be planned and reported."""
    op.add_column("leads", sa.Column("base_priority", sa.Integer(), nullable=True))
    op.add_column("leads", sa.Column("planned_at", types.Instant(), nullable=True))
    op.add_column("leads", sa.Column("chance", sa.Float(), nullable=True))
    op.create_index(
        "ix_leads_plan",
        "leads",
        ["campaign_id", "planned_at"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_leads_deadline",
        "leads",
        ["campaign_id", "deadline"],
        unique=False,
        sqlite_where=_WITH,
        postgresql_where=_WITH,
    )


def downgrade() -> None:
    """Forget the plans."""
    op.drop_index("ix_leads_deadline", "leads")
    op.drop_index("ix_leads_plan", "leads")
    op.drop_column("leads", "chance")
    op.drop_column("leads", "planned_at")
    op.drop_column("leads", "base_priority")
