"""Programs with their facts, cohorts with their calendars, seats."""

from alembic import op

from shared.migrations import create_plumbing, observe, secure

revision = "0001"
down_revision = None

TABLES = """
create table cohort (
    id uuid primary key,
    site text not null,
    protocol_id text not null,
    protocol_version text not null,
    protocol_hash text not null,
    inputs jsonb not null,
    theme text,
    capacity integer not null,
    starts_on date not null,
    starts_at timestamptz not null,
    zone text not null,
    calendar_revision integer not null,
    revision integer not null,
    settled_revision integer not null,
    settled_at timestamptz,
    wake_at timestamptz,
    closed_at timestamptz
);
create table program (
    id uuid primary key,
    site text not null,
    protocol_id text not null,
    cohort_id uuid references cohort (id),
    state text not null,
    phase text not null,
    waiting_since timestamptz,
    offers_expired integer not null default 0,
    revision integer not null,
    settled_revision integer not null,
    settled_at timestamptz,
    wake_at timestamptz,
    closed_at timestamptz
);
create index program_waiting on program (site, protocol_id) where state = 'waiting';
create index program_cohort on program (cohort_id);
create table program_fact (
    program_id uuid not null references program (id),
    revision integer not null,
    site text not null,
    kind text not null,
    item text not null,
    key text not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    data jsonb not null,
    primary key (program_id, revision),
    unique (program_id, key)
);
create table seat (
    cohort_id uuid not null references cohort (id),
    number integer not null,
    site text not null,
    program_id uuid unique references program (id),
    state text not null check (state in ('free', 'offered', 'taken')),
    expires_at timestamptz,
    primary key (cohort_id, number),
    check ((state = 'free') = (program_id is null))
);
create table calendar_session (
    session_id uuid primary key,
    cohort_id uuid not null references cohort (id),
    site text not null,
    item text not null,
    kind text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    revision integer not null,
    announced_at timestamptz,
    unique (cohort_id, item)
);
"""


def upgrade() -> None:
    create_plumbing("scheduler")
    op.execute(TABLES)
    for table in ("cohort", "program", "seat", "calendar_session"):
        secure("scheduler", table, "select, insert, update")
    secure("scheduler", "program_fact", "select, insert")
    for table in ("cohort", "program", "program_fact", "seat", "calendar_session"):
        observe(table)


def downgrade() -> None:
    raise NotImplementedError("facts are never taken back: restore a backup instead")
