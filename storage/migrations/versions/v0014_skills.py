"""Skills of agents; a lead's are part of its window key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Agents without any set have those of the configuration."""
    op.add_column("agents", sa.Column("skills", types.Strings(), nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("agents", "skills")
