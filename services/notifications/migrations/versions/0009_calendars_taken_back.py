"""How often a person's appointments were taken from them as a whole, or given back: their calendar files count it."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("alter table standing add column calendar_turns integer not null default 0")


def downgrade() -> None:
    op.execute("alter table standing drop column calendar_turns")
