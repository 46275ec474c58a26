"""The database of a backup: one instant of it, dumped by `pg_dump` and put back by `pg_restore`.

As PostgreSQL's administrator: row-level security shows everything to nobody else.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from embedded import binaries
from embedded.errors import EmbeddedError
from operations.backup.manifest import Snapshot
from shared.events import SERVICES

_TABLES = "select schemaname, tablename from pg_tables where schemaname = any($1) order by 1, 2"
_PEOPLE = "select state, count(*) from scheduler.program group by state order by state"
_PROTOCOLS = "select distinct protocol_id || '@' || protocol_version, protocol_hash from scheduler.cohort"


@dataclass(frozen=True)
class Admin:
    """PostgreSQL's administrator, and the database that is meant."""

    host: str
    port: int
    password: str
    database: str
    user: str = "postgres"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, database=self.database
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def tool(self, name: str, *arguments: str | Path) -> None:
        """Runs one of PostgreSQL's own programs; the password is on no command line."""
        program = binaries.postgres_bin(None) / name
        if not program.exists():
            raise EmbeddedError(f"{program} is missing: let PG_BIN name a PostgreSQL with its client programs.")
        where = ("--host", self.host, "--port", str(self.port), "--username", self.user, "--no-password")
        process = await asyncio.create_subprocess_exec(
            program,
            *(*where, "--dbname", self.database, *arguments),
            env=os.environ | {"PGPASSWORD": self.password},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        if process.returncode:
            raise EmbeddedError(f"{name} failed: {said.decode(errors='replace').strip()}")


async def dump(admin: Admin, file: Path) -> Snapshot:
    """Dump one instant of the database, and say what it held at that very instant."""
    async with admin.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        instant = await connection.fetchval("select pg_export_snapshot()")
        snapshot = await snapshot_of(connection)
        await admin.tool("pg_dump", "--format=custom", f"--snapshot={instant}", "--file", file)
    return snapshot


async def put_back(admin: Admin, file: Path) -> None:
    """Everything or nothing, into schemas that are empty."""
    await admin.tool("pg_restore", "--clean", "--if-exists", "--single-transaction", "--exit-on-error", file)


async def snapshot_of(connection: asyncpg.Connection) -> Snapshot:
    """What the database holds, as this connection sees it."""
    tables = await connection.fetch(_TABLES, SERVICES)
    rows = {f"{schema}.{name}": await connection.fetchval(_count(schema, name)) for schema, name in tables}
    revisions = {
        service: await connection.fetchval(f"select string_agg(version_num, ' ') from {service}.alembic_version")
        for service in SERVICES
    }
    people = _pairs(await connection.fetch(_PEOPLE))
    return Snapshot(
        tables=rows, revisions=revisions, people=people, protocols=_pairs(await connection.fetch(_PROTOCOLS))
    )


def _count(schema: str, name: str) -> str:
    return f'select count(*) from "{schema}"."{name}"'


def _pairs(rows: Sequence[asyncpg.Record]) -> dict[str, object]:
    return {row[0]: row[1] for row in rows}
