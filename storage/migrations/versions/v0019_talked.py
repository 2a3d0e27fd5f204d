"""Which conversation an agent was in, so that a recording is found under each who took part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"


def upgrade() -> None:
    """Add the column: of earlier conversations the last agent alone is known."""
    op.add_column("agent_log", sa.Column("attempt_id", sa.Text(), nullable=True))
    talked = sa.text("attempt_id IS NOT NULL")
    op.create_index(
        "ix_agent_log_talked",
        "agent_log",
        ["agent_id", "attempt_id"],
        sqlite_where=talked,
        postgresql_where=talked,
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_agent_log_talked", "agent_log")
    op.drop_column("agent_log", "attempt_id")
