"""A session that a cohort's calendar no longer holds."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table session add column cancelled boolean not null default false")


def downgrade() -> None:
    op.execute("alter table session drop column cancelled")
