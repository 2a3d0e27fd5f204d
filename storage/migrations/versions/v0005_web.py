"""Who may sign in, programs' keys, who changed what, and what was changed of a campaign at run time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0005"
down_revision = "0004"

_ROLE = "role IN ('agent', 'supervisor', 'admin')"


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("campaigns", _text("overrides", "{}"))
    op.create_table(
        "users",
        sa.Column("id", sa.Text, nullable=False),
        _text("role", None),
        _text("password_hash"),
        sa.Column("agent_id", sa.Text),
        sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        _text("preferences", "{}"),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("changed_at", types.Instant, nullable=False),
        sa.CheckConstraint(_ROLE, name="role"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("seen_at", types.Instant, nullable=False),
        sa.Column("expires_at", types.Instant, nullable=False),
        _text("address"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        _text("name"),
        _text("role", None),
        sa.Column("scopes", types.Strings, nullable=False, server_default=""),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("expires_at", types.Instant, nullable=False),
        sa.Column("used_at", types.Instant),
        sa.Column("revoked_at", types.Instant),
        sa.CheckConstraint(_ROLE, name="role"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
    )
    op.create_table(
        "audit",
        sa.Column("id", types.BigId, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        _text("actor", None),
        _text("address"),
        _text("action", None),
        _text("target"),
        _text("before", "null"),
        _text("after", "null"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    """Forget them."""
    for table in ("audit", "tokens", "sessions", "users"):
        op.drop_table(table)
    op.drop_column("campaigns", "overrides")


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)
