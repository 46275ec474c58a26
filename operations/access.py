"""How an operator reaches a Homeward that runs: each time with the rights of the role that may do just that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import nats
from nats.aio.client import Client as Nats
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from temporalio.client import Client as Temporal

from shared import temporal

OBSERVER = "observer"


class Secrets(Protocol):
    """Passwords by name, and the key of what Temporal keeps: `embedded.endpoints.Secrets`."""

    nats: dict[str, str]
    database: dict[str, str]
    codec_key: str


class Addresses(Protocol):
    """Where a Homeward listens: `embedded.endpoints.Endpoints`."""

    postgres_host: str
    postgres_port: int
    database: str
    nats_url: str
    temporal_address: str

    @property
    def secrets(self) -> Secrets: ...

    def postgres_dsn(self, name: str) -> str: ...


@asynccontextmanager
async def schema(addresses: Addresses, service: str, role: str) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in a service's schema as the observer, who reads, or the service or its `_relay`."""
    known = OBSERVER if role == OBSERVER else service
    url = URL.create(
        "postgresql+asyncpg",
        username=f"homeward_{role}",
        password=addresses.secrets.database[known],
        host=addresses.postgres_host,
        port=addresses.postgres_port,
        database=addresses.database,
    )
    settings = {"search_path": service, "timezone": "UTC"}
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"server_settings": settings})
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def streams(addresses: Addresses, user: str = OBSERVER) -> AsyncIterator[Nats]:
    """Open a NATS connection as the observer, who reads, or as `admin`, who provisions."""
    connection = await nats.connect(
        addresses.nats_url,
        user=user,
        password=addresses.secrets.nats[user],
        inbox_prefix=f"_INBOX.{user}",
        allow_reconnect=False,
        error_cb=_be_quiet,
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _be_quiet(_: Exception) -> None:
    """Say nothing: what goes wrong is raised where it is awaited."""


async def temporal_client(addresses: Addresses) -> Temporal:
    """Return a client for Temporal's list of what runs; nothing that it keeps is read."""
    return await temporal.connect(addresses.temporal_address, "default", addresses.secrets.codec_key)
