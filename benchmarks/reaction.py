"""How soon a program reacts to what staff do: `python -m benchmarks.reaction`.

On the whole stack in real time: five services, PostgreSQL, nats-server, and Temporal's development server with its file
store, all of them on a disk. One action follows the other; of each it is measured when its request was answered, when
the event that it leads to reached a subscriber, and when the program's workflow rested on its new revision.

A clinician holds a person's doses and releases them: the scheduler's own command. A facilitator records an absence from
a circle: integration tells the scheduler, which writes it into the program and wakes its workflow, whose activity sees
that the absence is owed a remedy and holds the dose. Beside them the floor: a bare HTTP request, a message stored by
JetStream and heard, a signal that Temporal has stored. With `sync_interval: always` (as Homeward runs it) and without.
"""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import quantiles
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from temporalio.client import Client as Temporal

from benchmarks import people
from chaos.people.api_client import ApiClient
from chaos.system_under_test import SystemUnderTest
from embedded.account import fresh_folder
from embedded.stack import Stack
from rehearsal.event_tail import EventTail
from rehearsal.virtual_time.watches import Watches
from shared import temporal
from shared.events import Envelope, Event, scheduler
from shared.relay import STREAM
from shared.watch import WakePlan

COHORTS, CIRCLES = 4, 14
HOLDS, ABSENCES, FLOORS = 4, CIRCLES // 2, 200
"""How often everybody is held, and absent, at each of the two intervals of syncing; how often the floor is measured."""
LOOK_AGAIN, WITHIN = 0.001, 30.0
REASON = {"reason": "Measured by a benchmark."}
NOBODYS = "program.internal.bc.benchmark.message.sent.v1"

_acted = """
    select settled_at from scheduler.program where id = $1 and revision > $2 and settled_revision = revision
        and not exists (select from scheduler.nudge where workflow_id = $3)
"""
_revisions = "select id, revision from scheduler.program where id = any($1)"


@dataclass(frozen=True)
class Reaction:
    """Milliseconds since the request until it was answered, its event was heard, the workflow rested on it."""

    answered: float
    heard: float
    rested: float


@dataclass
class Hearing:
    """A subscriber of the whole stream that is told for which event it waits."""

    _awaited: dict[tuple[type[Event], UUID], asyncio.Future[float]] = field(default_factory=dict)

    def hear(self, told: Envelope[Event]) -> None:
        awaited = self._awaited.pop((type(told.data), told.data.aggregate_id), None)
        if awaited:
            awaited.set_result(perf_counter())

    def next(self, event: type[Event], program_id: UUID) -> asyncio.Future[float]:
        """When the next event of this type about this program is heard."""
        awaited = self._awaited[event, program_id] = asyncio.get_running_loop().create_future()
        return awaited


@dataclass
class Bench:
    """Everything that acts and looks while one after the other is measured."""

    api: ApiClient
    database: asyncpg.Connection
    broker: Nats
    temporal: Temporal
    hearing: Hearing

    async def react(self, program_id: UUID, event: type[Event], role: Any, url: str, body: object) -> Reaction:
        before = dict(await self.database.fetch(_revisions, [program_id]))[program_id]
        heard = self.hearing.next(event, program_id)
        began = perf_counter()
        rested = asyncio.create_task(self._rests(program_id, before))
        async with asyncio.timeout(WITHIN):
            await self.api.ask(role, "POST", url, body)
            answered = perf_counter()
            moments = answered, await heard, await rested
        return Reaction(*(1000 * (moment - began) for moment in moments))

    async def _rests(self, program_id: UUID, before: int) -> float:
        """When the workflow has drawn the consequences of a newer revision and waits again."""
        workflow_id = f"scheduler-program-{program_id}"
        about, acted_at = (program_id, before, workflow_id), None
        while acted_at is None:
            await asyncio.sleep(LOOK_AGAIN)
            acted_at = await self.database.fetchval(_acted, *about)
        watches = Watches(self.temporal)
        while await watches.restless({workflow_id: acted_at}):  # noqa: ASYNC110 (no event tells that a workflow rests)
            await asyncio.sleep(LOOK_AGAIN)
        return perf_counter()

    async def all_rest(self, programs: Iterable[UUID]) -> None:
        """Every workflow says itself that it rests on its program's newest revision."""
        for program_id, revision in await self.database.fetch(_revisions, list(programs)):
            handle = self.temporal.get_workflow_handle(f"scheduler-program-{program_id}")
            plan: WakePlan | None = await handle.query("resting", result_type=WakePlan)
            if plan is None or plan.revision != revision:
                raise SystemExit(f"{program_id} has revision {revision} and its workflow rests on {plan}")


@asynccontextmanager
async def bench(stack: Stack, api: ApiClient) -> AsyncIterator[Bench]:
    system, hearing = SystemUnderTest(stack), Hearing()
    client = await temporal.connect(stack.temporal.address, stack.temporal.namespace, stack.secrets.codec_key)
    async with (
        system.database() as database,
        system.broker() as broker,
        EventTail.open(stack.endpoints, hearing.hear) as tail,
    ):
        while not await tail.caught_up():  # noqa: ASYNC110 (what was told before is not waited for by anybody)
            await asyncio.sleep(0.1)
        yield Bench(api, database, broker, client, hearing)


async def hold(on: Bench, program_id: UUID) -> Reaction:
    return await on.react(program_id, scheduler.DoseHeld, "clinician", f"scheduler/programs/{program_id}/hold", REASON)


async def release(on: Bench, program_id: UUID) -> Reaction:
    url = f"scheduler/programs/{program_id}/release"
    return await on.react(program_id, scheduler.DoseReleased, "clinician", url, REASON)


async def miss(on: Bench, program_id: UUID, circle: UUID) -> Reaction:
    absent = {"absent": [{"program_id": str(program_id), "excused": True}]}
    url = f"integration/circles/{circle}/attendance"
    return await on.react(program_id, scheduler.DoseHeld, "facilitator", url, absent)


async def floor(on: Bench, program_id: UUID) -> float:
    """Milliseconds of a bare request, a message stored and heard, and a signal stored, one after the other."""
    handle = on.temporal.get_workflow_handle(f"scheduler-program-{program_id}")
    jetstream, heard = on.broker.jetstream(), asyncio.Event()

    async def hear(_: Msg) -> None:
        heard.set()

    subscription = await jetstream.subscribe(NOBODYS, stream=STREAM, cb=hear, deliver_policy=DeliverPolicy.NEW)
    began = perf_counter()
    await on.api.ask("clinician", "GET", "scheduler/healthz")
    await jetstream.publish(NOBODYS, b"{}", stream=STREAM)
    await heard.wait()
    await handle.signal("nudge", WakePlan(0))
    took = perf_counter() - began
    await subscription.unsubscribe()
    return 1000 * took


@dataclass(frozen=True)
class Measured:
    """Everything that was measured at one interval of syncing."""

    floors: Sequence[float]
    holds: Sequence[Reaction]
    absences: Sequence[Reaction]


async def measure(on: Bench, members: Mapping[UUID, Sequence[UUID]], missed: slice, progress: Progress) -> Measured:
    async def each(title: str, doing: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        return [await act() for act in progress.track(doing, description=title)]

    def everybody(act: Callable[[Bench, UUID], Awaitable[Any]]) -> list[Callable[[], Awaitable[Any]]]:
        return [partial(act, on, id) for id in members]

    await each("warming up", [*everybody(hold), *everybody(release)])
    floors = await each("the floor", (everybody(floor) * (FLOORS // len(members) + 1))[:FLOORS])
    holds = await each("holds and releases", [*everybody(hold), *everybody(release)] * HOLDS)
    absent = [(id, circle) for id, circles in members.items() for circle in circles[missed]]
    absences = await each("absences", [partial(miss, on, id, circle) for id, circle in absent])
    await on.all_rest(members)
    return Measured(floors, holds, absences)


def show(sync: str, measured: Measured) -> Table:
    table = Table(
        "from the request until", "times", "median ms", "p95", "p99", "× floor", title=f"JetStream syncs {sync}"
    )
    base = quantiles(measured.floors, n=100)[49]

    def row(title: str, times: Sequence[float]) -> None:
        percent = quantiles(times, n=100)
        shown = [f"{percent[at - 1]:.1f}" for at in (50, 95, 99)]
        table.add_row(title, str(len(times)), *shown, f"{percent[49] / base:.1f}")

    row("floor: HTTP, JetStream, signal", measured.floors)
    for action, reactions in (("hold or release", measured.holds), ("absence from a circle", measured.absences)):
        row(f"{action}: answered", [reaction.answered for reaction in reactions])
        row(f"{action}: its event is heard", [reaction.heard for reaction in reactions])
        row(f"{action}: the workflow rests", [reaction.rested for reaction in reactions])
    return table


async def main() -> None:
    console, folder = Console(highlight=False, width=120), fresh_folder("homeward-benchmark-")
    protocols = people.write_protocol(folder / "protocols", CIRCLES)
    try:
        async with Stack(folder / "data", virtual=False, protocols=protocols, progress=console.print) as stack:
            api = ApiClient(stack.endpoints, stack.issuer)
            console.print(f"seating {COHORTS * people.SIZE} people in {COHORTS} cohorts, until their circles are due")
            members = await people.seat(api, COHORTS)
            for durable, missed in ((True, slice(ABSENCES)), (False, slice(ABSENCES, CIRCLES))):
                stack.nats.durable = durable
                await stack.nats.restart()
                await SystemUnderTest(stack).becomes_ready()
                async with bench(stack, api) as on:
                    with Progress(console=console, transient=True) as progress:
                        measured = await measure(on, members, missed, progress)
                console.print(show("always" if durable else "every 2 min", measured))
            await api.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console.print(f"{len(members)} people in {COHORTS} cohorts, one action at a time; {sys.platform}")


if __name__ == "__main__":
    asyncio.run(main())
