"""What a correction touches: decisions that stand no longer, and the protocol that a person's cohort follows."""

from alembic import op

from shared.migrations import secure

revision = "0004"
down_revision = "0003"

CHANGES = """
alter table referral add column pin_sequence integer not null default 0;
create table reopening (
    program_id uuid not null references referral,
    revision integer not null,
    site text not null,
    cause text not null check (cause in ('answers', 'date_of_birth', 'protocol')),
    at timestamptz not null,
    by text not null,
    primary key (program_id, revision)
);
"""


def upgrade() -> None:
    op.execute(CHANGES)
    secure("intake", "reopening", "select, insert")


def downgrade() -> None:
    raise NotImplementedError("which decisions stood no longer is never forgotten: restore a backup instead")
