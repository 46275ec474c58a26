"""A service dies in the middle of a batch of its relay: afterwards every event is on the stream, once and in order."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from embedded.stack import DATABASE
from shared import database, outbox
from shared.clock import RealClock
from shared.events import intake
from shared.outbox import Emitted
from tests.faults.system_under_test import SITE, Kept, SystemUnderTest, frozen

PEOPLE, EACH = 40, 10
ROWS = PEOPLE * EACH


async def write_a_batch(system: SystemUnderTest) -> list[UUID]:
    """Some hundred events of forty programs, in one transaction of intake's."""
    people = [uuid4() for _ in range(PEOPLE)]
    now = await RealClock().now()
    async with intakes_own(system) as connection:
        for person in people:
            begun = intake.ReferralReceived(program_id=person, protocol_id="weekly6")
            signed = intake.AgreementSigned(program_id=person, kind="treatment_consent")
            events = [begun, *[signed] * (EACH - 1)]
            await outbox.write(connection, [Emitted(event, SITE, now) for event in events])
    return people


@asynccontextmanager
async def intakes_own(system: SystemUnderTest) -> AsyncIterator[database.AsyncConnection]:
    """A transaction with the rights of intake's runtime."""
    address = URL.create(
        "postgresql+asyncpg",
        username="homeward_intake",
        password=system.stack.secrets.database["intake"],
        host=system.stack.postgres.host,
        port=system.stack.postgres.port,
        database=DATABASE,
    )
    engine = create_async_engine(address, connect_args={"server_settings": {"search_path": "intake"}})
    try:
        async with database.transaction(engine, [SITE]) as connection:
            yield connection
    finally:
        await engine.dispose()


async def on_the_stream(system: SystemUnderTest, people: list[UUID]) -> list[Kept]:
    ours = set(people)
    return [
        kept
        for kept in await system.told()
        if kept.envelope.source == "homeward/intake" and getattr(kept.envelope.data, "program_id", None) in ours
    ]


async def is_complete_and_in_order(system: SystemUnderTest, people: list[UUID]) -> None:
    told = await on_the_stream(system, people)
    written = await system.admin.fetch("select event_id from intake.outbox where aggregate = any($1)", people)
    assert len(told) == len({kept.message_id for kept in told}) == ROWS
    assert {kept.message_id for kept in told} == {str(row["event_id"]) for row in written}
    sequences: dict[UUID, list[int]] = defaultdict(list)
    for kept in told:
        sequences[kept.envelope.data.aggregate_id].append(kept.envelope.sequence)
    assert dict(sequences) == {person: list(range(1, EACH + 1)) for person in people}

    async def handled() -> bool:
        ids = [kept.envelope.id for kept in told]
        found = "select count(*) from scheduler.inbox where event_id = any($1)"
        return await system.admin.fetchval(found, ids) == ROWS

    await system.comes(handled, "the end of the batch at the scheduler")
    facts = "select count(*) from scheduler.program_fact where program_id = any($1) and kind = 'agreement_signed'"
    assert await system.admin.fetchval(facts, people) == ROWS - PEOPLE


async def test_a_relay_that_dies_while_nats_hangs_in_the_midst_of_a_batch(system: SystemUnderTest) -> None:
    await system.is_told("intake")
    with frozen(system.stack.nats.pid):
        people = await write_a_batch(system)
        await system.comes(lambda: relaying(system, ROWS), "the batch at the relay")
        restarts = await system.kill("intake")
    assert await unmarked(system, people) == ROWS
    await system.is_back("intake", restarts)
    await system.is_told("intake")
    await is_complete_and_in_order(system, people)


async def test_a_relay_that_dies_between_the_stream_and_its_mark(system: SystemUnderTest) -> None:
    await system.is_told("intake")
    async with system.holding() as other:
        with frozen(system.stack.nats.pid):
            people = await write_a_batch(system)
            await other.execute("select 1 from intake.outbox where aggregate = any($1) for update", people)
        await system.comes(lambda: all_stored(system, people), "the batch on the stream")
        assert await unmarked(system, people) == ROWS
        restarts = await system.kill("intake")
    await system.is_back("intake", restarts)
    await system.is_told("intake")
    await is_complete_and_in_order(system, people)


async def all_stored(system: SystemUnderTest, people: list[UUID]) -> bool:
    return len(await on_the_stream(system, people)) == ROWS


async def unmarked(system: SystemUnderTest, people: list[UUID]) -> int:
    found = "select count(*) from intake.outbox where aggregate = any($1) and published_at is null"
    return int(await system.admin.fetchval(found, people))


async def relaying(system: SystemUnderTest, rows: int) -> bool:
    """The relay has the batch in hand, as its metrics say."""
    async with httpx.AsyncClient() as client:
        said = (await client.get(f"{system.stack.endpoints.services['intake']}/metrics")).text
    return f'homeward_outbox_waiting{{service="intake"}} {rows:.1f}' in said
