"""How fast events leave: `python -m benchmarks.relay`.

The relay's throughput beside nats-py's own `publish_async` of the same messages to the same stream in the same run, and
the time from the commit of a change until a subscriber holds its event; with JetStream's `sync_interval: always` (as
Homeward runs it) and without. PostgreSQL and nats-server are the real ones, on a disk.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DeliverPolicy
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from embedded.account import fresh_folder
from embedded.nats import Nats
from embedded.postgres import Postgres
from shared import database, outbox, relay
from shared.clock import RealClock
from shared.events import SERVICES, wrap
from shared.events.scheduler import PhaseChanged
from shared.migrations import migrate
from shared.outbox import Emitted
from shared.provision import Provisioning, provision_roles, provision_streams
from shared.settings import Settings

SERVICE, SITE = "scheduler", "bc"
EVENTS, AGGREGATES, ROUNDS, TIMED = 10_000, 1_000, 3, 300
NOBODY = SecretStr("benchmark")

_fill = """
    insert into scheduler.outbox (event_id, aggregate, aggregate_seq, site, type, data, occurred_at)
    select gen_random_uuid(), program, $2, $3, $4, jsonb_set($5::jsonb, '{program_id}', to_jsonb(program)), $6
    from unnest($1::uuid[]) as program
"""
_left = "select exists (select from scheduler.outbox where published_at is null)"


@asynccontextmanager
async def stream(folder: Path, *, durable: bool) -> AsyncIterator[JetStreamContext]:
    """nats-server with the program's stream."""
    server = Nats(folder, durable=durable)
    await server.start()
    connection = await nats.connect(server.url)
    try:
        jetstream = connection.jetstream(timeout=30)
        await provision_streams(jetstream)
        yield jetstream
    finally:
        await connection.close()
        await server.stop()


@asynccontextmanager
async def provisioned(folder: Path) -> AsyncIterator[tuple[Settings, asyncpg.Connection]]:
    """PostgreSQL with the scheduler's schema, and a superuser's connection that fills and reads its outbox."""
    postgres = Postgres(folder)
    await postgres.start()
    passwords: dict[str, Any] = {f"database_password_{name}": NOBODY for name in (*SERVICES, "observer")}
    provisioning = Provisioning(
        database_host=postgres.host,
        database_port=postgres.port,
        database_admin_password=SecretStr(postgres.password),
        nats_password_admin=NOBODY,
        **passwords,
    )
    await provision_roles(provisioning)
    await asyncio.to_thread(migrate, SERVICE, provisioning.admin_url(provisioning.database_name))
    settings = Settings(
        service=SERVICE,
        database_host=postgres.host,
        database_port=postgres.port,
        database_password=NOBODY,
        nats_password=NOBODY,
        codec_key=NOBODY,
        jwks_file=folder / "none",
    )
    admin = await asyncpg.connect(postgres.url_for(provisioning.database_name))
    try:
        yield settings, admin
    finally:
        await admin.close()
        await postgres.stop()


def event(program_id: UUID) -> PhaseChanged:
    return PhaseChanged(program_id=program_id, cohort_id=program_id, phase="dosing")


async def fill(admin: asyncpg.Connection) -> None:
    """An outbox full of events of many programs, one of each after the other, as after a time without NATS."""
    programs = [uuid4() for _ in range(AGGREGATES)]
    one = event(programs[0])
    data = json.dumps(one.model_dump(mode="json"))
    for sequence in range(1, EVENTS // AGGREGATES + 1):
        await admin.execute(_fill, programs, sequence, SITE, one.event_type(), data, datetime.now(UTC))


async def relayed(settings: Settings, admin: asyncpg.Connection, jetstream: JetStreamContext) -> float:
    """Events a second until the outbox is stored and marked."""
    await fill(admin)
    began = perf_counter()
    async with running(settings, jetstream):
        while await admin.fetchval(_left):  # noqa: ASYNC110 (nobody tells when an outbox is empty)
            await asyncio.sleep(0.02)
    return EVENTS / (perf_counter() - began)


@asynccontextmanager
async def running(settings: Settings, jetstream: JetStreamContext) -> AsyncIterator[None]:
    relaying = asyncio.create_task(relay.run(settings, jetstream, RealClock()))
    try:
        yield
    finally:
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying


async def published(jetstream: JetStreamContext) -> float:
    """Messages a second of nats-py alone: the same messages, ready in memory, as many at once as the relay sends."""
    messages = [_message() for _ in range(EVENTS)]
    began = perf_counter()
    for start in range(0, EVENTS, relay.BATCH):
        batch = messages[start : start + relay.BATCH]
        sent = [
            await jetstream.publish_async(subject, payload, headers={"Nats-Msg-Id": id}, stream=relay.STREAM)
            for subject, payload, id in batch
        ]
        await asyncio.gather(*sent)
    return EVENTS / (perf_counter() - began)


def _message() -> tuple[str, bytes, str]:
    one, id = event(uuid4()), uuid4()
    sealed = wrap(one, id=id, site=SITE, sequence=1, time=datetime.now(UTC))
    return one.subject(SITE), sealed.model_dump_json().encode(), str(id)


async def delays(settings: Settings, jetstream: JetStreamContext) -> list[float]:
    """Milliseconds from each commit until a subscriber holds the event, once the first has come through."""
    heard: asyncio.Queue[float] = asyncio.Queue()

    async def hear(_: Msg) -> None:
        heard.put_nowait(perf_counter())

    subscription = await jetstream.subscribe(
        "program.>", stream=relay.STREAM, cb=hear, deliver_policy=DeliverPolicy.NEW
    )
    engine, took = database.engine(settings), []
    async with running(settings, jetstream):
        for _ in range(1 + TIMED):
            async with database.transaction(engine, [SITE]) as connection:
                await outbox.write(connection, [Emitted(event(uuid4()), SITE, datetime.now(UTC))])
            committed = perf_counter()
            took.append(1000 * (await heard.get() - committed))
    await subscription.unsubscribe()
    await engine.dispose()
    return took[1:]


async def measure(folder: Path, settings: Settings, admin: asyncpg.Connection, *, durable: bool) -> tuple[str, ...]:
    async with stream(folder, durable=durable) as jetstream:
        alone, ours = [], []
        for _ in range(ROUNDS):
            alone.append(await published(jetstream))
            ours.append(await relayed(settings, admin, jetstream))
        percent = quantiles(await delays(settings, jetstream), n=100)
    floor, speed = sorted(alone)[ROUNDS // 2], sorted(ours)[ROUNDS // 2]
    sync = "always" if durable else "every 2 min"
    return sync, f"{floor:,.0f}", f"{speed:,.0f}", f"{speed / floor:.2f}", f"{percent[49]:.1f}", f"{percent[98]:.1f}"


async def main() -> None:
    console, folder = Console(highlight=False), fresh_folder("homeward-benchmark-")
    table = Table("sync", "nats-py msg/s", "relay events/s", "ratio", "commit → heard p50 ms", "p99 ms", title="Relay")
    try:
        async with provisioned(folder / "postgres") as (settings, admin):
            for durable in (True, False):
                table.add_row(*await measure(folder / f"nats-{durable}", settings, admin, durable=durable))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console.print(f"{EVENTS:,} events of {AGGREGATES:,} programs, median of {ROUNDS}; {TIMED} commits; {sys.platform}")
    console.print(table)


if __name__ == "__main__":
    asyncio.run(main())
