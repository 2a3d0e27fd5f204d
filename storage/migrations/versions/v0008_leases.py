"""Who leads which campaign, where two daemons share a database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "leases",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_leases")),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("leases")
