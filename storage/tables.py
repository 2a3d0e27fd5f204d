"""The tables. Migrations build them; a test holds both to each other.

States are plain text and the conditions of partial indexes are literals: both databases use such an index
only when the query spells the same literal (`PENDING`, `WAITING`, `LIVE` below), never for a parameter.
"""

from __future__ import annotations

import sqlalchemy as sa

from storage.types import BigId, Fields, Instant, Strings

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

LEAD_STATES = ("pending", "claimed", "in_call", "wrap_up", "waiting", "done", "excluded")
RUN_STATES = ("running", "paused", "draining", "stopped")


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("state", "stopped"),
    sa.Column("changed_at", Instant, nullable=False),
    _text("reason"),
    _text("overrides", "{}"),
    sa.CheckConstraint("state IN ('running', 'paused', 'draining', 'stopped')", name="state"),
)

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),
    _text("name"),
    _text("state", "pending"),
    _text("reason"),
    _count("priority"),
    _text("window_key"),
    sa.Column("zone", sa.Text),
    sa.Column("deadline", Instant),
    sa.Column("owner", sa.Text),
    sa.Column("next_at", Instant),
    _count("attempts"),
    sa.Column("data", Fields, nullable=False, server_default="{}"),
    _text("source"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("callback_at", Instant),
    sa.Column("callback_owner", sa.Text),
    _text("caller_id"),
    sa.Column("base_priority", sa.Integer),
    sa.Column("planned_at", Instant),
    sa.Column("chance", sa.Float),
    sa.UniqueConstraint("campaign_id", "external_id"),
    sa.CheckConstraint(
        "state IN ('pending', 'claimed', 'in_call', 'wrap_up', 'waiting', 'done', 'excluded')", name="state"
    ),
)

lead_numbers = sa.Table(
    "lead_numbers",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("lead_id", BigId, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("e164", sa.Text, nullable=False),
    _text("kind"),
    sa.Column("zones", Strings, nullable=False, server_default=""),
    _count("position"),
    _count("attempts"),
    sa.Column("last_at", Instant),
    _text("closed"),
    sa.Column("rest_until", Instant),
    sa.Index(None, "lead_id"),
    sa.Index(None, "e164"),
)

lead_notes = sa.Table(
    "lead_notes",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("lead_id", BigId, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    _text("state", None),
    _text("reason"),
    _text("detail"),
    sa.Index(None, "lead_id", "at"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("lead_id", BigId, sa.ForeignKey("leads.id"), nullable=False),
    sa.Column("number_id", BigId, nullable=False),
    sa.Column("e164", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text, nullable=False),
    _text("node"),
    _text("trunk"),
    sa.Column("agent", sa.Text),
    _text("state", "live"),
    sa.Column("claimed_at", Instant, nullable=False),
    sa.Column("dialed_at", Instant),
    sa.Column("ringing_at", Instant),
    sa.Column("answered_at", Instant),
    sa.Column("bridged_at", Instant),
    sa.Column("ended_at", Instant),
    _text("outcome"),
    _text("disposition"),
    sa.Column("cause", sa.Integer),
    sa.Column("tech_cause", sa.Integer),
    sa.Column("talk_s", sa.Float),
    sa.Column("wait_s", sa.Float),
    _flag("abandoned"),
    _flag("gave_up"),
    _flag("machine"),
    _flag("opted_out"),
    _text("caller_id"),
    _flag("inbound"),
    sa.Column("greeting_end_at", Instant),
    sa.Column("amount_cents", sa.BigInteger),
    sa.Column("verdict", sa.Text),
    sa.Column("verdict_cause", sa.Text),
    sa.Column("source", sa.Text),
    sa.Index(None, "lead_id", "claimed_at"),
    sa.Index(None, "e164", "claimed_at"),
    sa.Index(None, "campaign_id", "claimed_at"),
    sa.CheckConstraint("state IN ('live', 'ended')", name="state"),
)
"""`source`: the list the lead came with, told by the claim; NULL in calls that were made before claims told it."""


def _archived(column: sa.Column[object]) -> sa.Column[object]:
    key = column.name in {"id", "claimed_at"}
    return sa.Column(column.name, column.type, primary_key=key, nullable=column.nullable)


attempts_archive = sa.Table(
    "attempts_archive",
    metadata,
    *map(_archived, attempts.columns),
    sa.Index(None, "lead_id"),
    sa.Index(None, "campaign_id", "claimed_at"),
    postgresql_partition_by="RANGE (claimed_at)",
)
"""Ended attempts put away: by month on PostgreSQL. `lead_id` 0: its lead is gone; `e164` "": it is nobody's now."""

attempts_all = sa.union_all(sa.select(*attempts.c), sa.select(*attempts_archive.c)).subquery("attempts_all")
"""Every attempt there is a record of, live, late or put away: what reports read."""

ledger_days = sa.Table(
    "ledger_days",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("since", Instant, primary_key=True),
    sa.Column("until", Instant, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("sums", sa.Text, nullable=False),
)
"""What ledgers count of a campaign's calls claimed in [since, until), on PostgreSQL: a trigger drops a row in the
same transaction that changes one of its calls. `how` is the rule it was counted by."""

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("lead_id", BigId, sa.ForeignKey("leads.id"), primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    _text("actor", None),
    _text("reason", None),
)

erased = sa.Table(
    "erased",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    _text("key_id", None),
    sa.Column("at", Instant, nullable=False),
)

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("name"),
    _text("endpoint"),
    sa.Column("interval_s", sa.Float),
    sa.Column("campaign_id", sa.Text),
    _text("state", "logged_out"),
    sa.Column("state_at", Instant, nullable=False),
    _text("state_reason"),
    sa.Column("removed_at", Instant),
    sa.Column("skills", Strings),
)

agent_log = sa.Table(
    "agent_log",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("agent_id", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    _text("state", None),
    _text("reason"),
    sa.Column("campaign_id", sa.Text),
    sa.Column("attempt_id", sa.Text),
    sa.Index(None, "agent_id", "at"),
    sa.Index(None, "at"),
)
"""What agents did. `attempt_id`: with whom, where they talked: the last agent alone stands in the attempt."""

dispositions = sa.Table(
    "dispositions",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("attempt_id", sa.Text, nullable=False),
    sa.Column("agent_id", sa.Text),
    sa.Column("at", Instant, nullable=False),
    _text("code", None),
    sa.Column("amount_cents", sa.BigInteger),
    sa.Index(None, "attempt_id"),
    sa.Index(None, "at"),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("lead_id", BigId, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("attempt_id", sa.Text),
    sa.Column("agent_id", sa.Text),
    sa.Column("at", Instant, nullable=False),
    _text("body", None),
    sa.Index(None, "lead_id", "at"),
)

dnc = sa.Table(
    "dnc",
    metadata,
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("list_id", sa.Text, primary_key=True),
    sa.Column("is_prefix", sa.Boolean, primary_key=True),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    _text("reason"),
)

books = sa.Table(
    "books",
    metadata,
    sa.Column("journal", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    _count("unknown_facts"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("role", None),
    _text("password_hash"),
    sa.Column("agent_id", sa.Text),
    _flag("disabled"),
    _text("preferences", "{}"),
    _text("phone"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name="role"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id_hash", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    _text("address"),
    sa.Index(None, "user_id"),
    sa.Index(None, "expires_at"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    _text("name"),
    _text("role", None),
    sa.Column("scopes", Strings, nullable=False, server_default=""),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name="role"),
)

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("attempt_id", sa.Text, nullable=False),
    sa.Column("lead_id", BigId),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("agent", sa.Text),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("length_s", sa.Float, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("checksum", sa.Text, nullable=False),
    _text("format", None),
    _text("key_id"),
    _text("path", None),
    sa.Column("peaks", sa.LargeBinary, nullable=False),
    sa.Column("kept_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("deleting_at", Instant),
    sa.Column("deleted_at", Instant),
    _text("deleted_why"),
    _text("kind", "conversation"),
    sa.UniqueConstraint("name"),
    sa.Index(None, "attempt_id"),
    sa.Index(None, "lead_id"),
    sa.Index(None, "campaign_id", "started_at"),
    sa.Index(None, "agent", "started_at"),
    sa.Index(None, "started_at"),
)

machine_reviews = sa.Table(
    "machine_reviews",
    metadata,
    sa.Column("attempt_id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("heard_at", Instant, nullable=False),
    sa.Column("ring_s", sa.Float),
    _text("said", None),
    _text("reviewer", None),
    sa.Column("at", Instant, nullable=False),
    sa.Index(None, "campaign_id", "heard_at"),
    sa.CheckConstraint("said IN ('person', 'machine', 'unclear')", name="said"),
)

recording_holds = sa.Table(
    "recording_holds",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    _text("reason", None),
    _text("actor", None),
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint("kind IN ('recording', 'campaign')", name="kind"),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    _text("holder", None),
    sa.Column("expires_at", Instant, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("webhook", None),
    _text("event", None),
    sa.Column("attempt_id", sa.Text),
    sa.Column("lead_id", sa.BigInteger),
    sa.Column("at", Instant, nullable=False),
    sa.Column("told", Fields, nullable=False),
    _text("state", "pending"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("waits_since", Instant, nullable=False),
    sa.Column("status", sa.Integer),
    _text("error"),
    sa.Column("ended_at", Instant),
    sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
)

report_runs = sa.Table(
    "report_runs",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("day", None),
    sa.Column("made_at", Instant, nullable=False),
)

control_blocks = sa.Table(
    "control_blocks",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("began_at", Instant, primary_key=True),
    _flag("one_line"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    _text("actor", None),
    _text("address"),
    _text("action", None),
    _text("target"),
    _text("before", "null"),
    _text("after", "null"),
    sa.Index(None, "at"),
)

PENDING: sa.ColumnElement[bool] = leads.c.state == sa.literal_column("'pending'")
WAITING: sa.ColumnElement[bool] = leads.c.state == sa.literal_column("'waiting'")
CLOSED: sa.ColumnElement[bool] = leads.c.state.in_(
    [sa.literal_column("'done'"), sa.literal_column("'excluded'")]
)
NAMED: sa.ColumnElement[bool] = attempts_archive.c.e164 != sa.literal_column("''")
LIVE: sa.ColumnElement[bool] = attempts.c.state == sa.literal_column("'live'")


def _partial(name: str, *columns: sa.ColumnElement[object], where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


_partial("ix_agent_log_talked", agent_log.c.agent_id, agent_log.c.attempt_id, where="attempt_id IS NOT NULL")
_partial(
    "ix_leads_open",
    leads.c.campaign_id,
    leads.c.window_key,
    leads.c.priority.desc(),
    leads.c.next_at,
    leads.c.id,
    where="state = 'pending'",
)
_partial(
    "ix_leads_due",
    leads.c.campaign_id,
    leads.c.window_key,
    leads.c.next_at,
    leads.c.id,
    leads.c.priority,
    where="state = 'waiting'",
)
_partial("ix_leads_wake", leads.c.next_at, where="state = 'waiting'")
_partial("uq_attempts_live_number", attempts.c.e164, where="state = 'live'", unique=True)
_partial("uq_attempts_live_lead", attempts.c.lead_id, where="state = 'live'", unique=True)
_partial("ix_dnc_expires_at", dnc.c.expires_at, where="expires_at IS NOT NULL")
_partial(
    "ix_leads_callbacks", leads.c.callback_owner, leads.c.callback_at, where="callback_owner IS NOT NULL"
)
_partial(
    "ix_leads_plan",
    leads.c.campaign_id,
    leads.c.planned_at,
    where="deadline IS NOT NULL AND state IN ('pending', 'waiting')",
)
_partial("ix_recordings_due", recordings.c.due_at, where="deleted_at IS NULL AND due_at IS NOT NULL")
_partial("ix_recordings_clips", recordings.c.started_at, where="kind = 'clip' AND deleted_at IS NULL")
_partial("ix_leads_deadline", leads.c.campaign_id, leads.c.deadline, where="deadline IS NOT NULL")
_partial("ix_deliveries_due", deliveries.c.webhook, deliveries.c.next_at, where="state = 'pending'")
_partial("ix_deliveries_ended", deliveries.c.ended_at, where="state <> 'pending'")
sa.Index("ix_leads_campaign_state", leads.c.campaign_id, leads.c.state, leads.c.reason)
_partial(
    "ix_leads_closed",
    leads.c.campaign_id,
    leads.c.changed_at,
    leads.c.id,
    where="state IN ('done', 'excluded')",
)
_partial("ix_attempts_archive_number", attempts_archive.c.e164, where="e164 <> ''")
_partial(
    "ix_attempts_archive_named",
    attempts_archive.c.campaign_id,
    attempts_archive.c.claimed_at,
    where="e164 <> ''",
)
