"""What a conversation was worth, as its agent said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns: nothing was said so far."""
    op.add_column("attempts", sa.Column("amount_cents", sa.BigInteger(), nullable=True))
    op.add_column("attempts_archive", sa.Column("amount_cents", sa.BigInteger(), nullable=True))
    op.add_column("dispositions", sa.Column("amount_cents", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("dispositions", "amount_cents")
    op.drop_column("attempts_archive", "amount_cents")
    op.drop_column("attempts", "amount_cents")
