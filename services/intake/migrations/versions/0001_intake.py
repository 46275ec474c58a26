"""Referrals, people, answers, evaluations, decisions, agreements."""

from alembic import op

from shared.migrations import create_plumbing, observe, secure

revision = "0001"
down_revision = None

TABLES = """
create table referral (
    program_id uuid primary key,
    site text not null,
    reference text not null,
    protocol_id text not null,
    protocol_version text not null,
    protocol_hash text not null,
    referred_at timestamptz not null,
    received_at timestamptz not null,
    received_by text not null,
    state text not null check (
        state in ('awaiting_forms', 'awaiting_review', 'eligible', 'excluded', 'redirected', 'lapsed')
    ),
    revision integer not null,
    unique (site, reference)
);
create table person (
    program_id uuid not null references referral,
    revision integer not null,
    site text not null,
    given_name text not null,
    family_name text not null,
    date_of_birth date not null,
    email text not null,
    phone text,
    zone text not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    primary key (program_id, revision)
);
create table disclosure (
    id uuid primary key,
    program_id uuid not null references referral,
    site text not null,
    purpose text not null,
    disclosed_to text not null,
    role text not null,
    at timestamptz not null
);
create index disclosure_of_program on disclosure (program_id, id);
create table answers (
    program_id uuid not null references referral,
    version integer not null,
    site text not null,
    complete boolean not null,
    content text not null,
    sha256 text not null,
    given_at timestamptz not null,
    given_by text not null,
    role text not null,
    primary key (program_id, version)
);
create table evaluation (
    program_id uuid not null references referral,
    revision integer not null,
    site text not null,
    answers_version integer not null,
    protocol_id text not null,
    protocol_version text not null,
    protocol_hash text not null,
    suggested text not null,
    evaluated_at timestamptz not null,
    primary key (program_id, revision),
    foreign key (program_id, answers_version) references answers
);
create table finding (
    program_id uuid not null,
    revision integer not null,
    position integer not null,
    site text not null,
    about text not null check (about in ('screening', 'modality')),
    rule_id text not null,
    outcome text not null,
    says text not null,
    source text not null,
    primary key (program_id, revision, about, position),
    foreign key (program_id, revision) references evaluation
);
create table decision (
    program_id uuid not null references referral,
    revision integer not null,
    site text not null,
    decision text not null check (decision in ('eligible', 'excluded', 'redirected')),
    reason text,
    override_reason text,
    overridden text[] not null,
    protocol_id text not null,
    protocol_version text not null,
    protocol_hash text not null,
    answers_version integer not null,
    valid_until timestamptz,
    signed_by text not null,
    role text not null,
    signed_at timestamptz not null,
    meaning text not null,
    sha256 text not null,
    primary key (program_id, revision),
    foreign key (program_id, answers_version) references answers
);
create table agreement (
    program_id uuid not null references referral,
    revision integer not null,
    site text not null,
    kind text not null,
    act text not null check (act in ('signed', 'revoked')),
    signed_by text not null,
    role text not null,
    signed_at timestamptz not null,
    meaning text not null,
    sha256 text not null,
    primary key (program_id, revision)
);
"""
ONLY_ADDED_TO = ("person", "disclosure", "answers", "evaluation", "finding", "decision", "agreement")


def upgrade() -> None:
    create_plumbing("intake")
    op.execute(TABLES)
    secure("intake", "referral", "select, insert, update")
    for table in ONLY_ADDED_TO:
        secure("intake", table, "select, insert")
    observe("referral")
