"""Second persons confirm with their own login, lots are locked, and integration's risks are known here."""

from alembic import op

from shared.migrations import secure

revision = "0006"
down_revision = "0005"

# What a second person saw is theirs: a row of its own, written by their own command and used once. Doses and movements
# of before name a second person by a word that anybody could write; they keep no row, and a dose's proof says so.
SECOND_PERSONS = """
create table verification (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    verified_at timestamptz not null,
    verified_by text not null,
    verified_role text not null,
    dose_order jsonb not null,
    foreign key (session_id, program_id) references roster
);
create table witness (
    id uuid primary key,
    site text not null,
    movement text not null check (movement in ('receipt', 'waste', 'return', 'count')),
    lot text not null,
    mg numeric not null check (mg >= 0),
    witnessed_at timestamptz not null,
    witnessed_by text not null
);
alter table dose add column verification_id uuid unique references verification;
alter table substance_ledger add column witness_id uuid unique references witness;
"""

# A row for each lot, to be locked by whatever moves it. The balance is the ledger's sum: it is kept nowhere else.
LOTS = """
create table substance_lot (site text not null, lot text not null, primary key (site, lot));
create table integration_risk (
    risk_id uuid primary key,
    program_id uuid not null,
    site text not null,
    raised_at timestamptz not null,
    closed_at timestamptz
);
create index integration_risk_of_program on integration_risk (program_id);
create index arrival_of_program on arrival (program_id);
"""


def upgrade() -> None:
    op.execute(SECOND_PERSONS)
    op.execute(LOTS)
    for table in ("verification", "witness"):
        secure("session", table, "select, insert")
    for table in ("substance_lot", "integration_risk"):
        secure("session", table, "select, insert, update")


def downgrade() -> None:
    raise NotImplementedError("what a second person saw is never forgotten: restore a backup instead")
