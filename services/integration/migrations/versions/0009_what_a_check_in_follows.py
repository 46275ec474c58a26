"""What a check-in follows: a dose, or leaving the program."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("alter table check_in add column follows text check (follows in ('dose', 'leaving'))")


def downgrade() -> None:
    op.execute("alter table check_in drop column follows")
