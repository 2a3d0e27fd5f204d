"""When a person's greeting ended, where it was listened for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column: it was not kept so far."""
    op.add_column("attempts", sa.Column("greeting_end_at", types.Instant(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("attempts", "greeting_end_at")
