"""ONE service in this process, on a real PostgreSQL, NATS and Temporal of its own: the ground of component tests.

@pytest.fixture(scope="module")
async def intake(postgres_server):
    async with running("intake", postgres_server) as component:
        yield component

async def test_a_referral_is_told(intake):
    answer = await intake.as_("coordinator").post("/referrals", json=…)
    await intake.heard(events.intake.ReferralReceived, program_id=UUID(answer.json()["program_id"]))
"""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg
from pydantic import SecretStr

from embedded.endpoints import Secrets
from embedded.mail import MailSink
from embedded.nats import Nats
from embedded.temporal import TestServer
from shared import service as runner
from shared.auth import Issuer
from shared.events import SERVICES
from shared.migrations import ROOT, migrate
from shared.provision import Provisioning, provision_nats, provision_roles
from shared.settings import Settings
from tests.lib import servers
from tests.lib.component import Component
from tests.lib.event_tail import EventTail
from tests.lib.logged import listen
from tests.lib.peers import Peers
from tests.lib.virtual import VirtualTime

NATS_CONFIGURATION = ROOT / "deploy" / "nats" / "nats.conf"
START = datetime(2030, 1, 7, 17, tzinfo=UTC)
"""Where virtual time begins: a Monday morning at both sites."""
DATABASE_PASSWORD = "homeward-test"
"""Roles belong to the whole server, which every component of a test run shares."""


class PostgresServer(Protocol):
    host: str
    port: int
    user: str
    password: str


@asynccontextmanager
async def running(
    service: str | runner.Service,
    postgres: PostgresServer,
    *,
    at: datetime = START,
    protocols: Path = ROOT / "protocols",
    sites: Path = ROOT / "deploy" / "sites.yaml",
) -> AsyncIterator[Component]:
    """A service (by name, or as declared) with a fresh database, NATS and virtual clock, ready and idle."""
    declared: runner.Service = (
        import_module(f"services.{service}.main").SERVICE if isinstance(service, str) else service
    )
    listen()
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(servers.temporary_folder())
        secrets = Secrets.load_or_create(folder)
        nats = Nats(folder / "nats", config=NATS_CONFIGURATION, env=nats_passwords(secrets), durable=False)
        temporal, mail = TestServer(folder / "temporal"), MailSink(folder / "mail")
        for server in (nats, temporal, mail):
            await stack.enter_async_context(servers.running(server))
        time = await VirtualTime.of(temporal.address)
        await time.move(at)
        issuer = Issuer.load_or_create(folder / "issuer.json", folder / "jwks.json")

        provisioning = provisioning_for(postgres, nats, secrets)
        await provision_roles(provisioning)
        await asyncio.to_thread(migrate, declared.name, provisioning.admin_url(provisioning.database_name))
        await provision_nats(provisioning)

        settings = Settings(
            service=declared.name,
            database_host=postgres.host,
            database_port=postgres.port,
            database_name=provisioning.database_name,
            database_password=SecretStr(DATABASE_PASSWORD),
            nats_url=nats.url,
            nats_password=SecretStr(secrets.nats[declared.name]),
            temporal_address=temporal.address,
            codec_key=SecretStr(base64.b64encode(os.urandom(32)).decode()),
            jwks_file=folder / "jwks.json",
            protocols=protocols,
            sites_file=sites,
            clock="virtual",
            mail_from="care@homeward.invalid",
            public_url="https://messages.clinic.example",
            smtp_host=mail.host,
            smtp_port=mail.port,
        )
        app = runner.build(declared, settings)
        app.state.running = await stack.enter_async_context(runner.running(declared, settings))
        peers, tail = Peers(nats.url, secrets.nats), EventTail()
        stack.push_async_callback(peers.close)
        await tail.listen(await peers.user("observer"))
        component = Component(
            run=app.state.running,
            app=app,
            database=await _connect(stack, provisioning, "homeward_observer", DATABASE_PASSWORD, declared.name),
            admin=await _connect(stack, provisioning, postgres.user, postgres.password, declared.name),
            mail=mail,
            time=time,
            issuer=issuer,
            issued_at=at - timedelta(days=1),
            tail=tail,
            peers=peers,
        )
        await component.until_idle()
        yield component


def nats_passwords(secrets: Secrets) -> dict[str, str]:
    """What deploy/nats/nats.conf reads from its environment."""
    return {f"HOMEWARD_NATS_PASSWORD_{name.upper().replace('-', '_')}": secret for name, secret in secrets.nats.items()}


def provisioning_for(postgres: PostgresServer, nats: Nats, secrets: Secrets) -> Provisioning:
    """A database of its own on the shared server."""
    return Provisioning(
        database_host=postgres.host,
        database_port=postgres.port,
        database_name=f"homeward_{uuid4().hex[:12]}",
        database_admin=postgres.user,
        database_admin_password=SecretStr(postgres.password),
        nats_url=nats.url,
        nats_password_admin=SecretStr(secrets.nats["admin"]),
        **{f"database_password_{name}": SecretStr(DATABASE_PASSWORD) for name in (*SERVICES, "observer")},
    )


async def _connect(
    stack: AsyncExitStack, provisioning: Provisioning, user: str, password: str, schema: str
) -> asyncpg.Connection:
    connection = await asyncpg.connect(
        host=provisioning.database_host,
        port=provisioning.database_port,
        database=provisioning.database_name,
        user=user,
        password=password,
        server_settings={"search_path": schema, "timezone": "UTC"},
    )
    stack.push_async_callback(connection.close)
    return connection
