"""Finished recordings: where each is, what it must hash to, until when it is kept; and legal holds on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "recordings",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("lead_id", types.BigId, nullable=True),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("length_s", sa.Float(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=True),
        sa.Column("deleting_at", types.Instant(), nullable=True),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("deleted_why", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("name", name=op.f("uq_recordings_name")),
    )
    for columns in (
        ["attempt_id"],
        ["lead_id"],
        ["campaign_id", "started_at"],
        ["agent", "started_at"],
        ["started_at"],
    ):
        op.create_index(op.f(f"ix_recordings_{'_'.join(columns)}"), "recordings", columns)
    due = sa.text("deleted_at IS NULL AND due_at IS NOT NULL")
    op.create_index("ix_recordings_due", "recordings", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.create_table(
        "recording_holds",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "target", name=op.f("pk_recording_holds")),
        sa.CheckConstraint("kind IN ('recording', 'campaign')", name=op.f("ck_recording_holds_kind")),
    )


def downgrade() -> None:
    """Forget them; the files stay in their store, where nothing knows them any more."""
    op.drop_table("recording_holds")
    op.drop_table("recordings")
