"""A participant's arm is assigned once for each content of a protocol, whoever does it and wherever."""

from alembic import op

from shared.migrations import append_only

revision = "0010"
down_revision = "0009"

ARMS = """
create table arm_assignment (
    program_id uuid not null,
    protocol_hash text not null,
    site text not null,
    arm text not null,
    assigned_at timestamptz not null,
    assigned_by text not null,
    assigned_role text not null,
    primary key (program_id, protocol_hash)
)
"""


def upgrade() -> None:
    op.execute(ARMS)
    append_only("session", "arm_assignment")


def downgrade() -> None:
    raise NotImplementedError("what was recorded is never taken back: restore a backup instead")
