"""An absence that was told can be taken back: the earlier line is kept, with why and by whom."""

from alembic import op

from shared.migrations import append_only

revision = "0008"
down_revision = "0007"

CORRECTIONS = """
create table attendance_correction (
    id uuid primary key,
    session_id uuid not null,
    program_id uuid not null,
    site text not null,
    corrected_at timestamptz not null,
    corrected_by text not null,
    role text not null,
    status text not null check (status in ('attended', 'expected')),
    excused boolean not null,
    no_show boolean not null,
    absence_reason text,
    absence_recorded_by text not null,
    reason text,
    meaning text,
    foreign key (session_id, program_id) references attendance
)
"""


def upgrade() -> None:
    op.execute(CORRECTIONS)
    append_only("integration", "attendance_correction")


def downgrade() -> None:
    raise NotImplementedError("what was recorded is never taken back: restore a backup instead")
