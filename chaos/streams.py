"""What can be done to the program's stream, and reading all of it."""

import asyncio
import random
from dataclasses import dataclass

import asyncpg
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from uuid_utils.compat import uuid4

from chaos.system_under_test import SystemUnderTest
from operations.stream import messages
from shared.events import SERVICES, Envelope, Event, parse
from shared.events.subscriptions import HEARS
from shared.provision import provision_streams
from shared.relay import STREAM

ACKNOWLEDGE_WITHIN = 10.0
"""Seconds. Production waits sixty before it delivers again what a dead process had; a brisk week lasts ten."""
UNDER_WAY = 1.0
"""Seconds after which NATS has taken or lost what a relay had sent before its connection was ended."""
MOST_REPEATED = 60
TIMES = (1, 1, 2, 3)


@dataclass(frozen=True)
class Kept:
    """One message of the stream: its place, and what it says; None when it cannot be read."""

    place: int
    envelope: Envelope[Event] | None


async def provision(system: SystemUnderTest) -> None:
    """Whatever is missing of streams and consumers is there afterwards, as `shared.provision` would make it."""
    async with system.broker() as connection:
        jetstream = connection.jetstream(timeout=10)
        await provision_streams(jetstream)
        for service in SERVICES:
            if HEARS[service]:
                config = (await jetstream.consumer_info(STREAM, service)).config
                config.ack_wait = ACKNOWLEDGE_WITHIN
                await jetstream.add_consumer(STREAM, config)


async def repeat_some(system: SystemUnderTest, chance: random.Random) -> int:
    """A range of the stream once more, out of order, some of it several times. New ids hide it from deduplication."""
    async with system.broker() as connection:
        jetstream = connection.jetstream(timeout=10)
        last = (await jetstream.stream_info(STREAM)).state.last_seq
        first = chance.randint(1, max(last - MOST_REPEATED, 1))
        places = [
            place for place in range(first, min(first + MOST_REPEATED, last + 1)) for _ in range(chance.choice(TIMES))
        ]
        chance.shuffle(places)
        for place in places:
            await _repeat(jetstream, place)
        return len(places)


async def _repeat(jetstream: JetStreamContext, place: int) -> None:
    said = await jetstream.get_msg(STREAM, place)
    headers = dict(said.headers or {}) | {"Nats-Msg-Id": f"chaos-{uuid4()}"}
    await jetstream.publish(str(said.subject), said.data or b"", stream=STREAM, headers=headers)


async def delete_consumer(system: SystemUnderTest, service: str) -> None:
    """Somebody deletes a service's durable consumer, with all that it knew of what was acknowledged."""
    async with system.broker() as connection:
        await connection.jetstream(timeout=10).delete_consumer(STREAM, service)


async def wipe_and_refill(system: SystemUnderTest) -> int:
    """The stream is lost; it is filled again from the outboxes. No relay may mark a row meanwhile: we hold its lock."""
    async with system.database() as database, system.broker() as connection:
        for service in SERVICES:
            await _keep_relay_out(database, service)
        await asyncio.sleep(UNDER_WAY)
        await connection.jetstream(timeout=10).delete_stream(STREAM)
        rows = 0
        for service in SERVICES:
            done = await database.execute(f"update {service}.outbox set published_at = null")
            rows += int(done.split()[-1])
        await provision(system)
        return rows


async def _keep_relay_out(database: asyncpg.Connection, service: str) -> None:
    """Its connection ends, and with that its lock; ours is taken before it is back."""
    end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1"
    take = "select pg_try_advisory_lock(hashtext('homeward_relay'), hashtext($1))"
    while True:
        await database.execute(end, f"homeward_{service}_relay")
        if await database.fetchval(take, service):
            return


async def read_all(connection: Nats) -> list[Kept]:
    """Everything that the stream holds now, in its order."""
    return [_kept(message) async for message in messages(connection, STREAM)]


def _kept(message: Msg) -> Kept:
    place = message.metadata.sequence.stream
    try:
        return Kept(place, parse(message.data))
    except ValueError:
        return Kept(place, None)
