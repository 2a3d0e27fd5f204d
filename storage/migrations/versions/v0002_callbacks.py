"""Promised calls, and numbers that rest while a lead's other ones are called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0002"
down_revision = "0001"

_OWNED = sa.text("callback_owner IS NOT NULL")


def upgrade() -> None:
    """Add the columns and the index that finds an agent's own callbacks."""
    op.add_column("leads", sa.Column("callback_at", types.Instant(), nullable=True))
    op.add_column("leads", sa.Column("callback_owner", sa.Text(), nullable=True))
    op.add_column("lead_numbers", sa.Column("rest_until", types.Instant(), nullable=True))
    op.create_index(
        "ix_leads_callbacks",
        "leads",
        ["callback_owner", "callback_at"],
        unique=False,
        sqlite_where=_OWNED,
        postgresql_where=_OWNED,
    )


def downgrade() -> None:
    """Forget what was promised to whom."""
    op.drop_index("ix_leads_callbacks", "leads")
    op.drop_column("lead_numbers", "rest_until")
    op.drop_column("leads", "callback_owner")
    op.drop_column("leads", "callback_at")
