"""The relay: publishes a service's outbox to JetStream, in order per aggregate, and marks what was stored."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog
from nats.js import JetStreamContext
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from shared.clock import Clock
from shared.database import session_settings
from shared.events import CATALOGUE, CONTENT_TYPE, wrap
from shared.outbox import CHANNEL
from shared.settings import Settings

BATCH = 500
POLL_SECONDS = 1.0
ANSWER_SECONDS = 5.0
STREAM = "PROGRAM"
log = structlog.get_logger()
published = Counter("homeward_events_published_total", "Events that JetStream has stored", ["service"])
waiting = Gauge("homeward_outbox_waiting", "Events of the last batch that are not stored yet", ["service"])

_unpublished = """
    select id, event_id, aggregate, aggregate_seq, site, type, data, occurred_at
    from outbox where published_at is null and aggregate <> all($2) order by id limit $1
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One event as it goes out: `row` is the outbox row's id."""

    row: int
    aggregate: UUID
    subject: str
    payload: bytes
    headers: dict[str, str]


async def connect(settings: Settings) -> asyncpg.Connection:
    """A dedicated connection of the relay's own role: it sees every site's outbox and nothing else."""
    return await asyncpg.connect(
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
        user=f"homeward_{settings.service}_relay",
        password=settings.database_password.get_secret_value(),
        server_settings=session_settings(settings.service),
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
        unreadable: set[UUID] = set()
        while True:
            rows = await connection.fetch(_unpublished, BATCH, list(unreadable))
            messages = readable(rows, unreadable)
            waiting.labels(settings.service).set(len(rows) + len(unreadable))
            stored = await publish(jetstream, messages)
            if stored:
                await mark(connection, stored, await clock.now())
                published.labels(settings.service).inc(len(stored))
            left = len(messages) - len(stored)
            if left:
                log.warning("outbox.not_stored", service=settings.service, events=left)
            if left or len(rows) < BATCH:
                await hinted(hint, POLL_SECONDS)
    finally:
        connection.terminate()


def readable(rows: Iterable[asyncpg.Record], unreadable: set[UUID]) -> list[Message]:
    """What these rows tell. An event that a newer build wrote holds back what follows it about the same aggregate,
    which joins the `unreadable` ones, and nobody else."""
    messages: list[Message] = []
    for row in rows:
        if row["aggregate"] in unreadable:
            continue
        try:
            messages.append(_message(row))
        except (KeyError, ValidationError) as error:
            unreadable.add(row["aggregate"])
            log.error("outbox.not_readable", event_id=str(row["event_id"]), type=row["type"], why=type(error).__name__)
    return messages


def _message(row: asyncpg.Record) -> Message:
    event = CATALOGUE[row["type"]].model_validate(json.loads(row["data"]))
    envelope = wrap(event, id=row["event_id"], site=row["site"], sequence=row["aggregate_seq"], time=row["occurred_at"])
    headers = {"Nats-Msg-Id": str(row["event_id"]), "Content-Type": CONTENT_TYPE}
    return Message(
        row["id"], row["aggregate"], event.subject(row["site"]), envelope.model_dump_json().encode(), headers
    )


async def publish(jetstream: JetStreamContext, messages: Iterable[Message]) -> list[int]:
    """Publish messages; returns the ids of the rows that JetStream acknowledged.

    They go in waves, one event of each aggregate a wave: a later event never overtakes a failed one.
    """
    lines: dict[UUID, list[Message]] = defaultdict(list)
    for message in messages:
        lines[message.aggregate].append(message)
    stored: list[int] = []
    while lines:
        acknowledged = set(await _publish_wave(jetstream, [line[0] for line in lines.values()]))
        stored += acknowledged
        lines = {about: line[1:] for about, line in lines.items() if line[0].row in acknowledged and len(line) > 1}
    return stored


async def _publish_wave(jetstream: JetStreamContext, messages: Iterable[Message]) -> list[int]:
    """What is not acknowledged in time is forgotten by the client, too: it lets only so many be in flight."""
    sent = {
        message.row: await jetstream.publish_async(
            message.subject, message.payload, stream=STREAM, headers=message.headers
        )
        for message in messages
    }
    if sent:
        await asyncio.wait(sent.values(), timeout=ANSWER_SECONDS)
    for future in sent.values():
        future.cancel()
    return [row for row, future in sent.items() if not future.cancelled() and future.exception() is None]


async def mark(connection: asyncpg.Connection, ids: Sequence[int], now: datetime) -> None:
    await connection.execute("update outbox set published_at = $2 where id = any($1)", ids, now)
