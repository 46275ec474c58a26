"""A fact that cannot be handled is tried again and again; it delays nobody else, and is not lost when it can be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from prometheus_client import REGISTRY

from shared.events import Envelope, Event, session
from shared.events import scheduler as told
from shared.relay import STREAM
from tests.components.scheduler.conftest import Clinic, Person, Scheduler


async def test_a_fact_of_somebody_unknown_waits_for_their_referral_and_delays_nobody(clinic: Clinic) -> None:
    scheduler, ana, stranger = clinic.scheduler, await clinic.member(), Person(clinic)
    now = await scheduler.now()

    async def tell(event: object) -> None:
        await scheduler.peers.tell(event, site=clinic.site, time=now)

    about = {"session_id": uuid4(), "item": "preparation:1"}
    await tell(session.AttendanceRecorded(program_id=stranger.id, status="attended", **about))
    await tell(session.AbsenceRecorded(program_id=ana.id, excused=True, no_show=False, **about))
    await scheduler.heard(told.ObligationOpened, program_id=ana.id, kind="absence")
    await only_one_waits(scheduler)

    await clinic.publish(*stranger.found_eligible())
    kinds = {fact["kind"] for fact in (await stranger.shown())["facts"]}
    assert {"referred", "attended"} <= kinds


async def only_one_waits(scheduler: Scheduler) -> None:
    """Wait until all events are handled but one: the stranger's, whose program is not known yet.

    The server counts and tells nobody, so it is asked again.
    """
    jetstream = (await scheduler.peers.user("observer")).jetstream()
    async with asyncio.timeout(60):
        while True:
            consumer = await jetstream.consumer_info(STREAM, "scheduler")
            if (consumer.num_pending, consumer.num_ack_pending) == (0, 1):
                return
            await asyncio.sleep(0.05)


async def test_in_one_batch_each_event_is_handled_once_in_its_order_beside_one_that_fails(clinic: Clinic) -> None:
    """They wait while the first is held up by a lock, and are then fetched together."""
    scheduler, slow, ana, stranger = clinic.scheduler, await clinic.person(), Person(clinic), Person(clinic)
    now = await scheduler.now()

    async def tell(event: Event) -> Envelope[Event]:
        return await scheduler.peers.tell(event, site=clinic.site, time=now)

    async with scheduler.admin.transaction():
        await scheduler.admin.execute("select 1 from program where id = $1 for update", slow.id)
        await tell(slow.signs("contact_exchange"))
        told = [await tell(event) for event in (*ana.found_eligible(), ana.signs("contact_exchange"))]
        for copy in ("again", "and again"):
            await scheduler.peers.deliver(told[-1], message_id=f"{told[-1].id} {copy}")
        await tell(stranger.signs("contact_exchange"))
        signed = await tell(slow.signs("contact_exchange"))
    await only_one_waits(scheduler)
    await clinic.publish(*stranger.found_eligible())
    facts = [fact["kind"] for fact in (await ana.shown())["facts"]]
    assert [kind for kind in facts if kind in {"referred", "screened", "agreement_signed"}] == [
        "referred",
        "screened",
        "agreement_signed",
    ]
    kept = "select count(*) from program_fact where key = $1"
    assert await scheduler.database.fetchval(kept, f"agreement:{signed.id}") == 1


async def test_a_fact_that_comes_in_one_batch_behind_the_end_of_its_program_is_somebodys_to_look_at(
    clinic: Clinic,
) -> None:
    scheduler, slow, ana = clinic.scheduler, await clinic.person(), Person(clinic)
    async with scheduler.admin.transaction():
        await scheduler.admin.execute("select 1 from program where id = $1 for update", slow.id)
        for event in (slow.signs("contact_exchange"), *ana.found_eligible()[:1], ana.screened("excluded")):
            await scheduler.peers.tell(event, site=clinic.site, time=await scheduler.now())
        late = await scheduler.peers.tell(ana.signs("contact_exchange"), site=clinic.site, time=await scheduler.now())
    opened = await scheduler.heard(told.ObligationOpened, kind="orphan_fact", program_id=ana.id)
    assert opened.data.item == f"agreement:{late.id}"


async def test_what_a_service_has_in_hand_when_it_is_stopped_is_delivered_again_at_once(clinic: Clinic) -> None:
    """Were it not given back, it would come a minute later, after what followed it."""
    scheduler, slow = clinic.scheduler, await clinic.person()
    [receiving] = [part for part in scheduler.run.parts if part.name == "broker"]
    async with scheduler.admin.transaction():
        await scheduler.admin.execute("select 1 from program where id = $1 for update", slow.id)
        signed = await scheduler.peers.tell(
            slow.signs("contact_exchange"), site=clinic.site, time=await scheduler.now()
        )
        await only_one_waits(scheduler)
        await receiving.stop()
    receiving.start()
    kept = "select count(*) from program_fact where key = $1"
    async with asyncio.timeout(30):
        while not await scheduler.database.fetchval(kept, f"agreement:{signed.id}"):  # noqa: ASYNC110 (no row tells)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def role_is(scheduler: Scheduler, state: str, afterwards: str) -> AsyncIterator[None]:
    """Of the scheduler's role in the database, for each connection that begins then."""
    await scheduler.admin.execute(f"alter role homeward_scheduler {state}")
    ended = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'homeward_scheduler'"
    await scheduler.admin.execute(ended)
    try:
        yield
    finally:
        await scheduler.admin.execute(f"alter role homeward_scheduler {afterwards}")


def held() -> float:
    return REGISTRY.get_sample_value("homeward_events_handled_total", {"service": "scheduler", "outcome": "held"}) or 0


async def tell_and_see_it_held(person: Person) -> None:
    scheduler, before = person.clinic.scheduler, held()
    for event in person.found_eligible():
        await scheduler.peers.tell(event, site=person.clinic.site, time=await scheduler.now())
    async with asyncio.timeout(60):
        while held() < before + 2:  # noqa: ASYNC110 (a counter tells nobody)
            await asyncio.sleep(0.05)


async def redelivered(scheduler: Scheduler) -> int | None:
    jetstream = (await scheduler.peers.user("observer")).jetstream()
    return (await jetstream.consumer_info(STREAM, "scheduler")).num_redelivered


async def test_while_the_database_is_away_events_are_held_in_their_order_and_none_is_given_up(clinic: Clinic) -> None:
    scheduler, ana = clinic.scheduler, Person(clinic)
    before = await redelivered(scheduler)
    async with role_is(scheduler, "nologin", "login"):
        await tell_and_see_it_held(ana)
        answer = await clinic.as_("coordinator").get(f"/programs/{ana.id}")
        assert (answer.status_code, answer.json()["title"]) == (503, "Unavailable"), answer.text
    assert [fact["kind"] for fact in (await ana.shown())["facts"]][:1] == ["referred"]
    assert await redelivered(scheduler) == before


async def test_a_database_that_may_be_written_again_is_found_by_a_new_connection(clinic: Clinic) -> None:
    """Read-only as a standby is, or a server whose disk is nearly full: the connections of then are not kept."""
    scheduler, ana = clinic.scheduler, Person(clinic)
    before = await redelivered(scheduler)
    setting = "default_transaction_read_only"
    async with role_is(scheduler, f"set {setting} = on", f"reset {setting}"):
        await tell_and_see_it_held(ana)
    assert [fact["kind"] for fact in (await ana.shown())["facts"]][:1] == ["referred"]
    assert await redelivered(scheduler) == before
