"""What was lost between the database, the stream and Temporal is found, and comes back."""

from contextlib import suppress
from uuid import UUID

import httpx
import pytest
from temporalio.service import RPCError

from embedded.errors import EmbeddedError
from operations import repairing
from operations.discrepancies import Discrepancy, NotOnStream, NotProvisioned, Repair
from operations.inspection import Inspector
from shared import temporal
from shared.events import SERVICES
from shared.provision import DEDUPLICATION, provision_streams
from shared.relay import STREAM
from tests.faults.system_under_test import SystemUnderTest


async def all_events(system: SystemUnderTest) -> set[UUID]:
    found = [await system.admin.fetch(f"select event_id from {service}.outbox") for service in SERVICES]
    return {row["event_id"] for rows in found for row in rows}


async def assert_all_is_on_the_stream(system: SystemUnderTest, lost: set[UUID]) -> None:
    """What was lost is in its order; whatever happened since may have been told before it."""
    told = [kept.envelope for kept in await system.told()]
    assert lost <= {one.id for one in told} <= await all_events(system)
    assert len(told) == len({one.id for one in told})
    places: dict[tuple[str, str], list[int]] = {}
    for one in told:
        if one.id in lost:
            places.setdefault((one.source, one.subject), []).append(one.sequence)
    assert all(sequence == sorted(sequence) for sequence in places.values())


async def is_at_the_scheduler(system: SystemUnderTest, person: UUID) -> None:
    async def known() -> bool:
        return await system.admin.fetchval("select count(*) = 1 from scheduler.program where id = $1", person)

    await system.comes(known, "the program at the scheduler")


async def is_acted_on(system: SystemUnderTest, person: UUID) -> bool:
    query = "select settled_revision = revision from scheduler.program where id = $1"
    return bool(await system.admin.fetchval(query, person))


async def rests(system: SystemUnderTest, person: UUID) -> bool:
    """Whether the program's workflow was started, has acted, and waits."""
    stack = system.stack
    client = await temporal.connect(stack.temporal.address, stack.temporal.namespace, stack.secrets.codec_key)
    with suppress(RPCError):
        resting = await client.get_workflow_handle(f"scheduler-program-{person}").query("resting")
        return resting is not None
    return False


async def test_nothing_needs_repair_in_a_house_where_all_is_well(system: SystemUnderTest) -> None:
    """What other faults put on the stream came from no outbox, and has no repair that is safe."""
    person = await system.refer()
    await is_at_the_scheduler(system, person)
    await system.comes(lambda: is_acted_on(system, person), "the program's workflow acting on its row")
    async with Inspector.open(system.stack.endpoints) as inspector:
        assert [one for one in await inspector.look_twice() if one.repair is not Repair.NONE] == []


async def test_a_stream_that_was_emptied_is_filled_again_from_the_outboxes(system: SystemUnderTest) -> None:
    await is_at_the_scheduler(system, await system.refer())
    await system.is_told("intake")
    lost = await all_events(system)
    async with system.nats("admin") as connection:
        await connection.jetstream().purge_stream(STREAM)
    async with Inspector.open(system.stack.endpoints) as inspector:
        found = await inspector.look_twice()
    assert {discrepancy.row.event_id for discrepancy in found if isinstance(discrepancy, NotOnStream)} >= lost
    assert "all of it is repaired" in await system.command("reconcile", "--apply")
    await assert_all_is_on_the_stream(system, lost)
    assert "nothing to repair" in await system.command("reconcile")


async def lose_what_was_just_told(system: SystemUnderTest) -> list[Discrepancy]:
    """The stream is emptied, and still takes what was on it for duplicates."""
    await is_at_the_scheduler(system, await system.refer())
    await system.is_told("intake")
    async with system.nats("admin") as connection:
        await connection.jetstream().purge_stream(STREAM)
    async with Inspector.open(system.stack.endpoints) as inspector:
        return await inspector.look_twice()


async def duplicate_window(system: SystemUnderTest) -> float | None:
    async with system.nats("observer") as connection:
        return (await connection.jetstream().stream_info(STREAM)).config.duplicate_window


async def test_nothing_is_published_again_before_the_stream_has_forgotten_its_id(
    system: SystemUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await lose_what_was_just_told(system)
    lost = {discrepancy.row.event_id for discrepancy in found if isinstance(discrepancy, NotOnStream)}
    monkeypatch.setattr(repairing, "FORGETTING_SECONDS", 10.0)
    await repairing.repair(system.stack.endpoints, found)
    for service in SERVICES:
        await system.is_told(service)
    await assert_all_is_on_the_stream(system, lost)
    assert await duplicate_window(system) == DEDUPLICATION.total_seconds()


@pytest.mark.long
async def test_a_stream_that_does_not_forget_is_said_to_and_keeps_its_window(
    system: SystemUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await lose_what_was_just_told(system)
    monkeypatch.setattr(repairing, "FORGETTING_SECONDS", 60.0)
    monkeypatch.setattr(repairing, "FORGOTTEN_WITHIN", 0.5)
    with pytest.raises(EmbeddedError, match=r"still remembers \d+ lost events .* again in ten minutes"):
        await repairing.repair(system.stack.endpoints, found)
    assert await duplicate_window(system) == DEDUPLICATION.total_seconds()
    assert "all of it is repaired" in await system.command("reconcile", "--apply")


async def test_a_stream_that_is_gone_with_its_consumers_comes_back_and_everybody_hears_again(
    system: SystemUnderTest,
) -> None:
    lost = await all_events(system)
    async with system.nats("admin") as connection:
        await connection.jetstream().delete_stream(STREAM)
    async with Inspector.open(system.stack.endpoints) as inspector:
        found = await inspector.look_twice()
    assert NotProvisioned(STREAM) in found
    assert "all of it is repaired" in await system.command("reconcile", "--apply")
    await assert_all_is_on_the_stream(system, lost)
    await is_at_the_scheduler(system, await system.refer())


async def test_a_service_that_begins_before_its_consumer_is_there_waits_for_it(system: SystemUnderTest) -> None:
    log = system.stack.data / "logs" / "scheduler.log"
    async with system.nats("admin") as connection:
        jetstream = connection.jetstream()
        await jetstream.delete_consumer(STREAM, "scheduler")
        await system.stack.services["scheduler"].kill()
        said = len(log.read_text())
        await system.comes(lambda: misses_its_consumer(system, "scheduler"), "the scheduler, without its consumer")
        await provision_streams(jetstream)
    await is_at_the_scheduler(system, await system.refer())
    assert '"part": "broker"' not in log.read_text()[said:]


async def misses_its_consumer(system: SystemUnderTest, service: str) -> bool:
    with suppress(httpx.TransportError):
        async with system.as_(service, "coordinator") as client:
            troubles = (await client.get("/readyz")).json().get("troubles", {})
            return "NotFoundError" in troubles.get("nats", "")
    return False


async def test_a_nudge_that_was_lost_is_given_again_by_the_service_itself(system: SystemUnderTest) -> None:
    await is_at_the_scheduler(system, person := await system.refer())

    await system.comes(lambda: rests(system, person), "the program's workflow, at rest after its first act")
    await system.admin.execute("update scheduler.program set revision = revision + 1 where id = $1", person)
    assert not await is_acted_on(system, person)
    await system.comes(lambda: is_acted_on(system, person), "the nudge that was lost")
    async with system.as_("scheduler", "coordinator") as client:
        metrics = (await client.get("/metrics")).text
    assert 'homeward_rows_nudged_again_total{service="scheduler",why="not acted on"}' in metrics
