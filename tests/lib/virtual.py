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

    settled: tuple[str, ...] = ()
    """Tables that must also have drawn the consequences of what their open rows know."""

    def __init__(self, database: asyncpg.Connection, schema: str) -> None:
        self._database, self._schema = database, schema
        self._waiting: list[str] = []

    async def next_wake(self) -> datetime | None:
        """The earliest `wake_at` of all open rows."""
        moments = " union all ".join(f"select min(wake_at) as moment {open}" for open in await self._open_rows())
        return await self._database.fetchval(f"select min(moment) from ({moments}) as every")

    async def unrest(self, now: datetime) -> list[str]:
        """What is still under way, in words: events to tell, nudges to give, rows whose watch has not acted."""
        looks = ["from outbox where published_at is null", "from nudge"]
        looks += [f"from {table} where settled_revision < revision" for table in self.settled]
        looks += [f"{open} and wake_at <= $1" for open in await self._open_rows()]
        every = " union all ".join(f"select '{look}' as what, count(*) as many {look}" for look in looks)
        found = await self._database.fetch(f"select * from ({every}) as every where many > 0", now)
        return [f"{row['many']} {row['what']}" for row in found]

    async def _open_rows(self) -> list[str]:
        """`from … where …` for each table that has moments: those with a column `wake_at`."""
        self._waiting = self._waiting or [
            f"from {row['table_name']} where wake_at is not null{' and closed_at is null' if row['closes'] else ''}"
            for row in await self._database.fetch(
                """
                select table_name, bool_or(column_name = 'closed_at') as closes from information_schema.columns
                where table_schema = $1 group by table_name having bool_or(column_name = 'wake_at') order by table_name
                """,
                self._schema,
            )
        ]
        return self._waiting
