"""The number shown at each call, and the one shown at a lead's first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("attempts", sa.Column("caller_id", sa.Text(), server_default="", nullable=False))
    op.add_column("leads", sa.Column("caller_id", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Forget which numbers were shown."""
    op.drop_column("leads", "caller_id")
    op.drop_column("attempts", "caller_id")
