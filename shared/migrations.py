"""How every service's schema is migrated: Alembic, as the schema's owner, one history a service."""

import asyncio
import os
from pathlib import Path
from typing import Any

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import URL, Connection, event, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

ROOT = Path(__file__).resolve().parent.parent

PLUMBING = """
create table outbox (
    id bigint generated always as identity primary key,
    event_id uuid not null unique,
    aggregate uuid not null,
    aggregate_seq integer not null,
    site text not null,
    type text not null,
    data jsonb not null,
    occurred_at timestamptz not null,
    published_at timestamptz,
    unique (aggregate, aggregate_seq)
);
create index outbox_unpublished on outbox (id) where published_at is null;
create table outbox_sequence (aggregate uuid primary key, site text not null, last integer not null);
create table inbox (
    event_id uuid primary key,
    site text not null,
    type text not null,
    handled_at timestamptz not null
);
create table nudge (
    id bigint generated always as identity,
    workflow_id text primary key,
    workflow text not null,
    site text not null,
    revision integer not null,
    wake_at timestamptz,
    open boolean not null
);
create table obligation (
    id uuid primary key,
    site text not null,
    program_id uuid,
    kind text not null,
    item text not null,
    owner text not null,
    stage text not null,
    opened_at timestamptz not null,
    deadline timestamptz not null,
    wake_at timestamptz not null,
    revision integer not null,
    changed_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    closure text,
    data jsonb not null,
    unique nulls not distinct (kind, item, program_id)
);
create index obligation_open on obligation (deadline) where closed_at is null;
"""

AUDIT = """
create table audit (
    id bigint generated always as identity primary key,
    site text not null,
    position bigint not null check (position > 0),
    at timestamptz not null,
    actor text not null,
    role text not null,
    action text not null,
    subjects jsonb not null,
    protocols jsonb not null,
    inputs text not null,
    outcome text not null check (outcome in ('accepted', 'refused')),
    rule text,
    previous text not null,
    hash text not null,
    unique (site, position),
    check ((outcome = 'refused') = (rule is not null))
);
create index audit_of_subject on audit using gin (subjects jsonb_path_ops);
create table audit_head (site text primary key, position bigint not null, hash text not null);
"""
PARTICIPANTS = """
create table participant (
    program_id uuid primary key,
    site text not null,
    state text,
    state_sequence integer not null,
    cohort_id uuid,
    zone text,
    seat_sequence integer not null,
    protocol_id text,
    protocol_version text,
    protocol_hash text,
    protocol_sequence integer not null
);
create index participant_of_cohort on participant (cohort_id);
"""
REFUSE_CHANGE = """
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
"""


def create_plumbing(service: str) -> None:
    """Create the tables that every service has: outbox, inbox, nudges, obligations."""
    op.execute(PLUMBING)
    for table in ("outbox", "obligation"):
        secure(service, table, "select, insert, update")
    secure(service, "outbox_sequence", "select, insert, update", sites="true")
    secure(service, "inbox", "select, insert")
    secure(service, "nudge", "select, insert, update, delete")
    for table, rights in (("outbox", "select, update"), ("nudge", "select, delete")):
        op.execute(f"grant {rights} on {table} to homeward_{service}_relay")
        op.execute(f"create policy relay on {table} to homeward_{service}_relay using (true) with check (true)")
    for table in ("outbox", "inbox", "nudge", "obligation"):
        observe(table)


def create_audit(service: str) -> None:
    """Create the audit trail: rows that nobody may change, the owner included, and the head of each site's chain."""
    op.execute(AUDIT)
    append_only(service, "audit")
    secure(service, "audit_head", "select, insert, update")
    for table in ("audit", "audit_head"):
        observe(table)


def create_command_keys(service: str) -> None:
    """Create the keys under which commands were carried out."""
    op.execute(
        "create table command_key (site text, actor text, key text, request text not null, at timestamptz not null,"
        " primary key (site, actor, key))"
    )
    secure(service, "command_key", "select, insert")


def watch_by_site(service: str) -> None:
    """Obligations are looked at by site in the order of their moments; the nudger sees those moments, and no more."""
    op.execute("create index obligation_wakes on obligation (site, wake_at) where closed_at is null")
    op.execute(f"grant select (id, site, wake_at, closed_at) on obligation to homeward_{service}_relay")
    op.execute(f"create policy relay on obligation for select to homeward_{service}_relay using (true)")


KEYS_OF_AN_ACTOR = """
delete from command_key a using command_key b
    where a.actor = b.actor and a.key = b.key and (a.at, a.site) > (b.at, b.site);
alter table command_key drop constraint command_key_pkey, add primary key (actor, key),
    alter column site set not null, add column status smallint, add column answer bytea;
create index command_key_answered on command_key (at) where answer is not null;
"""


def keep_answers_of_commands(service: str) -> None:
    """Make a key its actor's at whatever sites they act for, with what the command was answered (encrypted)."""
    op.execute(KEYS_OF_AN_ACTOR)
    own = "actor = current_setting('homeward.actor', true)"
    op.execute(f"create policy by_actor on command_key to homeward_{service} using ({own}) with check ({own})")
    op.execute(f"grant update (status, answer) on command_key to homeward_{service}")


def create_participants(service: str, moved: str = "") -> None:
    """Create the participants that a service keeps, whom `moved` brings from the table in which it kept them before.

    It runs before the table is behind row-level security: the owner is bound by it as well, and no policy shows it a
    row.
    """
    op.execute(PARTICIPANTS + moved)
    secure(service, "participant", "select, insert, update")


def append_only(service: str, table: str) -> None:
    """Let rows be added and stay: by the rights of the runtime role, and by a trigger that binds everybody."""
    secure(service, table, "select, insert")
    op.execute(REFUSE_CHANGE)
    op.execute(
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change()"
    )


NAMED_SITES = "site = any (string_to_array(current_setting('homeward.sites', true), ','))"


def secure(service: str, table: str, rights: str, *, sites: str = NAMED_SITES) -> None:
    """Row-level security by site: the runtime role sees what its transaction names; naming nothing shows nothing.

    Only the counters of `outbox_sequence` belong to no site: a person who changes sites keeps their order.
    """
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy by_site on {table} to homeward_{service} using ({sites}) with check ({sites})")
    op.execute(f"grant {rights} on {table} to homeward_{service}")


def observe(table: str) -> None:
    """Let the observer (the ledger, the rehearsal's driver) read a table; never one that holds names or answers."""
    op.execute(f"grant select on {table} to homeward_observer")
    op.execute(f"create policy observer on {table} for select to homeward_observer using (true)")


def run_environment(service: str) -> None:
    """Run the body of every service's `migrations/env.py`."""
    asyncio.run(_migrate(service))


async def _migrate(service: str) -> None:
    engine = create_async_engine(os.environ["HOMEWARD_ADMIN_DATABASE_URL"], poolclass=pool.NullPool)
    event.listen(engine.sync_engine, "do_execute", _run_script)
    async with engine.connect() as connection:
        await connection.execute(text(f"set role homeward_{service}_owner"))
        await connection.execute(text(f"set search_path to {service}"))
        await connection.commit()
        await connection.run_sync(_run)
    await engine.dispose()


def _run_script(_cursor: Any, statement: str, _parameters: Any, execution: Any) -> bool:
    """Run a migration that may say many statements at once; asyncpg takes that only where it prepares nothing."""
    if ";" not in statement.rstrip().removesuffix(";"):
        return False
    execution.root_connection.connection.dbapi_connection.run_async(lambda driver: driver.execute(statement))
    return True


def _run(connection: Connection) -> None:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


def migrate(service: str, admin_url: URL, to: str = "head") -> None:
    """Bring one service's schema to its newest revision, or to an older one."""
    os.environ["HOMEWARD_ADMIN_DATABASE_URL"] = admin_url.render_as_string(hide_password=False)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "services" / service / "migrations"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)
