"""A scheduler that is far behind: one event in hand, each program in its order, and it hears before it acts."""

import asyncio
from collections import defaultdict
from uuid import UUID, uuid4

from nats.js.api import ConsumerInfo
from temporalio.api.enums.v1 import EventType

from shared.events import Event, intake
from shared.relay import STREAM
from tests.components.scheduler.conftest import Clinic

PROGRAMS, EACH, IN_A_ROW = 25, 40, 4
BEHIND = PROGRAMS * EACH


async def test_a_thousand_events_behind_one_is_in_hand_and_each_program_keeps_its_order(clinic: Clinic) -> None:
    scheduler, slow = clinic.scheduler, await clinic.person()
    async with scheduler.admin.transaction():
        await scheduler.admin.execute("select 1 from program where id = $1 for update", slow.id)
        await scheduler.peers.tell(slow.signs("contact_exchange"), site=clinic.site, time=await scheduler.now())
        told = await tell_a_thousand(clinic)
        consumer = await look(clinic)
        assert (consumer.num_ack_pending, consumer.num_pending) == (1, BEHIND)
    while (consumer := await look(clinic)).num_pending:
        assert consumer.num_ack_pending <= 2, "one in hand, and one whose acknowledgement is on its way"
        await asyncio.sleep(0.05)
    await scheduler.quiet()
    kept = "select program_id, array_agg(key order by revision) from program_fact where program_id = any($1) group by 1"
    assert dict(await scheduler.database.fetch(kept, list(told))) == told
    nudges = [await nudges_of(clinic, program_id) for program_id in told]
    assert sum(nudges) < BEHIND / 4


async def tell_a_thousand(clinic: Clinic) -> dict[UUID, list[str]]:
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
