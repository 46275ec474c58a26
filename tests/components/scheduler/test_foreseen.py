"""What would refuse a dose is a task before it, on the real servers; not first a refusal on the day."""

from datetime import datetime, timedelta

from shared.events import intake
from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, Clinic, Person

BEFORE = timedelta(days=14)


def eligible(person: Person, until: datetime) -> intake.ScreeningDecided:
    return intake.ScreeningDecided(
        program_id=person.id, protocol_id=person.clinic.protocol_id, decision="eligible", valid_until=until
    )


async def test_a_decision_that_ends_in_the_middle_is_a_clinicians_task_until_a_new_one_is_signed(
    clinic: Clinic,
) -> None:
    person = await clinic.member()
    third = person.cohort.start("dose:3")
    await clinic.publish(eligible(person, third - DAY))
    await clinic.scheduler.skip(third - BEFORE - timedelta(minutes=1))
    assert await person.tasks("screening_renewal") == []
    await clinic.scheduler.skip(timedelta(minutes=2))
    [task] = await person.tasks("screening_renewal")
    assert (task["owner"], datetime.fromisoformat(task["deadline"])) == ("clinician", third)
    await clinic.publish(eligible(person, third + 180 * DAY))
    assert await person.tasks("screening_renewal") == []
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id, kind="screening_renewal")
    assert closed.data.closure == "averted"


async def test_an_agreement_that_is_taken_back_close_to_a_dose_is_a_task_at_once_and_overdue_when_it_begins(
    clinic: Clinic,
) -> None:
    person = await clinic.member()
    first = person.cohort.start("dose:1")
    await clinic.scheduler.skip(first - 2 * DAY)
    await clinic.publish(intake.AgreementRevoked(program_id=person.id, kind="treatment_consent"))
    [task] = await person.tasks("agreement_missing")
    assert (task["owner"], datetime.fromisoformat(task["deadline"])) == ("coordinator", first)
    await clinic.scheduler.skip(first + timedelta(minutes=1))
    [overdue] = await person.tasks("agreement_missing")
    assert (overdue["owner"], overdue["stage"]) == ("clinician", "overdue")
    await clinic.publish(person.signs("treatment_consent"))
    assert await person.tasks("agreement_missing") == []


async def test_whoever_leaves_leaves_no_such_task_behind(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.scheduler.skip(person.cohort.start("dose:1") - 2 * DAY)
    await clinic.publish(intake.AgreementRevoked(program_id=person.id, kind="group_agreement"))
    assert len(await person.tasks("agreement_missing")) == 1
    assert (await person.leaves("withdraw")).status_code == 200
    assert await person.tasks("agreement_missing") == []
