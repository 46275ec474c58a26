"""The content of the protocol that rules a participant's messages, not its name and version alone."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("alter table standing add column protocol_hash text")


def downgrade() -> None:
    op.execute("alter table standing drop column protocol_hash")
