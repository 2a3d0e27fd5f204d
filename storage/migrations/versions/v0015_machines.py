"""What answering-machine detection said of each call, clips of what it heard, and what people say they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns and the table: nothing was said so far."""
    for table in ("attempts", "attempts_archive"):
        op.add_column(table, sa.Column("verdict", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("verdict_cause", sa.Text(), nullable=True))
    op.add_column("recordings", sa.Column("kind", sa.Text(), nullable=False, server_default="conversation"))
    clips = sa.text("kind = 'clip' AND deleted_at IS NULL")
    op.create_index(
        "ix_recordings_clips", "recordings", ["started_at"], sqlite_where=clips, postgresql_where=clips
    )
    op.create_table(
        "machine_reviews",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("heard_at", types.Instant(), nullable=False),
        sa.Column("ring_s", sa.Float(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_machine_reviews")),
        sa.CheckConstraint("said IN ('person', 'machine', 'unclear')", name=op.f("ck_machine_reviews_said")),
    )
    op.create_index(
        op.f("ix_machine_reviews_campaign_id_heard_at"), "machine_reviews", ["campaign_id", "heard_at"]
    )


def downgrade() -> None:
    """Forget them; the clips' files stay in their store, where nothing knows them any more."""
    op.drop_table("machine_reviews")
    op.drop_index("ix_recordings_clips", "recordings")
    op.drop_column("recordings", "kind")
    for table in ("attempts_archive", "attempts"):
        op.drop_column(table, "verdict_cause")
        op.drop_column(table, "verdict")
