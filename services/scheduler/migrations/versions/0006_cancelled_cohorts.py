"""A cohort can be cancelled before it starts."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("alter table cohort add column cancelled_at timestamptz")


def downgrade() -> None:
    raise NotImplementedError("a cancelled cohort does not come back: restore a backup instead")
