"""The memory of the dialer: campaigns, leads, attempts, agents, do-not-call, and the journal.

Works on PostgreSQL and on SQLite alike. Every function raises only leaves of `StorageError` (and ValueError
for a caller's mistake). Instants are aware UTC datetimes, in facts seconds since the epoch.

    db = await Database.open("sqlite:////var/lib/cadence/cadence.db")   # or postgresql://user:secret@host/name
    await db.status() -> SchemaStatus;  await db.upgrade() -> SchemaStatus;  await db.require_current()
    await db.ping();  await db.close()

The functions stand in modules named after what they are about:

    campaigns     ensure, by_id, every, set_state, overrides, override
    leads         add, by_id, by_external_id, by_number, by_name, load, change, each, counts,
                  reasons, window_keys, next_due, wake, move, history, add_note, put_note, notes_of
    adding        adding (looks for doubles and adds, alone where asked)
    claims        claim, claim_lead
    inbound       find, open_call
    callbacks     promise, wake, due, listed
    deadlines     to_plan, store, answers, counts, at_risk
    attempts      by_id, by_ids, live, owed, of_lead, of_campaign, newest, of_agent, reached, outcomes,
                  ledger, conversations, talk_s_by_agent
    ledger_days   keep_next
    ledger_sums   by_minute
    agents        add, by_id, every, set_interval, set_skills, set_campaign, remove, log
    lanes         count_open, open_ids, change_keys
    dnc           add, remove, expire, has, counts, campaign_list
    numbers       facts
    dispositions  of_attempt, counts
    users         add, by_id, every, change, preferences, set_preferences, admins
    sessions      add, find, seen, end, end_of, expire, desks
    tokens        add, by_hash, every, used, revoke
    audit         add, page
    recordings    keep, by_id, by_name, of_attempts, after, peaks, page
    recording_end hold, release, every_hold, walk, due, set_due, begin, finish
    deliveries    add, take, next_due, delivered, failed, drop, counts, dead, send_again, forget
    leases        take, release, holders  (PostgreSQL only)
    report_runs   last, made
    reviews       say, of_attempts, waiting, counts, rung
    reporting     cells, states, lists, blocks: what reports read
    retention     count_*, delete_leads, forget_calls, put_away, delete_figures, trim_log
    person        find, held, count, call_ids, erase
    holds         place, release, of_leads, every
    erased        add, which
    books         apply, position          (the facts are listed in `storage.facts`)
    journal       Journal
"""

from __future__ import annotations

from storage import (
    agents,
    attempts,
    audit,
    books,
    callbacks,
    campaigns,
    claims,
    deadlines,
    deliveries,
    dispositions,
    dnc,
    erased,
    holds,
    inbound,
    lanes,
    leads,
    leases,
    ledger_days,
    ledger_sums,
    numbers,
    person,
    recording_end,
    recordings,
    report_runs,
    reporting,
    retention,
    reviews,
    sessions,
    tokens,
    users,
)
from storage.adding import Adding, Alone, adding
from storage.claims import NUMBER_BUSY, claim, claim_lead
from storage.database import Database, Options
from storage.deliveries import Delivery, NewDelivery
from storage.erased import ErasureKey
from storage.errors import (
    BadUrl,
    DatabaseAway,
    DatabaseBroken,
    DatabaseBusy,
    DatabaseReadOnly,
    DiskFull,
    ErasureKeyLost,
    JournalClosed,
    JournalError,
    JournalLocked,
    JournalUnwritable,
    LoginRefused,
    PersonBusy,
    PersonHeld,
    SchemaBehind,
    SchemaUnknown,
    StorageError,
    UnexpectedDatabaseError,
)
from storage.numbers import NumberFacts
from storage.records import (
    Accept,
    Added,
    AgentLogRow,
    AgentRow,
    Applied,
    Attempt,
    AuditRow,
    CampaignRow,
    Candidate,
    ClaimedCall,
    ClaimResult,
    Conversation,
    DispositionRow,
    DncEntry,
    Judgement,
    Lead,
    LeadNote,
    Ledger,
    NewLead,
    NewNumber,
    Note,
    NumberRow,
    Refuse,
    SchemaStatus,
    SessionRow,
    TokenRow,
    UserRow,
)

__all__ = [
    "NUMBER_BUSY",
    "Accept",
    "Added",
    "Adding",
    "AgentLogRow",
    "AgentRow",
    "Alone",
    "Applied",
    "Attempt",
    "AuditRow",
    "BadUrl",
    "CampaignRow",
    "Candidate",
    "ClaimResult",
    "ClaimedCall",
    "Conversation",
    "Database",
    "DatabaseAway",
    "DatabaseBroken",
    "DatabaseBusy",
    "DatabaseReadOnly",
    "Delivery",
    "DiskFull",
    "DispositionRow",
    "DncEntry",
    "ErasureKey",
    "ErasureKeyLost",
    "JournalClosed",
    "JournalError",
    "JournalLocked",
    "JournalUnwritable",
    "Judgement",
    "Lead",
    "LeadNote",
    "Ledger",
    "LoginRefused",
    "NewDelivery",
    "NewLead",
    "NewNumber",
    "Note",
    "NumberFacts",
    "NumberRow",
    "Options",
    "PersonBusy",
    "PersonHeld",
    "Refuse",
    "SchemaBehind",
    "SchemaStatus",
    "SchemaUnknown",
    "SessionRow",
    "StorageError",
    "TokenRow",
    "UnexpectedDatabaseError",
    "UserRow",
    "adding",
    "agents",
    "attempts",
    "audit",
    "books",
    "callbacks",
    "campaigns",
    "claim",
    "claim_lead",
    "claims",
    "deadlines",
    "deliveries",
    "dispositions",
    "dnc",
    "erased",
    "holds",
    "inbound",
    "lanes",
    "leads",
    "leases",
    "ledger_days",
    "ledger_sums",
    "numbers",
    "person",
    "recording_end",
    "recordings",
    "report_runs",
    "reporting",
    "retention",
    "reviews",
    "sessions",
    "tokens",
    "users",
]
