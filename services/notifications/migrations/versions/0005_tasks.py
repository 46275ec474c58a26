"""What every service is owed, as its events tell: the owners are told of it by mail."""

from alembic import op

from shared.migrations import secure

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        create table task (
            id uuid primary key,
            site text not null,
            kind text not null,
            owner text not null,
            stage text not null,
            deadline timestamptz not null,
            is_open boolean not null,
            sequence integer not null
        );
        create index message_about_tasks on message (site, subject) where text = 'tasks' and state = 'waiting';
    """)
    secure("notifications", "task", "select, insert, update")


def downgrade() -> None:
    op.execute("drop index message_about_tasks; drop table task")
