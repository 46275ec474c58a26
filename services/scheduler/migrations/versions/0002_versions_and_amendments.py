"""Protocol versions as each site signed them, and the amendments of cohorts that run."""

from alembic import op

from shared.migrations import observe, secure

revision = "0002"
down_revision = "0001"

TABLES = """
create table protocol_version (
    site text not null,
    protocol_id text not null,
    version text not null,
    hash text not null,
    known_at timestamptz not null,
    release jsonb,
    primary key (site, protocol_id, version)
);
create table amendment (
    id uuid primary key,
    site text not null,
    cohort_id uuid not null references cohort (id),
    from_version text not null,
    to_version text not null,
    to_hash text not null,
    inputs jsonb not null,
    revisions jsonb not null,
    reason text not null,
    signature jsonb not null,
    applied_at timestamptz not null,
    unique (cohort_id, to_version, revisions)
);
alter table calendar_session add column dropped_at timestamptz;
"""
REFUSE_CHANGE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
"""
APPEND_ONLY = """
create trigger append_only before update or delete or truncate on {table}
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(REFUSE_CHANGE)
    for table in ("protocol_version", "amendment"):
        op.execute(APPEND_ONLY.format(table=table))
        secure("scheduler", table, "select, insert")
        observe(table)


def downgrade() -> None:
    raise NotImplementedError("a signed version is never taken back: restore a backup instead")
