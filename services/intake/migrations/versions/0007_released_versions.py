"""Which versions of protocols a site may screen by: those that it screened by so far are known to it."""

from alembic import op

from shared.migrations import secure

revision = "0007"
down_revision = "0006"

RELEASED = """
create table released (
    site text not null,
    protocol_id text not null,
    protocol_version text not null,
    protocol_hash text not null,
    known_at timestamptz not null,
    primary key (site, protocol_id, protocol_version)
);
alter table referral no force row level security;
insert into released
    select distinct on (site, protocol_id, protocol_version)
        site, protocol_id, protocol_version, protocol_hash, received_at
    from referral order by site, protocol_id, protocol_version, received_at;
alter table referral force row level security;
"""


def upgrade() -> None:
    op.execute(RELEASED)
    secure("intake", "released", "select, insert")


def downgrade() -> None:
    raise NotImplementedError("what a site signed is never forgotten: restore a backup instead")
