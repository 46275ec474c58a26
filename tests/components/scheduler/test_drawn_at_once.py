"""What follows from a fact is drawn in its own transaction: what waits for no moment does not wait for Temporal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from temporalio.api.enums.v1 import EventType

from shared.events import integration
from shared.events import scheduler as events
from tests.components.scheduler.conftest import Clinic, Person, Scheduler


@asynccontextmanager
async def no_nudges(scheduler: Scheduler) -> AsyncIterator[None]:
    """No workflow is told of any change. (The worker runs on: the test server never gives up one that stops.)"""
    parts = [part for part in scheduler.run.parts if part.name in ("nudger", "reconciler")]
    assert len(parts) == 2
    for part in parts:
        await part.stop()
    try:
        yield
    finally:
        for part in parts:
            part.start()


async def member_before_the_first_dose(clinic: Clinic) -> Person:
    person = await clinic.member()
    await person.attends("preparation:1", "preparation:2")
    return person


async def test_a_missed_circle_holds_the_dose_before_temporal_knows_of_it(clinic: Clinic) -> None:
    person = await member_before_the_first_dose(clinic)
    await person.is_dosed("dose:1")
    about = {"program_id": person.id, "session_id": person.cohort.session("circle:1")[0], "item": "circle:1"}
    absent = integration.AbsenceRecorded(**about, excused=False, no_show=True)
    async with no_nudges(clinic.scheduler):
        await clinic.scheduler.publish(absent, site=clinic.site, wait=False)
        assert (await clinic.scheduler.heard(events.DoseHeld, program_id=person.id)).data.item == "circle:1"
        assert (await clinic.scheduler.heard(events.ObligationOpened, kind="absence", program_id=person.id)).data.item


async def test_a_hold_is_settled_when_it_is_answered(clinic: Clinic) -> None:
    person = await member_before_the_first_dose(clinic)
    async with no_nudges(clinic.scheduler):
        assert (await person.posts("clinician", "hold", reason="She sounded different.")).status_code == 200
        row = await clinic.scheduler.admin.fetchrow("select * from program where id = $1", person.id)
        assert row["settled_revision"] == row["revision"]


async def test_a_fact_that_moves_no_moment_is_told_to_no_workflow(clinic: Clinic) -> None:
    person = await member_before_the_first_dose(clinic)
    before = await nudges_of(clinic, person.id)
    await clinic.publish(person.signs("contact_exchange"))
    assert "contact_exchange" in (await person.shown())["facts"][-1]["item"]
    assert await nudges_of(clinic, person.id) == before


async def test_a_fact_that_brings_a_nearer_moment_wakes_the_workflow(clinic: Clinic) -> None:
    person = await member_before_the_first_dose(clinic)
    before = await nudges_of(clinic, person.id)
    await person.is_dosed("dose:1")
    assert await nudges_of(clinic, person.id) == before + 1


async def nudges_of(clinic: Clinic, program_id: UUID) -> int:
    """How often the program's workflow was nudged in its present phase."""
    await clinic.scheduler.until_idle()
    handle = clinic.scheduler.run.temporal.get_workflow_handle(f"scheduler-program-{program_id}")
    events = (await handle.fetch_history()).events
    return sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED for event in events)
