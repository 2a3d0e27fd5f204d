"""The list a call's lead was on, with the call: reports by list need not look up each call's lead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0019"


def upgrade() -> None:
    """Add the columns. Calls there are keep none: their leads tell, as they did."""
    for table in ("attempts", "attempts_archive"):
        op.add_column(table, sa.Column("source", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget them."""
    for table in ("attempts_archive", "attempts"):
        op.drop_column(table, "source")
