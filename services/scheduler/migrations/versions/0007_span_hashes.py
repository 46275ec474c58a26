"""A known version keeps the hash that tells days from hours; of one that was known before, nobody can say it."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("alter table protocol_version add column span_hash text")


def downgrade() -> None:
    raise NotImplementedError("what was recorded is never taken back: restore a backup instead")
