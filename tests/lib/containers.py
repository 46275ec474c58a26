"""PostgreSQL and NATS as containers, for whoever sets HOMEWARD_TEST_SERVERS=containers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

# PostgreSQL's image starts once to make its database, and once more to serve: only then it listens on TCP.
SERVING = re.compile(r"listening on IPv4 address[\s\S]*ready to accept connections")


@asynccontextmanager
async def container(image: DockerContainer, ready: str | re.Pattern[str]) -> AsyncIterator[DockerContainer]:
    image.waiting_for(LogMessageWaitStrategy(ready))
    await asyncio.to_thread(image.start)
    try:
        yield image
    finally:
        await asyncio.to_thread(image.stop)


@dataclass(frozen=True)
class PostgresInAContainer:
    """As much of `embedded.postgres.Postgres` as tests use."""

    host: str
    port: int
    user: str = "postgres"
    password: str = "homeward"

    @property
    def url(self) -> str:
        return self.url_for("postgres")

    def url_for(self, database: str, user: str = "", password: str = "", *, driver: str = "postgresql") -> str:
        name, secret = (user, password) if user else (self.user, self.password)
        return f"{driver}://{quote(name, safe='')}:{quote(secret, safe='')}@{self.host}:{self.port}/{database}"


@asynccontextmanager
async def postgres_container() -> AsyncIterator[PostgresInAContainer]:
    image = DockerContainer("postgres:18").with_env("POSTGRES_PASSWORD", "homeward").with_exposed_ports(5432)
    async with container(image, SERVING) as postgres:
        yield PostgresInAContainer(postgres.get_container_host_ip(), int(postgres.get_exposed_port(5432)))


@dataclass(frozen=True)
class NatsInAContainer:
    """As much of `embedded.nats.Nats` as tests use."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"nats://{self.host}:{self.port}"


@asynccontextmanager
async def nats_container() -> AsyncIterator[NatsInAContainer]:
    image = DockerContainer("nats:2.12").with_command("-js").with_exposed_ports(4222)
    async with container(image, "Server is ready") as nats:
        yield NatsInAContainer(nats.get_container_host_ip(), int(nats.get_exposed_port(4222)))
