"""Virtual time for one service: the Temporal test server's clock, moved by nobody but the test."""

from datetime import datetime

import asyncpg
from google.protobuf.duration_pb2 import Duration
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, SleepRequest
from temporalio.client import Client

from shared.clock import VirtualClock


class VirtualTime:
    """The clock. It also flows by itself, as slowly as real time."""

    def __init__(self, client: Client) -> None:
        self._client, self._clock = client, VirtualClock(client)

    @classmethod
    async def of(cls, address: str) -> "VirtualTime":
        client = await Client.connect(address)
        await client.test_service.lock_time_skipping(LockTimeSkippingRequest())
        return cls(client)

    async def now(self) -> datetime:
        return await self._clock.now()

    async def move(self, to: datetime) -> None:
        """Forward to an instant; one that has passed already is no news."""
        ahead = Duration()
        ahead.FromTimedelta(to - await self.now())
        if ahead.ToTimedelta().total_seconds() > 0:
            await self._client.test_service.unlock_time_skipping_with_sleep(SleepRequest(duration=ahead))


class Rows:
    """The rows of a service that say what is under way and when it wakes next, as the observer sees them."""

    def __init__(self, database: asyncpg.Connection, schema: str) -> None:
        self._database, self._schema = database, schema

    async def next_wake(self) -> datetime | None:
        """The earliest `wake_at` of all open rows."""
        moments = [await self._database.fetchval(f"select min(wake_at) {open}") for open in await self._open_rows()]
        return min((moment for moment in moments if moment), default=None)

    async def unrest(self, now: datetime) -> list[str]:
        """What is still under way, in words: events to tell, nudges to give, rows whose watch has not acted."""
        database = self._database
        counts = {
            "events to tell": await database.fetchval("select count(*) from outbox where published_at is null"),
            "nudges to give": await database.fetchval("select count(*) from nudge"),
        }
        for open in await self._open_rows():
            counts[f"due {open}"] = await database.fetchval(f"select count(*) {open} and wake_at <= $1", now)
        return [f"{what}: {count}" for what, count in counts.items() if count]

    async def _open_rows(self) -> list[str]:
        """`from … where …` for each table that has moments: those with a column `wake_at`."""
        found = await self._database.fetch(
            """
            select table_name, bool_or(column_name = 'closed_at') as closes from information_schema.columns
            where table_schema = $1 group by table_name having bool_or(column_name = 'wake_at') order by table_name
            """,
            self._schema,
        )
        return [
            f"from {row['table_name']} where wake_at is not null{' and closed_at is null' if row['closes'] else ''}"
            for row in found
        ]
