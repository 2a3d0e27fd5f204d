"""Phones of those who sign in, on which they listen to agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column: nobody has one so far."""
    op.add_column("users", sa.Column("phone", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("users", "phone")
