"""The relay: publishes a service's outbox to JetStream, in order per aggregate, and marks what was stored."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

import asyncpg
import structlog
from nats.js import JetStreamContext
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from shared.clock import Clock
from shared.events import CATALOGUE, CONTENT_TYPE, seal
from shared.outbox import CHANNEL
from shared.settings import Settings

BATCH = 500
POLL_SECONDS = 1.0
STREAM = "PROGRAM"
log = structlog.get_logger()
published = Counter("homeward_events_published_total", "Events that JetStream has stored", ["service"])
waiting = Gauge("homeward_outbox_waiting", "Events of the last batch that are not stored yet", ["service"])

_unpublished = """
    select id, event_id, aggregate, aggregate_seq, site, type, data, occurred_at
    from outbox where published_at is null order by id limit $1
"""


async def connect(settings: Settings) -> asyncpg.Connection:
    """A dedicated connection of the relay's own role: it sees every site's outbox and nothing else."""
    return await asyncpg.connect(
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
        user=f"homeward_{settings.service}_relay",
        password=settings.database_password.get_secret_value(),
        server_settings={"search_path": settings.service, "timezone": "UTC"},
    )


async def listen(connection: asyncpg.Connection, channel: str) -> asyncio.Event:
    """An event that is set at each hint on the channel. A hint is only a hint: poll as well."""
    hint = asyncio.Event()
    await connection.add_listener(channel, lambda _connection, _pid, _channel, _payload: hint.set())
    return hint


async def hinted(hint: asyncio.Event, seconds: float) -> None:
    """Wait for a hint, or for the time to look anyway."""
    with suppress(TimeoutError):
        await asyncio.wait_for(hint.wait(), seconds)
    hint.clear()


async def run(settings: Settings, jetstream: JetStreamContext, clock: Clock) -> None:
    """Relay until the connection is lost (then raise: the advisory lock went with it) or cancelled."""
    connection = await connect(settings)
    try:
        hint = await listen(connection, CHANNEL)
        await connection.execute("select pg_advisory_lock(hashtext('homeward_relay'), hashtext($1))", settings.service)
        while True:
            rows = await connection.fetch(_unpublished, BATCH)
            waiting.labels(settings.service).set(len(rows))
            stored = await publish(jetstream, rows)
            if stored:
                await mark(connection, stored, await clock.now())
                published.labels(settings.service).inc(len(stored))
            left = len(rows) - len(stored)
            if left:
                log.warning("outbox.not_stored", service=settings.service, events=left)
            if left or len(rows) < BATCH:
                await hinted(hint, POLL_SECONDS)
    finally:
        connection.terminate()


async def publish(jetstream: JetStreamContext, rows: Sequence[asyncpg.Record]) -> list[int]:
    """Publish rows; returns the ids that JetStream acknowledged.

    Rows go in waves, one event of each aggregate a wave: a later event never overtakes one that failed, or that
    this build cannot read.
    """
    lines: dict[object, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        lines[row["aggregate"]].append(row)
    stored: list[int] = []
    while lines:
        heads = [line[0] for line in lines.values()]
        acknowledged = set(await _publish_wave(jetstream, heads))
        stored += acknowledged
        lines = {
            aggregate: line[1:] for aggregate, line in lines.items() if line[0]["id"] in acknowledged and len(line) > 1
        }
    return stored


async def _publish_wave(jetstream: JetStreamContext, rows: Iterable[asyncpg.Record]) -> list[int]:
    sent = {
        row["id"]: await jetstream.publish_async(*message, headers=_headers(row), stream=STREAM)
        for row in rows
        if (message := _message(row))
    }
    if sent:
        await asyncio.wait(sent.values(), timeout=5)
    return [
        id for id, future in sent.items() if future.done() and not future.cancelled() and future.exception() is None
    ]


def _message(row: asyncpg.Record) -> tuple[str, bytes] | None:
    """None: a newer build wrote this event, and this one does not know it."""
    try:
        event = CATALOGUE[row["type"]].model_validate(json.loads(row["data"]))
    except (KeyError, ValidationError) as error:
        log.error("outbox.not_readable", event_id=str(row["event_id"]), type=row["type"], why=type(error).__name__)
        return None
    envelope = seal(event, id=row["event_id"], site=row["site"], sequence=row["aggregate_seq"], time=row["occurred_at"])
    return event.subject(row["site"]), envelope.model_dump_json().encode()


def _headers(row: asyncpg.Record) -> dict[str, str]:
    return {"Nats-Msg-Id": str(row["event_id"]), "Content-Type": CONTENT_TYPE}


async def mark(connection: asyncpg.Connection, ids: Sequence[int], now: datetime) -> None:
    await connection.execute("update outbox set published_at = $2 where id = any($1)", ids, now)
