"""A database from before hashes were kept: a pin gets the content that the audit trail shows, or stays refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from embedded.endpoints import Secrets
from shared.migrations import migrate
from shared.provision import provision_roles
from tests.lib.stack import PostgresServer, provisioning_for

BEFORE = "0005"
SEEN, OTHER = "a" * 64, "b" * 64


@pytest.fixture
async def older(postgres_server: PostgresServer, folder: Path) -> AsyncIterator[tuple[asyncpg.Connection, Any]]:
    """Integration's database as it was, and the way to bring it up to date."""
    nats: Any = SimpleNamespace(url="nats://nobody.asks")
    provisioning = provisioning_for(postgres_server, nats, Secrets.load_or_create(folder))
    await provision_roles(provisioning)
    url = provisioning.admin_url(provisioning.database_name)
    await asyncio.to_thread(migrate, "integration", url, BEFORE)
    connection = await asyncpg.connect(
        host=postgres_server.host,
        port=postgres_server.port,
        user=postgres_server.user,
        password=postgres_server.password,
        database=provisioning.database_name,
        server_settings={"search_path": "integration"},
    )
    try:
        yield connection, lambda: asyncio.to_thread(migrate, "integration", url)
    finally:
        await connection.close()


async def test_a_pin_of_before_is_the_one_content_that_the_trail_shows_at_its_site(
    older: tuple[asyncpg.Connection, Any],
) -> None:
    database, bring_up_to_date = older
    people = {name: uuid4() for name in ("bc 1.0.0", "co 1.0.0", "bc 2.0.0", "bc 3.0.0")}
    for name, person in people.items():
        site, version = name.split()
        await database.execute(
            "insert into member (program_id, site, protocol_id, protocol_version, state_sequence)"
            " values ($1, $2, 'weekly6', $3, 0)",
            *(person, site, version),
        )
    await consulted(database, "bc", f"weekly6@1.0.0#{SEEN}")
    await consulted(database, "bc", f"weekly6@1.0.0#{SEEN}")
    await consulted(database, "bc", f"weekly6@2.0.0#{SEEN}")
    await consulted(database, "bc", f"weekly6@2.0.0#{OTHER}")
    await bring_up_to_date()
    rows = await database.fetch("select program_id, protocol_hash from participant")
    kept = {row["program_id"]: row["protocol_hash"] for row in rows}
    assert [kept[person] for person in people.values()] == [SEEN, None, None, None]
    forced = "select bool_and(relforcerowsecurity) from pg_class where relname = any($1)"
    assert await database.fetchval(forced, ["participant", "circle", "check_in", "measure", "risk", "audit"])


async def consulted(database: asyncpg.Connection, site: str, pin: str) -> None:
    """A row of the audit trail that shows under which content something was decided."""
    row = """
        insert into audit
            (site, position, at, actor, role, action, subjects, protocols, inputs, outcome, previous, hash)
        select $1, count(*) + 1, now(), 'session', 'homeward', 'clearance', '{}', jsonb_build_array($2::text), '',
            'accepted', '', '' from audit where site = $1
    """
    await database.execute(row, site, pin)
