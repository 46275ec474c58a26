"""The clinical values that a site's medical director has signed off, one by one."""

from alembic import op

from shared.migrations import observe, secure

revision = "0008"
down_revision = "0007"

TABLE = """
create table sign_off (
    site text not null,
    protocol_id text not null,
    hash text not null,
    path text not null,
    version text not null,
    value jsonb not null,
    reason text not null,
    signature jsonb not null,
    signed_at timestamptz not null,
    primary key (site, protocol_id, hash, path)
);
create trigger append_only before update or delete or truncate on sign_off
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    op.execute(TABLE)
    secure("scheduler", "sign_off", "select, insert")
    observe("sign_off")


def downgrade() -> None:
    raise NotImplementedError("what was signed off is never taken back: restore a backup instead")
