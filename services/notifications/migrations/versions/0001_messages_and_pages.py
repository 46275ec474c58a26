"""Messages and their attempts, pages, opt-outs, on-call rosters, where a program stands, when sessions are."""

from alembic import op

from shared.migrations import create_plumbing, observe, secure

revision = "0001"
down_revision = None

TABLES = """
create table message (
    id uuid primary key,
    site text not null,
    program_id uuid,
    recipient text not null
        check (recipient in ('participant', 'coordinator', 'facilitator', 'prescriber', 'clinician')),
    subject text,
    text text not null,
    category text not null,
    reasons text[] not null,
    about jsonb not null,
    caused_at timestamptz not null,
    best_before timestamptz not null,
    state text not null check (state in ('waiting', 'sending', 'carried', 'sent', 'suppressed', 'failed')),
    not_before timestamptz not null,
    attempts integer not null,
    sending_at timestamptz,
    carried_by uuid references message (id),
    rule text,
    counts_for_caps boolean not null,
    ended_at timestamptz
);
create index message_of_program on message (program_id, caused_at);
create index message_waiting on message (program_id) where state in ('waiting', 'sending', 'carried');
create index message_carried on message (carried_by) where carried_by is not null;
create table attempt (
    id bigint generated always as identity primary key,
    site text not null,
    message_id uuid not null references message (id),
    at timestamptz not null,
    step text not null
);
create index attempt_of_message on attempt (message_id, id);
create table reason_gone (
    site text not null,
    reason text not null,
    gone_at timestamptz not null,
    primary key (site, reason)
);
create table standing (
    program_id uuid primary key,
    site text not null,
    state text,
    state_sequence integer not null default 0,
    cohort_id uuid,
    protocol_id text,
    protocol_version text,
    seat_sequence integer not null default 0,
    zone text
);
create index standing_of_cohort on standing (cohort_id);
create table session_time (
    session_id uuid primary key,
    site text not null,
    cohort_id uuid not null,
    program_id uuid,
    item text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    revision integer not null
);
create index session_time_of_item on session_time (cohort_id, item);
create table opt_out (
    id bigint generated always as identity primary key,
    site text not null,
    program_id uuid not null,
    channel text not null,
    category text,
    out boolean not null,
    at timestamptz not null,
    by text not null
);
create index opt_out_of_program on opt_out (program_id, id);
create table on_call (
    site text not null,
    revision integer not null,
    tiers jsonb not null,
    set_at timestamptz not null,
    set_by text not null,
    primary key (site, revision)
);
create table page (
    id uuid primary key,
    site text not null,
    key text not null,
    cause text not null,
    program_id uuid,
    item text not null,
    tier integer not null,
    raised_at timestamptz not null,
    closed_at timestamptz,
    closure text,
    acknowledged_by text
);
create unique index page_open on page (site, key) where closed_at is null;
create index page_of_program on page (program_id);
"""


def upgrade() -> None:
    create_plumbing("notifications")
    op.execute(TABLES)
    for table in ("message", "reason_gone", "standing", "session_time", "page"):
        secure("notifications", table, "select, insert, update")
    for append_only in ("attempt", "opt_out", "on_call"):
        secure("notifications", append_only, "select, insert")
    for table in ("message", "attempt", "page"):
        observe(table)
