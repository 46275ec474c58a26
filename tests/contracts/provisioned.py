"""PostgreSQL and NATS as provisioning leaves them, seen with the eyes of each role."""

import asyncio
from dataclasses import dataclass, field

import asyncpg
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.events import SERVICES
from shared.migrations import migrate
from shared.provision import Provisioning, provision_roles, provision_streams
from tests.lib.stack import DATABASE_PASSWORD

SECONDS = 5.0


async def migrate_all(provisioning: Provisioning) -> None:
    await provision_roles(provisioning)
    for service in SERVICES:
        await asyncio.to_thread(migrate, service, provisioning.admin_url(provisioning.database_name))


@dataclass
class Schemas:
    """Connections to the provisioned database, one for each role asked for."""

    provisioning: Provisioning
    _connections: dict[str, asyncpg.Connection] = field(default_factory=dict)

    async def admin(self) -> asyncpg.Connection:
        return await self._as(
            self.provisioning.database_admin, self.provisioning.database_admin_password.get_secret_value()
        )

    async def role(self, name: str) -> asyncpg.Connection:
        """For example `homeward_intake`."""
        return await self._as(name, DATABASE_PASSWORD)

    async def _as(self, user: str, password: str) -> asyncpg.Connection:
        if user not in self._connections:
            self._connections[user] = await asyncpg.connect(
                host=self.provisioning.database_host,
                port=self.provisioning.database_port,
                database=self.provisioning.database_name,
                user=user,
                password=password,
            )
        return self._connections[user]

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    async def tables(self, service: str) -> list[str]:
        """Every table of a service but Alembic's own note of the revision."""
        found = await (await self.admin()).fetch(
            "select tablename from pg_tables where schemaname = $1 and tablename <> 'alembic_version' order by 1",
            service,
        )
        return [row["tablename"] for row in found]


class Login:
    """One user's connection, and what the server refused it."""

    def __init__(self, connection: Client, refusals: "asyncio.Queue[str]") -> None:
        self.connection, self._refusals = connection, refusals

    async def refusal(self) -> str:
        """The server's next refusal; fails when it refuses nothing."""
        return await asyncio.wait_for(self._refusals.get(), SECONDS)

    async def nothing_refused(self) -> bool:
        """The server has answered all that was sent, and refused none of it."""
        await self.connection.flush()
        return self._refusals.empty()


@dataclass
class Wire:
    """A nats-server and its users."""

    url: str
    passwords: dict[str, str]
    _logins: list[Client] = field(default_factory=list)

    async def login(self, user: str, inbox: str | None = None) -> Login:
        refusals: asyncio.Queue[str] = asyncio.Queue()

        async def note(error: Exception) -> None:
            if isinstance(error, NatsError):
                refusals.put_nowait(str(error))

        connection = await nats.connect(
            self.url, user=user, password=self.passwords[user], inbox_prefix=inbox or f"_INBOX.{user}", error_cb=note
        )
        self._logins.append(connection)
        return Login(connection, refusals)

    async def provision(self) -> None:
        await provision_streams((await self.login("admin")).connection.jetstream())

    async def close(self) -> None:
        for connection in self._logins:
            await connection.close()
