"""How a service that was away catches up: `python -m benchmarks.backlog [EVENTS …]`.

A real process of the scheduler starts with its durable consumer 10,000, then 100,000 events behind: real PostgreSQL,
nats-server (`sync_interval: always`) and Temporal's development server, all on a disk. The scheduler, because whatever
it hears is work: an inbox row, the program's lock, a fact, a nudge, and then the workflows, which run in the same
process. And because its facts, appended under that lock, show afterwards in which order every single event was handled.

Beside it, in the same run, nats-py alone: the same messages pulled and acknowledged one by one; and the same with one
row for each committed to PostgreSQL before it is acknowledged, which whoever handles each event once cannot go below.
"""

import asyncio
import shutil
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from uuid import UUID

import asyncpg
import psutil
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from uuid_utils.compat import uuid4, uuid7

from chaos.system_under_test import SystemUnderTest
from embedded.account import fresh_folder
from embedded.stack import Stack
from shared.events import Envelope, Event, intake, wrap
from shared.provision import filter_subjects
from shared.relay import STREAM

SERVICE, SITE = "scheduler", "bc"
SIZES, PROGRAMS, FLOOR = (10_000, 100_000), 500, 5_000
LOOK_AGAIN, WINDOW, MB = 0.25, 500, 1024 * 1024

_unsettled = "select count(*) from scheduler.program where settled_revision < revision"
_facts = """
    select program_id, array_agg(key order by revision) as keys from scheduler.program_fact
    where program_id = any($1) group by program_id
"""
_heard_once = "select count(*) from scheduler.inbox where event_id = any($1)"


@dataclass
class Told:
    """What was put on the stream: of each program the events in their order, and the facts that they must become."""

    events: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def number(self) -> int:
        return sum(map(len, self.events.values()))


@dataclass
class Course:
    """How it went: how long until all was handled, and until the workflows rested too; memory in MB on the way."""

    handled: int
    seconds: float = 0.0
    until_rest: float = 0.0
    in_hand: int = 0
    memory: list[tuple[int, float]] = field(default_factory=list)

    def memory_at(self, share: float) -> float:
        """When this share of the events was handled."""
        return next(size for done, size in self.memory if done >= share * self.handled)

    @property
    def highest(self) -> float:
        return max(size for _, size in self.memory)


def scenario(programs: Sequence[UUID], each: int) -> Iterator[Envelope[Event]]:
    """All programs side by side, each with its events in order: a referral, then signatures given and taken back."""
    now = datetime.now(UTC)
    for sequence in range(1, each + 1):
        for program_id in programs:
            yield wrap(_event(program_id, sequence), id=uuid7(), site=SITE, sequence=sequence, time=now)


def _event(program_id: UUID, sequence: int) -> Event:
    if sequence == 1:
        return intake.ReferralReceived(program_id=program_id, protocol_id="weekly6")
    changed = intake.AgreementSigned if sequence % 2 == 0 else intake.AgreementRevoked
    return changed(program_id=program_id, kind="treatment_consent")


async def tell(jetstream: JetStreamContext, number: int, progress: Progress) -> Told:
    """Put the scenario on the stream while nobody listens."""
    programs, told = [uuid4() for _ in range(PROGRAMS)], Told()
    waiting = []
    for envelope in progress.track(scenario(programs, number // PROGRAMS), total=number, description="telling"):
        message = (envelope.data.subject(SITE), envelope.model_dump_json().encode())
        headers = {"Nats-Msg-Id": str(envelope.id)}
        waiting.append(await jetstream.publish_async(*message, headers=headers, stream=STREAM))
        program_id, is_first = envelope.data.aggregate_id, envelope.sequence == 1
        told.events[program_id].append(envelope.id)
        told.facts[program_id].append("referred" if is_first else f"agreement:{envelope.id}")
        if len(waiting) == WINDOW:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)
    return told


async def catch_up(
    stack: Stack, jetstream: JetStreamContext, database: asyncpg.Connection, told: Told, progress: Progress
) -> Course:
    """Start the service and look on until nothing waits for it, and its workflows rest."""
    service = stack.services[SERVICE]
    await service.start()
    assert service.pid is not None
    process, course = psutil.Process(service.pid), Course(told.number)
    bar = progress.add_task("catching up", total=told.number)
    began, at_first = perf_counter(), None
    while True:
        consumer = await jetstream.consumer_info(STREAM, SERVICE)
        done = told.number - consumer.num_pending - consumer.num_ack_pending
        at_first = done if at_first is None else at_first
        course.in_hand = max(course.in_hand, consumer.num_ack_pending)
        course.memory.append((done, process.memory_info().rss / MB))
        speed = (done - at_first) / (perf_counter() - began)
        said = f"catching up: {speed:,.0f} events/s, {course.memory[-1][1]:.0f} MB"
        progress.update(bar, completed=done, description=said)
        if done == told.number:
            break
        await asyncio.sleep(LOOK_AGAIN)
    course.handled, course.seconds = told.number - at_first, perf_counter() - began
    while await database.fetchval(_unsettled):
        course.memory.append((told.number, process.memory_info().rss / MB))
        await asyncio.sleep(LOOK_AGAIN)
    course.until_rest = perf_counter() - began
    course.memory.append((told.number, process.memory_info().rss / MB))
    progress.remove_task(bar)
    await service.stop()
    return course


async def prove(database: asyncpg.Connection, told: Told) -> None:
    """Every event was handled once, and those of each program in their order, without a gap."""
    ids = [id for events in told.events.values() for id in events]
    heard = await database.fetchval(_heard_once, ids)
    if heard != told.number:
        raise SystemExit(f"{heard:,} of {told.number:,} events are in the inbox")
    kept = {row["program_id"]: row["keys"] for row in await database.fetch(_facts, list(told.facts))}
    wrong = [program_id for program_id, keys in told.facts.items() if kept.get(program_id) != keys]
    if wrong:
        raise SystemExit(f"the facts of {len(wrong)} programs are not in the order of their events, first {wrong[0]}")


async def pulled(jetstream: JetStreamContext, number: int, handle: Callable[[Msg], Awaitable[object]]) -> float:
    """Messages a second of nats-py alone, one by one: pulled, handled so, acknowledged."""
    config = ConsumerConfig(filter_subjects=filter_subjects(SERVICE))
    reader = await jetstream.pull_subscribe("", stream=STREAM, config=config)
    began = perf_counter()
    for _ in range(number):
        (message,) = await reader.fetch(1)
        await handle(message)
        await message.ack()
    speed = number / (perf_counter() - began)
    await reader.unsubscribe()
    return speed


async def floors(jetstream: JetStreamContext, database: asyncpg.Connection, number: int) -> tuple[float, float]:
    async def nothing(_: Msg) -> None: ...

    async def keep(message: Msg) -> None:
        await database.execute("insert into benchmark values ($1)", (message.headers or {})["Nats-Msg-Id"])

    await database.execute("create table benchmark (event_id text primary key)")
    speeds = await pulled(jetstream, number, nothing), await pulled(jetstream, number, keep)
    await database.execute("drop table benchmark")
    return speeds


def show(number: int, course: Course, alone: float, kept: float) -> Table:
    speed = course.handled / course.seconds
    sizes = [course.memory[0][1], *map(course.memory_at, (0.25, 0.5, 0.75)), course.highest, course.memory[-1][1]]
    table = Table(title=f"{number:,} events of {PROGRAMS:,} programs behind", show_header=False)
    table.add_row(
        "nats-py alone, messages/s: pulled and acknowledged · and one row each", f"{alone:,.0f} · {kept:,.0f}"
    )
    table.add_row("events/s · ratio to each of them", f"{speed:,.0f} · {speed / alone:.2f} · {speed / kept:.2f}")
    table.add_row(
        "seconds until all was handled · until all workflows rested", f"{course.seconds:.0f} · {course.until_rest:.0f}"
    )
    table.add_row(
        "MB at the start · at a quarter · half · three quarters · highest · at rest",
        " · ".join(f"{size:.0f}" for size in sizes),
    )
    table.add_row("most events that were not acknowledged", str(course.in_hand))
    table.add_row("each event handled once, each program's in their order", "yes")
    return table


@asynccontextmanager
async def opened(stack: Stack) -> AsyncIterator[tuple[JetStreamContext, asyncpg.Connection]]:
    """Everything is provisioned, and none of the services runs."""
    async with stack:
        await asyncio.gather(*(service.stop() for service in stack.services.values()))
        system = SystemUnderTest(stack)
        async with system.broker() as broker, system.database() as database:
            yield broker.jetstream(timeout=30), database


async def main(sizes: Sequence[int]) -> None:
    console, folder = Console(highlight=False, width=120), fresh_folder("homeward-benchmark-")
    stack = Stack(folder / "data", virtual=False, progress=console.print)
    try:
        async with opened(stack) as (jetstream, database):
            for number in sizes:
                with Progress(console=console, transient=True) as progress:
                    told = await tell(jetstream, number, progress)
                    alone, kept = await floors(jetstream, database, min(number, FLOOR))
                    course = await catch_up(stack, jetstream, database, told, progress)
                await prove(database, told)
                console.print(show(number, course, alone, kept))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console.print(f"sync_interval: always; {sys.platform}")


if __name__ == "__main__":
    asyncio.run(main([int(word) for word in sys.argv[1:]] or SIZES))
