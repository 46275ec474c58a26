"""Whatever a service forgets, PostgreSQL remembers: sites are walls, schemas are houses, runtime roles own nothing."""

import asyncpg
import pytest

from shared.events import SERVICES
from tests.contracts.provisioned import Schemas

EVERY = [pytest.param(service, id=service) for service in SERVICES]


@pytest.mark.parametrize("service", EVERY)
async def test_every_table_has_a_site_and_forces_its_rows_behind_it(schemas: Schemas, service: str) -> None:
    found = await (await schemas.admin()).fetch(
        """
        select relname, relrowsecurity and relforcerowsecurity as secured,
               exists (select from pg_attribute where attrelid = c.oid and attname = 'site' and attnotnull) as has_site
        from pg_class c where relnamespace = $1::regnamespace and relkind in ('r', 'p') and relname <> 'alembic_version'
        """,
        service,
    )
    assert len(found) >= 6
    assert [row["relname"] for row in found if not (row["secured"] and row["has_site"])] == []


@pytest.mark.parametrize("service", EVERY)
async def test_the_runtime_and_relay_roles_own_nothing_and_bypass_nothing(schemas: Schemas, service: str) -> None:
    admin = await schemas.admin()
    for role in (f"homeward_{service}", f"homeward_{service}_relay", "homeward_observer"):
        assert await admin.fetchval("select count(*) from pg_class where relowner = $1::regrole", role) == 0
        powers = "rolsuper or rolbypassrls or rolcreaterole or rolcreatedb"
        assert not await admin.fetchval(f"select {powers} from pg_roles where rolname = $1", role)
        assert not await admin.fetchval("select has_schema_privilege($1, $2, 'create')", role, service)


@pytest.mark.parametrize("service", EVERY)
async def test_a_service_has_no_right_in_another_ones_schema(schemas: Schemas, service: str) -> None:
    admin = await schemas.admin()
    for other in (name for name in SERVICES if name != service):
        for role in (f"homeward_{service}", f"homeward_{service}_relay"):
            assert not await admin.fetchval("select has_schema_privilege($1, $2, 'usage')", role, other)
            for table in await schemas.tables(other):
                any_right = "select has_table_privilege($1, $2, 'select,insert,update,delete,truncate')"
                assert not await admin.fetchval(any_right, role, f"{other}.{table}")


@pytest.mark.parametrize("service", EVERY)
async def test_without_sites_a_service_sees_nothing_and_writes_nothing(schemas: Schemas, service: str) -> None:
    await _put_an_inbox_row(schemas, service, "bc")
    runtime = await schemas.role(f"homeward_{service}")
    for sites in (None, "", "co"):
        async with runtime.transaction():
            await _name_sites(runtime, sites)
            for table in await schemas.tables(service):
                if await _may_read(schemas, service, table):
                    assert await runtime.fetchval(f"select count(*) from {service}.{table}") == 0, (table, sites)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _insert_inbox_row(runtime, service, "bc")


@pytest.mark.parametrize("service", EVERY)
async def test_a_service_sees_the_rows_of_the_sites_that_it_names(schemas: Schemas, service: str) -> None:
    await _put_an_inbox_row(schemas, service, "co")
    runtime = await schemas.role(f"homeward_{service}")
    async with runtime.transaction():
        await _name_sites(runtime, "co")
        assert {row["site"] for row in await runtime.fetch(f"select site from {service}.inbox")} == {"co"}
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with runtime.transaction():
                await _insert_inbox_row(runtime, service, "bc")


@pytest.mark.parametrize("service", EVERY)
async def test_the_relay_reads_its_outbox_and_nudges_alone(schemas: Schemas, service: str) -> None:
    admin = await schemas.admin()
    readable = [
        table
        for table in await schemas.tables(service)
        if await admin.fetchval(
            "select has_table_privilege($1, $2, 'select')", f"homeward_{service}_relay", f"{service}.{table}"
        )
    ]
    assert readable == ["nudge", "outbox"]


@pytest.mark.parametrize("service", EVERY)
async def test_a_service_may_delete_nothing_but_delivered_nudges(schemas: Schemas, service: str) -> None:
    admin = await schemas.admin()
    for table in set(await schemas.tables(service)) - {"nudge"}:
        deletes = await admin.fetchval(
            "select has_table_privilege($1, $2, 'delete')", f"homeward_{service}", f"{service}.{table}"
        )
        assert not deletes, table
    assert not await admin.fetchval(
        "select has_table_privilege($1, $2, 'update')", f"homeward_{service}", f"{service}.inbox"
    )


async def test_the_observer_sees_no_names_answers_scores_or_vitals(schemas: Schemas) -> None:
    admin = await schemas.admin()
    private = ("person", "answers", "finding", "disclosure", "vitals", "observation", "adverse_event", "measure_answer")
    seen = [
        f"{service}.{table}"
        for service in SERVICES
        for table in await schemas.tables(service)
        if await admin.fetchval("select has_table_privilege('homeward_observer', $1, 'select')", f"{service}.{table}")
    ]
    assert [table for table in seen if table.split(".")[1] in private] == []
    assert {f"{service}.{table}" for service in SERVICES for table in ("outbox", "obligation", "nudge")} <= set(seen)


async def _name_sites(connection: asyncpg.Connection, sites: str | None) -> None:
    if sites is not None:
        await connection.execute("select set_config('homeward.sites', $1, true)", sites)


async def _put_an_inbox_row(schemas: Schemas, service: str, site: str) -> None:
    runtime = await schemas.role(f"homeward_{service}")
    async with runtime.transaction():
        await _name_sites(runtime, site)
        await _insert_inbox_row(runtime, service, site)


async def _insert_inbox_row(connection: asyncpg.Connection, service: str, site: str) -> None:
    columns = "(event_id, site, type, handled_at) values (gen_random_uuid(), $1, 'example', '2027-01-04')"
    await connection.execute(f"insert into {service}.inbox {columns}", site)


async def _may_read(schemas: Schemas, service: str, table: str) -> bool:
    admin = await schemas.admin()
    may: bool = await admin.fetchval(
        "select has_table_privilege($1, $2, 'select')", f"homeward_{service}", f"{service}.{table}"
    )
    return may
