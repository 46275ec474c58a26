"""One look at a Homeward that runs: whether all that was written is told, heard and watched."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from nats.aio.client import Client as Nats
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError
from sqlalchemy import text
from temporalio.client import Client as Temporal

from operations.access import OBSERVER, Addresses, schema, streams, temporal_client
from operations.discrepancies import Discrepancy, Heard, OutboxRow, Seen, StandsStill, find_discrepancies, seen_twice
from operations.stream import OnStream, dead_letters
from shared import watched_rows
from shared.events import SERVICES
from shared.events.subscriptions import HEARS
from shared.handlers import DEAD_LETTERS
from shared.relay import STREAM
from shared.watched_rows import Row

AGAIN_SECONDS = 2.0
MORE_LOOKS = 4
"""With the first two, about as long as `LATE`: a busy workflow is not faster with what is new than with what is due."""
_UNDER_WAY = text("select exists (select from outbox where published_at is null) or exists (select from nudge)")
_OUTBOX = text("select event_id, site, type, occurred_at, published_at is not null from outbox")


@dataclass
class Inspector:
    """Looks as the observer, who may change nothing."""

    addresses: Addresses
    nats: Nats
    temporal: Temporal
    on_stream: OnStream

    @classmethod
    @asynccontextmanager
    async def open(cls, addresses: Addresses, on_stream: OnStream | None = None) -> AsyncIterator[Self]:
        """Open an inspector. `on_stream`: what an earlier inspector read, which then need not be read again."""
        async with streams(addresses) as nats:
            yield cls(addresses, nats, await temporal_client(addresses), on_stream or OnStream())

    async def look(self) -> list[Discrepancy]:
        """Find what does not agree at this moment, be it only under way."""
        outboxes, rows = await read_database(self.addresses)
        missing, heard = await self._provisioned()
        kept = frozenset() if STREAM in missing else await self.on_stream.read(self.nats)
        given_up = [] if DEAD_LETTERS in missing else [letter async for letter in dead_letters(self.nats)]
        watched = await asyncio.gather(*(watched_rows.not_watched(self.temporal, name, rows[name]) for name in rows))
        not_watched = frozenset().union(*watched)
        return find_discrepancies(Seen(datetime.now(UTC), outboxes, kept, missing, rows, not_watched, heard, given_up))

    async def look_twice(self) -> list[Discrepancy]:
        """Find what does not agree at two looks; a row that stands still may be acted on, and has longer."""
        first = await self.look()
        if not first:
            return []
        found = await self._still_there(first)
        for _ in range(MORE_LOOKS):
            if not any(isinstance(discrepancy, StandsStill) for discrepancy in found):
                break
            found = await self._still_there(found)
        return found

    async def _still_there(self, found: list[Discrepancy]) -> list[Discrepancy]:
        await asyncio.sleep(AGAIN_SECONDS)
        return seen_twice(found, await self.look())

    async def is_under_way(self) -> bool:
        """Return whether the services have still to tell or to nudge somebody."""
        for service in SERVICES:
            async with schema(self.addresses, service, OBSERVER) as connection:
                if (await connection.execute(_UNDER_WAY)).scalar_one():
                    return True
        return False

    async def _provisioned(self) -> tuple[list[str], list[Heard]]:
        """Find the streams and consumers that are not there, and how far each service has heard."""
        jetstream = self.nats.jetstream(timeout=10)
        asked = [(stream, jetstream.stream_info(stream)) for stream in (STREAM, DEAD_LETTERS)]
        hearing = [service for service in SERVICES if HEARS[service]]
        asked += [(f"{STREAM}.{service}", jetstream.consumer_info(STREAM, service)) for service in hearing]
        found = await asyncio.gather(*(question for _, question in asked), return_exceptions=True)
        missing = _not_found(zip((name for name, _ in asked), found, strict=True))
        return list(missing), [_heard(info) for info in found if isinstance(info, ConsumerInfo)]


async def read_database(addresses: Addresses) -> tuple[list[OutboxRow], dict[str, list[Row]]]:
    """Read every outbox, and every row that is open or not acted on and owes no nudge, by service."""
    outboxes: list[OutboxRow] = []
    rows: dict[str, list[Row]] = {}
    for service in SERVICES:
        async with schema(addresses, service, OBSERVER) as connection:
            sent = await connection.execute(_OUTBOX)
            outboxes += [OutboxRow(service, site, type, id, at, published) for id, site, type, at, published in sent]
            rows[service] = await watched_rows.read(connection, service)
    return outboxes, rows


def _heard(info: ConsumerInfo) -> Heard:
    last = info.delivered.last_active if info.delivered else None
    return Heard(info.name, info.num_pending or 0, info.num_ack_pending or 0, last or info.created)


def _not_found(answers: Iterable[tuple[str, object]]) -> Iterable[str]:
    for name, answer in answers:
        if isinstance(answer, NotFoundError):
            yield name
        elif isinstance(answer, BaseException):
            raise answer
