"""One idempotent step before the services start: roles and schemas, migrations, streams and consumers.

python -m shared.provision
"""

import asyncio
from datetime import timedelta

import asyncpg
import nats
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings
from sqlalchemy import URL

from shared.events import SERVICES
from shared.events.subscriptions import HEARS
from shared.handlers import DEAD_LETTERS
from shared.migrations import migrate
from shared.relay import STREAM
from shared.settings import SOURCES

DEDUPLICATION = timedelta(minutes=10)
ACKNOWLEDGE_WITHIN = timedelta(seconds=60)


class Provisioning(BaseSettings):
    """What provisioning is told by its environment; the only place that knows administrators' passwords."""

    model_config = SOURCES

    database_host: str = Field(default="127.0.0.1", description="PostgreSQL's host")
    database_port: int = Field(default=5432, description="PostgreSQL's port")
    database_name: str = Field(default="homeward", description="The database; made if it is not there")
    database_admin: str = Field(default="postgres", description="A role that may create databases and roles")
    database_admin_password: SecretStr = Field(description="That role's password")
    database_password_intake: SecretStr = Field(description="The password to give to intake's roles")
    database_password_scheduler: SecretStr = Field(description="The same for the scheduler")
    database_password_session: SecretStr = Field(description="The same for session")
    database_password_integration: SecretStr = Field(description="The same for integration")
    database_password_notifications: SecretStr = Field(description="The same for notifications")
    database_password_observer: SecretStr = Field(description="The same for the operators' read-only role")
    nats_url: str = Field(default="nats://127.0.0.1:4222", description="The NATS server")
    nats_password_admin: SecretStr = Field(description="The NATS login that may create streams and consumers")

    def database_password(self, name: str) -> str:
        password: SecretStr = getattr(self, f"database_password_{name}")
        return password.get_secret_value()

    def admin_url(self, database: str) -> URL:
        return URL.create(
            "postgresql+asyncpg",
            username=self.database_admin,
            password=self.database_admin_password.get_secret_value(),
            host=self.database_host,
            port=self.database_port,
            database=database,
        )


async def provision_roles(settings: Provisioning) -> None:
    """The database, a schema and three roles a service: an owner without login, the runtime, the relay."""
    await _create_database(settings)
    connection = await _admin(settings, settings.database_name)
    try:
        await _role(connection, "homeward_observer", settings.database_password("observer"))
        for service in SERVICES:
            await _provision_schema(connection, service, settings.database_password(service))
    finally:
        await connection.close()


async def _admin(settings: Provisioning, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=settings.database_host,
        port=settings.database_port,
        user=settings.database_admin,
        password=settings.database_admin_password.get_secret_value(),
        database=database,
    )


async def _create_database(settings: Provisioning) -> None:
    connection = await _admin(settings, "postgres")
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", settings.database_name):
            await connection.execute(f'create database "{settings.database_name}"')
    finally:
        await connection.close()


async def _provision_schema(connection: asyncpg.Connection, service: str, password: str) -> None:
    owner, runtime, relay = f"homeward_{service}_owner", f"homeward_{service}", f"homeward_{service}_relay"
    await _role(connection, owner, None)
    await _role(connection, runtime, password)
    await _role(connection, relay, password)
    await connection.execute(f"create schema if not exists {service} authorization {owner}")
    await connection.execute(f"grant usage on schema {service} to {runtime}, {relay}, homeward_observer")


async def _role(connection: asyncpg.Connection, name: str, password: str | None) -> None:
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", name):
        await connection.execute(f"create role {name}")
    if password is not None:
        quoted = await connection.fetchval("select quote_literal($1::text)", password)
        await connection.execute(f"alter role {name} login password {quoted}")


def filter_subjects(service: str) -> list[str]:
    """What a service's durable consumer delivers: the events that it hears, at all sites."""
    return [event.subject("*") for event in HEARS[service]]


async def provision_streams(jetstream: JetStreamContext) -> None:
    """The program's stream, the dead letters' stream, a durable consumer for every service."""
    await _stream(
        jetstream,
        StreamConfig(
            name=STREAM,
            subjects=["program.internal.>", "program.public.>"],
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            duplicate_window=DEDUPLICATION.total_seconds(),
            deny_delete=True,
        ),
    )
    await _stream(jetstream, StreamConfig(name=DEAD_LETTERS, subjects=["program-dead.>"], storage=StorageType.FILE))
    for service in SERVICES:
        if HEARS[service]:
            await jetstream.add_consumer(STREAM, _consumer(service))


async def _stream(jetstream: JetStreamContext, config: StreamConfig) -> None:
    try:
        await jetstream.stream_info(str(config.name))
    except NotFoundError:
        await jetstream.add_stream(config)
    else:
        await jetstream.update_stream(config)


def _consumer(service: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=service,
        name=service,
        filter_subjects=filter_subjects(service),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACKNOWLEDGE_WITHIN.total_seconds(),
        max_deliver=-1,
        max_ack_pending=1000,
    )


async def provision_nats(settings: Provisioning) -> None:
    connection = await nats.connect(
        settings.nats_url, user="admin", password=settings.nats_password_admin.get_secret_value()
    )
    try:
        await provision_streams(connection.jetstream(timeout=10))
    finally:
        await connection.close()


async def provision(settings: Provisioning) -> None:
    """Everything, in order; running it again changes nothing."""
    await provision_roles(settings)
    for service in SERVICES:
        await asyncio.to_thread(migrate, service, settings.admin_url(settings.database_name))
    await provision_nats(settings)


if __name__ == "__main__":
    asyncio.run(provision(Provisioning()))
    print("provisioned", flush=True)
