"""What a service's storage believes about its tables is what its migrations made."""

from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine

from shared import obligation
from shared.events import SERVICES
from shared.events.subscriptions import HEARS, PARTICIPANTS
from shared.projection import participants
from tests.contracts.provisioned import Schemas

KEEPERS = {service for service, heard in HEARS.items() if set(PARTICIPANTS) <= set(heard)}
"""Who keeps participants."""


@pytest.mark.parametrize("service", SERVICES)
async def test_storage_and_migrations_agree_on_every_table(schemas: Schemas, service: str) -> None:
    engine = create_async_engine(schemas.provisioning.admin_url(schemas.provisioning.database_name))
    try:
        async with engine.connect() as connection:
            migrated = await connection.run_sync(_columns, service)
    finally:
        await engine.dispose()
    believed: MetaData = import_module(f"services.{service}.storage.tables").metadata
    assert believed.tables
    keeps = {participants.table} if service in KEEPERS else set()
    for table in (*believed.tables.values(), obligation.table, *keeps):
        assert _believed(table) == migrated[table.name], table.name


def _columns(connection: Connection, service: str) -> dict[str, dict[str, str]]:
    inspector = inspect(connection)
    return {
        table: {column["name"]: _type(column["type"]) for column in inspector.get_columns(table, schema=service)}
        for table in inspector.get_table_names(schema=service)
    }


def _believed(table: Table) -> dict[str, str]:
    return {column.name: _type(column.type) for column in table.columns}


def _type(kind: Any) -> str:
    return str(kind.compile(dialect=postgresql.dialect()))
