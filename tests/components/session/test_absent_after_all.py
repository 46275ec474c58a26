"""An absence that was told is taken back by whoever stands there in time, or by a clinician's signature."""

from uuid import UUID

from shared.events import session as told
from tests.components.session.conftest import CALM, HOUR, MINUTE, READY, SIGNATURE, Day, plan, rule
from tests.lib.component import Component


async def tell(day: Day, person: UUID) -> None:
    said = await day.post("coordinator", "absences", program_id=str(person), excused=True, reason="called in sick")
    assert said.status_code == 201, said.text


async def correct(day: Day, person: UUID, *, was_there: bool, by: str = "clinician-1") -> object:
    body = {"was_there": was_there, "reason": "another person of that name called", "signature": SIGNATURE}
    return await day.post("clinician", f"absences/{person}/correction", by=by, **body)


async def test_somebody_told_absent_who_stands_there_in_time_is_checked_in_and_dosed(day: Day) -> None:
    [person] = day.people
    await tell(day, person)
    assert (await day.arrive(person)).status_code == 201
    assert await day.states() == {person: "arrived"}
    corrected = await day.service.heard(told.AttendanceCorrected, program_id=person)
    assert (corrected.data.item, corrected.data.status) == ("dose:1", "attended")
    await day.service.heard(told.AttendanceRecorded, program_id=person, status="attended")
    assert len(await day.service.all_heard(told.AbsenceRecorded, program_id=person)) == 1
    kept = await day.service.admin.fetch("select * from session.attendance_correction where program_id = $1", person)
    [line] = kept
    assert (line["absence_reason"], line["absence_recorded_by"]) == ("called in sick", "coordinator-1")
    assert (await day.decide(person)).status_code == 201
    assert (await day.dose(person)).status_code == 201


async def test_a_no_show_who_comes_before_the_end_is_let_in_by_a_clinician_or_not_at_all(service: Component) -> None:
    day = await (await plan(service)).begin()
    [person] = day.people
    await service.skip(40 * MINUTE)
    assert await day.states() == {person: "absent"}
    assert rule(await day.arrive(person)) == "late_needs_clinician"
    body = {"program_id": str(person), "checklist": READY, "vitals": CALM, "admitted_by_clinician": True}
    assert (await day.post("clinician", "arrivals", **body)).status_code == 201
    await service.heard(told.AttendanceCorrected, program_id=person, status="attended")


async def test_after_the_end_a_clinician_corrects_an_absence_with_a_signature(service: Component) -> None:
    day = await (await plan(service, "preparation:1")).begin()
    [person] = day.people
    await service.skip(day.ends_at - await service.now() + MINUTE)
    body = {"program_id": str(person), "admitted_by_clinician": True}
    assert rule(await day.post("clinician", "arrivals", **body)) == "session_over"
    assert (await correct(day, person, was_there=True)).status_code == 200
    assert await day.states() == {person: "arrived"}
    await service.heard(told.AttendanceCorrected, program_id=person, status="attended")
    assert rule(await correct(day, person, was_there=True)) == "not_absent"


async def test_somebody_told_absent_by_mistake_is_expected_again_and_a_no_show_if_they_do_not_come(
    service: Component,
) -> None:
    day = await plan(service, people=2)
    ana, ben = day.people
    await service.publish(*day.seats(), day.booked(), day.due())
    await tell(day, ana)
    assert rule(await correct(day, ana, was_there=True)) == "session_not_begun"
    assert (await correct(day, ana, was_there=False)).status_code == 200
    assert await day.states() == {ana: "expected", ben: "expected"}
    await service.skip(3 * HOUR)
    assert await day.states() == {ana: "absent", ben: "absent"}
    assert len(await service.all_heard(told.AbsenceRecorded, program_id=ana)) == 2
    assert rule(await correct(day, ana, was_there=False)) == "attendance_settled"


async def test_a_dose_session_that_is_closed_withholds_the_dose_of_somebody_who_was_there(service: Component) -> None:
    day = await (await plan(service)).begin()
    [person] = day.people
    await tell(day, person)
    await service.skip(day.ends_at - await service.now())
    assert (await day.close()).status_code == 200
    assert (await correct(day, person, was_there=True)).status_code == 200
    await service.heard(told.DoseWithheld, program_id=person)
