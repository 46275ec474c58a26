"""What people answer to messages, where it was not understood."""

from alembic import op

from shared.migrations import secure

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        """
        create table reply (
            id uuid primary key,
            site text not null,
            program_id uuid not null,
            channel text not null,
            subject text not null,
            text text not null,
            answers uuid references message (id),
            received_at timestamptz not null
        );
        create index reply_of_program on reply (program_id, received_at);
        """
    )
    secure("notifications", "reply", "select, insert")  # personal: no observer reads it


def downgrade() -> None:
    op.execute("drop table reply")
