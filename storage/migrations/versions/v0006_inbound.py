"""Calls of people who ring us are attempts too, and told from ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column: every call so far was ours."""
    op.add_column("attempts", sa.Column("inbound", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget which were not ours."""
    op.drop_column("attempts", "inbound")
