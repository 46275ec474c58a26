"""The subscales of a scored questionnaire, beside its total."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("alter table response add column subscales jsonb not null default '[]'")


def downgrade() -> None:
    op.execute("alter table response drop column subscales")
