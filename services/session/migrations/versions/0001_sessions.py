"""Sessions, their rosters, and everything that is recorded of a person on the day."""

from alembic import op

from shared.migrations import create_plumbing, secure

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SESSIONS = """
create table session (
    id uuid primary key,
    site text not null,
    cohort_id uuid not null,
    item text not null,
    kind text not null check (kind in ('preparation', 'dose')),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    no_show_at timestamptz,
    zone text not null,
    calendar_revision integer not null,
    protocol jsonb not null,
    closed_at timestamptz,
    closed_by text,
    check (ends_at > starts_at)
);
create index session_by_cohort on session (cohort_id, starts_at);
create table member (
    program_id uuid not null,
    site text not null,
    cohort_id uuid,
    seated_at timestamptz,
    left_as text,
    primary key (program_id, site)
);
create index member_by_cohort on member (cohort_id);
create table roster (
    session_id uuid not null references session,
    program_id uuid not null,
    site text not null,
    state text not null
        check (state in ('expected', 'arrived', 'absent', 'dosed', 'withheld', 'discharged', 'removed')),
    arrived_at timestamptz,
    discharged_at timestamptz,
    excused boolean,
    no_show boolean,
    reason text,
    recorded_by text,
    primary key (session_id, program_id)
);
create index roster_by_program on roster (program_id);
create table session_staff (
    session_id uuid not null references session,
    subject text not null,
    site text not null,
    role text not null,
    since timestamptz not null,
    primary key (session_id, subject)
);
"""

RECORDS = """
create table arrival (
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    arrived_at timestamptz not null,
    recorded_by text not null,
    recorded_role text not null,
    admitted_late boolean not null,
    checklist jsonb,
    primary key (session_id, program_id),
    foreign key (session_id, program_id) references roster
);
create table vitals (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    measured_at timestamptz not null,
    measured_by text not null,
    vitals jsonb not null,
    foreign key (session_id, program_id) references roster
);
create index vitals_of_person on vitals (session_id, program_id, measured_at);
create table decision (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    decision text not null check (decision in ('go', 'no_go')),
    decided_at timestamptz not null,
    decided_by text not null,
    reason text,
    signature jsonb not null,
    clearances jsonb not null,
    valid_until timestamptz,
    foreign key (session_id, program_id) references roster,
    check ((decision = 'go') = (valid_until is not null)),
    check (decision = 'no_go' or jsonb_array_length(clearances) > 0)
);
create index decision_of_person on decision (session_id, program_id, decided_at);
create table suicidality_decision (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    decision text not null,
    decided_at timestamptz not null,
    decided_by text not null,
    reason text not null,
    signature jsonb not null,
    foreign key (session_id, program_id) references roster
);
create table observation (
    session_id uuid not null,
    program_id uuid not null,
    at_offset interval not null,
    site text not null,
    observed_at timestamptz not null,
    observed_by text not null,
    vitals jsonb not null,
    moaas integer not null check (moaas between 0 and 5),
    dissociation integer not null check (dissociation between 0 and 10),
    primary key (session_id, program_id, at_offset),
    foreign key (session_id, program_id) references roster
);
create table adverse_event (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    term text not null,
    grade integer not null check (grade between 1 and 5),
    serious boolean not null,
    relatedness text not null,
    outcome text not null,
    foreign key (session_id, program_id) references roster
);
create index adverse_event_of_person on adverse_event (program_id);
create table discharge (
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    discharged_at timestamptz not null,
    discharged_by text not null,
    criteria jsonb not null,
    vitals jsonb not null,
    missing_observations_reason text,
    signature jsonb not null,
    primary key (session_id, program_id),
    foreign key (session_id, program_id) references roster
);
"""

# A dose blocks its person's time for its own minimum interval. The range over uuid makes "the same person" a thing that
# an exclusion constraint can compare without an extension; constraints see the rows of every site, whoever writes.
DOSES = """
create type uuid_range as range (subtype = uuid);
create table dose (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    item text not null,
    site text not null,
    administered_at timestamptz not null,
    administered_by text not null,
    verified_by text not null,
    route text not null,
    mg numeric not null check (mg > 0),
    weight_kg numeric not null check (weight_kg > 0),
    weighed_on date not null,
    mg_per_kg numeric not null,
    lot text not null,
    expires_on date not null,
    concentration_mg_per_ml numeric,
    decision_id uuid not null references decision,
    clearances jsonb not null check (jsonb_array_length(clearances) > 0),
    min_interval interval not null check (min_interval >= interval '0'),
    next_from timestamptz not null,
    foreign key (session_id, program_id) references roster,
    constraint dose_once unique (program_id, item),
    constraint dose_interval_is_its_own check (next_from = administered_at + min_interval),
    constraint dose_minimum_interval exclude using gist (
        uuid_range(program_id, program_id, '[]') with &&,
        tstzrange(administered_at, next_from, '[)') with &&
    )
);
create table substance_ledger (
    id uuid primary key,
    site text not null,
    at timestamptz not null,
    movement text not null check (movement in ('receipt', 'administer', 'waste', 'return', 'count')),
    lot text not null,
    mg numeric not null check (mg >= 0),
    by text not null,
    witness text,
    dose_id uuid unique references dose,
    note text,
    check (movement <> 'waste' or witness is not null),
    check (witness is null or witness <> by),
    check ((movement = 'administer') = (dose_id is not null))
);
create index substance_ledger_of_lot on substance_ledger (site, lot, at);
"""

CHANGED = ("session", "member", "roster", "session_staff")
APPENDED = (
    "arrival",
    "vitals",
    "decision",
    "suicidality_decision",
    "observation",
    "adverse_event",
    "discharge",
    "dose",
    "substance_ledger",
)


def upgrade() -> None:
    """Nothing that was recorded of a person on the day can be changed: those tables take rows and keep them."""
    create_plumbing("session")
    for statements in (SESSIONS, RECORDS, DOSES):
        op.execute(statements)
    for table in CHANGED:
        secure("session", table, "select, insert, update")
    for table in APPENDED:
        secure("session", table, "select, insert")
