"""A member's protocol can be amended, and a circle cancelled."""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = """
alter table member add column protocol_sequence integer not null default 0;
alter table circle drop constraint circle_state_check;
alter table circle add constraint circle_state_check check (state in ('booked', 'cancelled', 'due', 'closed'));
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    raise NotImplementedError("a cancelled circle cannot be told from a booked one any more")
