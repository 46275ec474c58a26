"""No moment of an obligation is slept through, whatever is opened, moved and closed while the watch looks.

The rows, their nudges and what the nudger concludes from them are real, on a real PostgreSQL. The watch is played by
the rules of `ObligationsWatch` (tests/workflows tries those), so that its looks, acts and answers take as long as
chance will have it.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from embedded.endpoints import Secrets
from shared import database, nudger
from shared.migrations import ROOT, migrate
from shared.obligation import Obligation, Obligations, table
from shared.protocol.library import ProtocolLibrary
from shared.provision import provision_roles
from shared.relay import connect
from shared.settings import Settings
from shared.watch import Looking, Moments
from shared.work import OpenWork, opener
from tests.lib.stack import DATABASE_PASSWORD, PostgresServer, provisioning_for

SITE = "bc"
OBLIGATIONS = Obligations("intake")
ROUNDS, HANDS, DEEDS, LOOKS = 20, 4, 2, 6
A_WHILE = 0.006
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class HandClock:
    """Goes on by what the test says."""

    at: datetime = datetime(2030, 1, 7, 17, tzinfo=UTC)

    async def now(self) -> datetime:
        return self.at


@dataclass
class PlayedWatch:
    """What the watch knows, and what is under way."""

    clock: HandClock
    open_work: OpenWork
    chance: random.Random
    wake_at: datetime | None = None
    acting: set[UUID] = field(default_factory=set)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    looking: asyncio.Task[None] | None = None
    looks: int = 0

    def note(self, moment: datetime) -> None:
        if self.wake_at is None or moment < self.wake_at:
            self.wake_at = moment
        self.wake()

    def wake(self) -> None:
        is_free = self.looking is None or self.looking.done()
        if is_free and self.wake_at and self.wake_at <= self.clock.at:
            self.looking = self._begin(self._look())

    async def told(self, moments: Moments) -> None:
        await a_while(self.chance)
        for id in moments.due:
            self._act_on(id)
        if moments.wake_at:
            self.note(moments.wake_at)

    async def _look(self) -> None:
        self.wake_at, without = None, list(self.acting)
        self.looks += 1
        await a_while(self.chance)
        async with self.open_work([SITE]) as work:
            due, next_at = await OBLIGATIONS.due(work, Looking(SITE, without, at_most=3))
        await asyncio.sleep(self.chance.uniform(0, 5 * A_WHILE))
        for id in due:
            self._act_on(id)
        self.looking = None
        if next_at:
            self.note(next_at)

    def _act_on(self, id: UUID) -> None:
        if id not in self.acting:
            self.acting.add(id)
            self._begin(self._act(id))

    async def _act(self, id: UUID) -> None:
        """Close it or put it off, as a rule does; the answer takes a while."""
        await a_while(self.chance)
        async with self.open_work([SITE]) as work:
            stands = await OBLIGATIONS.get(work, id)
            if stands.closed_at is None and stands.wake_at <= work.now:
                if self.chance.random() < 0.5:
                    await OBLIGATIONS.close(work, stands, closure="done", closed_by="homeward")
                else:
                    later = work.now + self.chance.uniform(0.5, 30) * MINUTE
                    await OBLIGATIONS.move(work, stands, wake_at=later, tell=False)
            await OBLIGATIONS.settle(work, id)
            stands = await OBLIGATIONS.get(work, id)
        await a_while(self.chance)
        self.acting.discard(id)
        if stands.closed_at is None:
            self.note(stands.wake_at)

    def _begin(self, doing: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(doing)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return task


@dataclass
class Room:
    """A service's database, its nudger's connection, and the watch of a site."""

    clock: HandClock
    open_work: OpenWork
    relay: asyncpg.Connection
    watch: PlayedWatch
    chance: random.Random
    opened: int = 0
    told: int = 0
    needless: int = 0

    async def deed(self) -> None:
        """Somebody opens, moves, closes or reopens one, in a transaction that takes a while."""
        self.clock.at += self.chance.uniform(0, 4) * SECOND
        self.watch.wake()
        async with self.open_work([SITE]) as work:
            rows = (await work.connection.execute(select(table.c.id, table.c.closed_at))).all()
            moment = work.now + self.chance.choice((0, 10, 100, 300, 600, 600, 3600)) * SECOND
            if not rows or self.chance.random() < 0.5:
                await self._open(work, moment)
            else:
                await self._change(work, self.chance.choice(rows).id, moment)
            await a_while(self.chance)

    async def _open(self, work: Any, moment: datetime) -> None:
        self.opened += 1
        item = f"{self.opened}"
        await OBLIGATIONS.open(work, site=SITE, kind="forms", item=item, owner="homeward", deadline=moment)

    async def _change(self, work: Any, id: UUID, moment: datetime) -> None:
        stands: Obligation = await OBLIGATIONS.get(work, id)
        if stands.closed_at:
            await OBLIGATIONS.reopen(work, stands, deadline=moment)
        elif self.chance.random() < 0.6:
            await OBLIGATIONS.close(work, stands, closure="done", closed_by="homeward")
        else:
            await OBLIGATIONS.move(work, stands, wake_at=moment, tell=False)

    async def nudge(self) -> int:
        """One round of the nudger; how many nudges were owed."""
        owed = await self.relay.fetch("select * from nudge order by id")
        now = await self.clock.now()
        wanted = nudger.deliveries("intake", owed, now)
        await a_while(self.chance)
        known = await nudger.needless(self.relay, "intake", wanted, now)
        for one in wanted:
            if one not in known:
                assert isinstance(one.told, Moments)
                await self.watch.told(one.told)
                self.told += 1
        self.needless += len(known)
        done = [(row["workflow_id"], row["revision"]) for one in wanted for row in one.nudges]
        await self.relay.executemany("delete from nudge where workflow_id = $1 and revision = $2", done)
        return len(owed)

    async def comes_to_rest(self) -> None:
        while await self.nudge() or self.watch.under_way:
            if self.watch.under_way:
                await asyncio.wait(set(self.watch.under_way))

    async def goes_on(self) -> None:
        """Let time pass until the watch wakes, so that it soon knows no moment but those of open rows."""
        self.clock.at = max(self.clock.at, self.watch.wake_at or self.clock.at)
        self.watch.wake()
        await self.comes_to_rest()

    async def sleeps_too_long(self) -> list[datetime]:
        """Moments that are due or ahead, and that the watch would not wake for."""
        async with self.open_work([SITE]) as work:
            wakes = (
                await work.connection.execute(text("select wake_at from obligation where closed_at is null"))
            ).all()
        return [wake_at for (wake_at,) in wakes if self.watch.wake_at is None or wake_at < self.watch.wake_at]


async def a_while(chance: random.Random) -> None:
    await asyncio.sleep(chance.choice((0, 0, chance.uniform(0, A_WHILE))))


@pytest.fixture(scope="module")
async def settings(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    nats: Any = SimpleNamespace(url="nats://nobody.asks")
    folder: Path = tmp_path_factory.mktemp("moments")
    provisioning = provisioning_for(postgres_server, nats, Secrets.load_or_create(folder))
    await provision_roles(provisioning)
    await asyncio.to_thread(migrate, "intake", provisioning.admin_url(provisioning.database_name))
    return Settings(
        service="intake",
        database_host=provisioning.database_host,
        database_port=provisioning.database_port,
        database_name=provisioning.database_name,
        database_password=SecretStr(DATABASE_PASSWORD),
        nats_password=SecretStr("-"),
        codec_key=SecretStr("-"),
        jwks_file=folder / "jwks.json",
    )


@asynccontextmanager
async def room(settings: Settings, seed: int) -> AsyncIterator[Room]:
    clock, chance, engine = HandClock(), random.Random(seed), database.engine(settings)
    open_work = opener("scheduler", engine, clock, ProtocolLibrary(ROOT / "protocols"), {})
    relay = await connect(settings)
    try:
        async with open_work([SITE]) as work:
            await work.connection.execute(text("delete from nudge"))
            await work.connection.execute(text("update obligation set closed_at = wake_at where closed_at is null"))
        yield Room(clock, open_work, relay, PlayedWatch(clock, open_work, chance), chance)
    finally:
        await relay.close()
        await engine.dispose()


@pytest.mark.parametrize("seed", range(3))
async def test_the_watch_always_wakes_for_the_earliest_of_its_rows(settings: Settings, seed: int) -> None:
    async with room(settings, seed) as here:
        here.opened = seed * 10_000
        for _ in range(ROUNDS):
            await _much_happens_at_once(here)
            await here.comes_to_rest()
            for _ in range(LOOKS):
                assert await here.sleeps_too_long() == []
                await here.goes_on()
        assert here.needless > here.told / 10
        assert here.watch.looks > ROUNDS / 3


async def _much_happens_at_once(here: Room) -> None:
    async def hand() -> None:
        for _ in range(DEEDS):
            await here.deed()
            await a_while(here.chance)

    async def nudging() -> None:
        while True:
            await here.nudge()
            await a_while(here.chance)

    nudges = asyncio.create_task(nudging())
    await asyncio.gather(*(hand() for _ in range(HANDS)))
    nudges.cancel()
    await asyncio.wait([nudges])
