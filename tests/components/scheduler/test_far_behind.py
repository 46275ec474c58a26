"""A scheduler that is far behind: one batch in hand, each program in its order, and it receives before it acts."""

import asyncio
from collections import defaultdict
from uuid import UUID, uuid4

import pytest
from nats.js.api import ConsumerInfo
from temporalio.api.enums.v1 import EventType

from services.scheduler.storage import obligations
from shared import nudger
from shared.backlog import FAR_BEHIND
from shared.events import Event, intake
from shared.handlers import BATCH
from shared.protocol.vocabulary import Role
from shared.relay import STREAM
from tests.components.scheduler.conftest import DAY, Clinic
from tests.lib.component import SECONDS

PROGRAMS, EACH, IN_A_ROW = 10, 40, 4
BEHIND = PROGRAMS * EACH


async def test_hundreds_of_events_behind_one_batch_is_in_hand_and_each_program_keeps_its_order(clinic: Clinic) -> None:
    scheduler, slow = clinic.scheduler, await clinic.person()
    async with scheduler.admin.transaction():
        await scheduler.admin.execute("select 1 from program where id = $1 for update", slow.id)
        await scheduler.peers.tell(slow.signs("contact_exchange"), site=clinic.site, time=await scheduler.now())
        told = await tell_hundreds(clinic)
        consumer = await look(clinic)
        assert (consumer.num_ack_pending, consumer.num_pending) == (1, BEHIND)
    while (consumer := await look(clinic)).num_pending:
        assert consumer.num_ack_pending <= 2 * BATCH, "one in hand, and one whose acknowledgements are on their way"
        await asyncio.sleep(0.05)
    await scheduler.until_idle()
    kept = "select program_id, array_agg(key order by revision) from program_fact where program_id = any($1) group by 1"
    assert dict(await scheduler.database.fetch(kept, list(told))) == told
    nudges = [await nudges_of(clinic, program_id) for program_id in told]
    assert sum(nudges) <= FAR_BEHIND + 2 * PROGRAMS, "each of the last events, and a look or two of each program before"


async def test_far_behind_what_has_its_moment_is_watched_soon_and_a_mere_look_waits(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudger, "MOMENTS_WAIT", 0.1)
    scheduler, person = clinic.scheduler, await clinic.person()
    look, backlog = f"scheduler-program-{person.id}", scheduler.run.backlog
    backlog.note(FAR_BEHIND + 1)
    await person.leaves("withdraw", "coordinator")
    async with scheduler.run.open_work([clinic.site]) as work:
        promise = {"kind": "orphan_fact", "item": "late", "owner": Role.COORDINATOR, "deadline": work.now + DAY}
        await obligations.open(work, site=clinic.site, program_id=person.id, **promise)
    others = "select 1 from nudge where workflow_id <> $1"
    async with asyncio.timeout(SECONDS):
        while await scheduler.admin.fetch(others, look):  # noqa: ASYNC110 (a nudge goes without a word)
            await asyncio.sleep(0.05)
    assert [row["workflow_id"] for row in await scheduler.admin.fetch("select * from nudge")] == [look]
    backlog.note(0)
    await scheduler.until_idle()
    assert await scheduler.admin.fetch("select * from nudge") == []


async def tell_hundreds(clinic: Clinic) -> dict[UUID, list[str]]:
    """A few events of one program in a row, then of the next; answers the facts that they must become, in order."""
    told: dict[UUID, list[str]] = defaultdict(list)
    programs, now = [uuid4() for _ in range(PROGRAMS)], await clinic.scheduler.now()
    for start in range(0, EACH, IN_A_ROW):
        for program_id in programs:
            for number in range(start, start + IN_A_ROW):
                envelope = await clinic.scheduler.peers.tell(event(program_id, number), site=clinic.site, time=now)
                told[program_id].append(f"agreement:{envelope.id}" if number else "referred")
    return dict(told)


def event(program_id: UUID, number: int) -> Event:
    if number == 0:
        return intake.ReferralReceived(program_id=program_id, protocol_id="weekly6")
    changed = intake.AgreementSigned if number % 2 else intake.AgreementRevoked
    return changed(program_id=program_id, kind="treatment_consent")


async def nudges_of(clinic: Clinic, program_id: UUID) -> int:
    """How often the program's workflow was nudged."""
    handle = clinic.scheduler.run.temporal.get_workflow_handle(f"scheduler-program-{program_id}")
    events = (await handle.fetch_history()).events
    return sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED for event in events)


async def look(clinic: Clinic) -> ConsumerInfo:
    jetstream = (await clinic.scheduler.peers.user("observer")).jetstream()
    return await jetstream.consumer_info(STREAM, "scheduler")
