"""Whoever is ruled by a protocol that cannot be read stands still, and a clinician is told why."""

from shared.events import ProtocolPin
from shared.events.scheduler import ObligationOpened, SeatOffered
from shared.protocol.load import load_protocol
from tests.components.scheduler.conftest import MINUTE, WEEK, Clinic, Person, Scheduler
from tests.lib.pinned import edited, pin, taken_away

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


async def test_seats_are_offered_although_the_protocol_of_an_earlier_cohort_cannot_be_read(
    scheduler: Scheduler, clinic: Clinic
) -> None:
    clinic.protocol_id = "amendable6"
    await clinic.open_cohort(version="1.0.0")
    folder = scheduler.run.settings.protocols
    older, newer = (load_protocol(folder / f"amendable6{name}.yaml") for name in ("", "-1.3.0"))
    release = {
        "site": clinic.site,
        "content_hash": newer.content_hash,
        "author": "A. Author",
        "reason": "a lower limit",
    }
    release["signature"] = {"name": "Dr. Imani Reyes", "meaning": "I have read the differences and approve them."}
    signer = clinic.as_("prescriber", authenticated_at=await scheduler.now())
    answer = await signer.post("/protocols/amendable6/versions/1.3.0/release", json=release)
    assert answer.status_code == 201, answer.text
    later = await clinic.open_cohort(version="1.3.0", starts_on=await clinic.monday(at_least=4 * WEEK))
    person = Person(clinic)
    async with taken_away(scheduler, older.content_hash):
        await scheduler.publish(*person.found_eligible(), site=clinic.site, wait=False)
        assert (await scheduler.heard(SeatOffered, program_id=person.id)).data.cohort_id == later.id
    await scheduler.time.move(await scheduler.now() + 20 * MINUTE)
    await scheduler.until_idle()
