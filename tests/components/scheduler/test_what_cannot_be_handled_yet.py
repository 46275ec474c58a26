"""A fact that cannot be handled is tried again and again; it delays nobody else, and is not lost when it can be."""

from uuid import uuid4

from shared.events import scheduler as told
from shared.events import session
from shared.relay import STREAM
from tests.components.scheduler.conftest import Clinic, Person


async def test_a_fact_of_somebody_unknown_waits_for_their_referral_and_delays_nobody(clinic: Clinic) -> None:
    scheduler, ana, stranger = clinic.scheduler, await clinic.member(), Person(clinic)
    now = await scheduler.now()

    async def tell(event: object) -> None:
        await scheduler.peers.tell(event, site=clinic.site, time=now)

    about = {"session_id": uuid4(), "item": "preparation:1"}
    await tell(session.AttendanceRecorded(program_id=stranger.id, status="attended", **about))
    await tell(session.AbsenceRecorded(program_id=ana.id, excused=True, no_show=False, **about))
    await scheduler.heard(told.ObligationOpened, program_id=ana.id, kind="absence")
    jetstream = (await scheduler.peers.user("observer")).jetstream()
    consumer = await jetstream.consumer_info(STREAM, "scheduler")
    assert (consumer.num_pending, consumer.num_ack_pending) == (0, 1)

    await clinic.publish(*stranger.found_eligible())
    kinds = {fact["kind"] for fact in (await stranger.shown())["facts"]}
    assert {"referred", "attended"} <= kinds
