"""Whoever is ruled by a protocol that cannot be read stands still, and a clinician is told why."""

from shared.events import ProtocolPin
from shared.events.scheduler import ObligationOpened
from tests.components.scheduler.conftest import MINUTE, Clinic, Scheduler
from tests.lib.pinned import edited, pin

EDITED = ("not_before: {value: PT2H", "not_before: {value: PT2H30M")
PIN: ProtocolPin = pin("weekly6")


async def test_a_cohort_of_an_edited_file_is_a_clinicians_task_and_goes_on_once_it_is_back(
    scheduler: Scheduler, clinic: Clinic
) -> None:
    person = await clinic.member()
    async with edited(scheduler, PIN, *EDITED):
        assert (await person.clearance("dose:1")).refusals == ("protocol_changed",)
        shown = await clinic.as_("coordinator").get(f"/programs/{person.id}")
        assert (shown.status_code, shown.json()["rule"]) == (409, "protocol_changed")
        await scheduler.publish(person.signs("follow_up_consent"), site=clinic.site, wait=False)
        told = await scheduler.heard(ObligationOpened, kind="protocol_unreadable", site=clinic.site)
        assert told.data.owner == "clinician"
    await scheduler.time.move(await scheduler.now() + 20 * MINUTE)
    cohort = await clinic.as_("coordinator").get(f"/cohorts/{person.cohort.id}")
    assert cohort.status_code == 200, cohort.text
    assert await clinic.tasks("protocol_unreadable") == []


async def test_an_edited_file_that_rules_somebody_without_a_seat_is_a_clinicians_task_until_it_is_back(
    scheduler: Scheduler, clinic: Clinic
) -> None:
    await clinic.open_cohort()
    person = await clinic.person()
    async with edited(scheduler, PIN, *EDITED):
        await scheduler.publish(person.signs("follow_up_consent"), site=clinic.site, wait=False)
        told = await scheduler.heard(ObligationOpened, kind="protocol_unreadable", site=clinic.site)
        assert (told.data.owner, told.data.item.partition(":")[0]) == ("clinician", PIN.id)
    await scheduler.time.move(await scheduler.now() + 20 * MINUTE)
    assert await person.state() == "offered"
    assert await clinic.tasks("protocol_unreadable") == []
