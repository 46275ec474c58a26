"""Circles, check-ins, measures and risk, from the first day on behind row-level security."""

from alembic import op

from shared.migrations import create_plumbing, secure

revision = "0001"
down_revision = None

MEMBERS = """
create table member (
    program_id uuid primary key,
    site text not null,
    cohort_id uuid,
    protocol_id text,
    protocol_version text,
    state text,
    state_sequence integer not null default 0
);
create table overridden_item (
    program_id uuid not null,
    item text not null,
    site text not null,
    overridden_at timestamptz not null,
    primary key (program_id, item)
);
"""

CIRCLES = """
create table circle (
    session_id uuid primary key,
    site text not null,
    cohort_id uuid not null,
    item text not null,
    missed_item text,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    no_show_at timestamptz,
    zone text not null,
    calendar_revision integer not null,
    protocol_id text not null,
    protocol_version text not null,
    state text not null check (state in ('booked', 'due', 'closed')),
    closed_at timestamptz,
    closed_by text,
    check (ends_at > starts_at)
);
create index circle_of_cohort on circle (cohort_id, starts_at);
create table attendance (
    session_id uuid not null references circle,
    program_id uuid not null,
    site text not null,
    status text not null check (status in ('expected', 'attended', 'absent', 'left')),
    excused boolean not null default false,
    no_show boolean not null default false,
    reason text,
    recorded_at timestamptz,
    recorded_by text,
    primary key (session_id, program_id)
);
create index attendance_of_program on attendance (program_id);
"""

CHECK_INS = """
create table check_in (
    program_id uuid not null,
    item text not null,
    site text not null,
    due_at timestamptz not null,
    zone text not null,
    protocol_id text not null,
    protocol_version text not null,
    closed_at timestamptz,
    closed_by text,
    closure text check (closure in ('answered', 'reached', 'clinician_closed', 'welfare_check', 'program_closed')),
    primary key (program_id, item),
    check ((closed_at is null) = (closure is null))
);
create table check_in_answer (
    program_id uuid not null,
    item text not null,
    site text not null,
    answers jsonb not null,
    answered_at timestamptz not null,
    answered_by text not null,
    primary key (program_id, item),
    foreign key (program_id, item) references check_in
);
create table check_in_call (
    id uuid primary key,
    program_id uuid not null,
    item text not null,
    site text not null,
    reached boolean not null,
    outcome text,
    called_at timestamptz not null,
    called_by text not null,
    foreign key (program_id, item) references check_in
);
create index call_of_check_in on check_in_call (program_id, item);
"""

MEASURES = """
create table measure (
    program_id uuid not null,
    item text not null,
    site text not null,
    cohort_id uuid,
    opens_at timestamptz not null,
    due_at timestamptz not null,
    closes_at timestamptz not null,
    zone text not null,
    protocol_id text not null,
    protocol_version text not null,
    closed_at timestamptz,
    closed_by text,
    closure text check (closure in ('completed', 'missed', 'program_closed')),
    reason text,
    late boolean not null default false,
    primary key (program_id, item),
    check ((closed_at is null) = (closure is null))
);
create index measure_of_site on measure (site, cohort_id);
create table response (
    id uuid primary key,
    program_id uuid not null,
    item text not null,
    site text not null,
    instrument text not null,
    items jsonb not null,
    recall_days integer not null,
    total integer,
    band text,
    positive boolean,
    provisional boolean,
    late boolean not null,
    answered_at timestamptz not null,
    answered_by text not null,
    foreign key (program_id, item) references measure
);
create unique index response_complete on response (program_id, item, instrument) where total is not null;
"""

RISK = """
create table risk (
    risk_id uuid primary key,
    program_id uuid not null,
    site text not null,
    item text not null,
    why text not null,
    protocol_id text not null,
    protocol_version text not null,
    raised_at timestamptz not null,
    level text check (level in ('none', 'low', 'moderate', 'high')),
    closed_at timestamptz,
    closed_by text,
    decision text,
    check ((closed_at is null) = (decision is null))
);
create unique index risk_open on risk (program_id, item) where closed_at is null;
create table c_ssrs (
    id uuid primary key,
    risk_id uuid not null references risk,
    program_id uuid not null,
    site text not null,
    answers jsonb not null,
    level text not null check (level in ('none', 'low', 'moderate', 'high')),
    recorded_at timestamptz not null,
    recorded_by text not null
);
create index c_ssrs_of_risk on c_ssrs (risk_id);
create table signed_decision (
    id uuid primary key,
    program_id uuid not null,
    site text not null,
    subject text not null,
    content jsonb not null,
    sha256 text not null,
    meaning text not null,
    signer text not null,
    role text not null,
    signed_at timestamptz not null
);
create index signed_decision_of_program on signed_decision (program_id);
"""

CHANGING = ("member", "circle", "attendance", "check_in", "measure", "risk")
APPEND_ONLY = ("overridden_item", "check_in_answer", "check_in_call", "response", "c_ssrs", "signed_decision")


def upgrade() -> None:
    create_plumbing("integration")
    for tables in (MEMBERS, CIRCLES, CHECK_INS, MEASURES, RISK):
        op.execute(tables)
    for table in CHANGING:
        secure("integration", table, "select, insert, update")
    for table in APPEND_ONLY:
        secure("integration", table, "select, insert")
