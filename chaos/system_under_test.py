"""The real stack with a proxy before NATS and one before PostgreSQL, and what reads all of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic

import asyncpg
import httpx
import nats
from nats.aio.client import Client as Nats
from nats.errors import Error as NatsError

from chaos import disks
from chaos.calendar import write_protocol
from chaos.disks import Disk, NoDisk
from chaos.proxy import Proxy
from embedded import ports
from embedded.services import NO_TLS, ROOT
from embedded.stack import DATABASE, Stack
from embedded.temporal import DevServer
from shared.events import SERVICES

SABOTAGE = ROOT / "chaos" / "sabotage"
ASKS_EVERY, GONE_AFTER = 5.0, 15.0
"""Seconds: how often an experiment's worker asks for work, and when one that does not is gone. In production a minute
and two; a compressed week lasts ten seconds."""
LOOK_AGAIN = 0.25
READY_WITHIN = 120.0
"""Seconds after which what is not ready again will not be: nearly twice the longest recovery seen so far."""
UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, NatsError)
"""What is raised while PostgreSQL or NATS is down: whoever looks, looks again."""


class NeverReady(Exception):
    """What was hit did not come back by itself."""


_NOT_STORED = "select " + " or ".join(
    f"exists (select from {service}.outbox where published_at is null and occurred_at < $1)" for service in SERVICES
)


@dataclass
class SystemUnderTest:
    """Everything that can be broken. The services reach NATS and PostgreSQL through `proxies`; we go past them.

    `disks` can be filled; what cannot be broken on this machine, and why, is in `left_out` by the kind of fault.
    """

    stack: Stack
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    disks: Mapping[str, Disk] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """As the superuser, who sees every row of every site."""
        connection = await asyncpg.connect(self.stack.postgres.url_for(DATABASE), server_settings={"timezone": "UTC"})
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[Nats]:
        """As the administrator, who may publish and delete whatever there is."""
        secret = self.stack.secrets.nats["admin"]
        connection = await nats.connect(
            self.stack.nats.url, user="admin", password=secret, allow_reconnect=False, error_cb=_is_raised_elsewhere
        )
        try:
            yield connection
        finally:
            with suppress(*UNREACHABLE):
                await connection.close()

    async def has_kept(self, server: str, until: datetime) -> bool:
        """Whether PostgreSQL brings to its disk what it was told, and NATS has stored whatever it was told until then.

        NATS answers everything after its disk was full, and may refuse to store anything: only the outboxes tell.
        """
        async with self.database() as database:
            if server == "postgres":
                await database.execute("checkpoint")
                return True
            return not await database.fetchval(_NOT_STORED, until)

    async def becomes_ready(self, service: str | None = None) -> float:
        """When this service, or every one, said that all it stands on answers; by the clock that runs evenly.

        Raises NeverReady, with the names of those that did not say so.
        """
        services = self.stack.services
        asked = {service: services[service]} if service else services
        async with httpx.AsyncClient(verify=NO_TLS, timeout=3) as client:
            gives_up = monotonic() + READY_WITHIN
            while waits := await _not_ready(client, {name: one.url for name, one in asked.items()}):
                if monotonic() > gives_up:
                    raise NeverReady(f"not ready after {READY_WITHIN:.0f} s: {', '.join(waits)}")
                await asyncio.sleep(LOOK_AGAIN)
        return monotonic()


async def _not_ready(client: httpx.AsyncClient, urls: Mapping[str, str]) -> list[str]:
    asked = (client.get(f"{url}/readyz") for url in urls.values())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    return [name for name, answer in zip(urls, answers, strict=True) if not _says_ready(answer)]


def _says_ready(answer: httpx.Response | BaseException) -> bool:
    return isinstance(answer, httpx.Response) and answer.status_code == 200


async def _is_raised_elsewhere(_: Exception) -> None:
    """What goes wrong is raised where it is awaited."""


@asynccontextmanager
async def standing(folder: Path, sabotage: str | None = None) -> AsyncIterator[SystemUnderTest]:
    """A system on fresh data; `sabotage` switches one protection off in its services' processes, and nowhere else."""
    proxies = {"nats": Proxy(lambda: stack.nats.port), "postgres": Proxy(lambda: stack.postgres.port)}
    env = {
        "HOMEWARD_NATS_URL": f"nats://{ports.LOOPBACK}:{proxies['nats'].port}",
        "HOMEWARD_DATABASE_PORT": str(proxies["postgres"].port),
        "HOMEWARD_BUILD_GONE_AFTER": str(GONE_AFTER),
    }
    if sabotage:
        env |= {"PYTHONPATH": f"{SABOTAGE}:{ROOT}", "CHAOS_SABOTAGE": sabotage}
    stack = Stack(folder / "data", virtual=False, protocols=write_protocol(folder / "protocols"), service_env=env)
    stack.temporal = DevServer(folder / "data" / "temporal", longest_wait=ASKS_EVERY)
    async with AsyncExitStack() as opened:
        filled, left_out = _disks(opened, stack.data)
        for proxy in proxies.values():
            await proxy.start()
            opened.push_async_callback(proxy.stop)
        yield SystemUnderTest(await opened.enter_async_context(stack), proxies, filled, left_out)


def _disks(opened: AsyncExitStack, data: Path) -> tuple[Mapping[str, Disk], Mapping[str, str]]:
    try:
        return opened.enter_context(disks.mounted(data)), {}
    except NoDisk as why:
        return {}, {"full_disk": str(why)}
