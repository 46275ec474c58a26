"""What a check-in on a session day signalled, until a clinician has decided on it."""

from alembic import op

from shared.migrations import secure

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        "create table session_risk (session_id uuid not null, program_id uuid not null, site text not null,"
        " raised_at timestamptz not null, closed_at timestamptz, primary key (program_id, session_id))"
    )
    secure("integration", "session_risk", "select, insert, update")


def downgrade() -> None:
    op.execute("drop table session_risk")
