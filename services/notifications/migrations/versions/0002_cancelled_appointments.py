"""An appointment that is not held."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table session_time add column cancelled boolean not null default false")


def downgrade() -> None:
    op.execute("alter table session_time drop column cancelled")
