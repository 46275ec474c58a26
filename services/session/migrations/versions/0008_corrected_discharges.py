"""A discharge of the wrong person can be taken back: its line is kept, and the person is discharged again."""

from alembic import op

from shared.migrations import append_only

revision = "0008"
down_revision = "0007"

DISCHARGES = """
alter table discharge drop constraint discharge_pkey;
alter table discharge add column id uuid not null default gen_random_uuid() primary key;
alter table discharge alter column id drop default;
create index discharge_of_person on discharge (session_id, program_id);
create table discharge_correction (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    corrected_at timestamptz not null,
    corrected_by text not null,
    role text not null,
    discharged_at timestamptz not null,
    reason text not null,
    signature jsonb not null,
    foreign key (session_id, program_id) references roster
)
"""


def upgrade() -> None:
    op.execute(DISCHARGES)
    append_only("session", "discharge_correction")


def downgrade() -> None:
    raise NotImplementedError("what was recorded is never taken back: restore a backup instead")
