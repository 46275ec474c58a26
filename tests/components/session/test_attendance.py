"""Who comes, who does not, and who is late; and events of one session in whatever order they arrive."""

from uuid import UUID, uuid4

from shared.events import session as told
from shared.events.scheduler import SessionCancelled, StateChanged
from tests.components.session.conftest import DAY, HOUR, MINUTE, PIN, READY, Day, authorities_answer, plan, rule
from tests.lib.component import Component
from tests.lib.pinned import read_beside


async def test_who_is_missing_after_the_grace_is_a_no_show(service: Component) -> None:
    day = await (await plan(service, people=2)).begin()
    here, missing = day.people
    await day.arrive(here)
    await service.skip(29 * MINUTE)
    assert (await day.states())[missing] == "expected"
    await service.skip(2 * MINUTE)
    absence = await service.heard(told.AbsenceRecorded, program_id=missing)
    assert (absence.data.no_show, absence.data.excused, absence.data.item) == (True, False, "dose:1")
    await service.heard(told.AttendanceRecorded, program_id=missing, status="absent")
    assert await day.states() == {here: "arrived", missing: "absent"}
    assert await service.all_heard(told.AbsenceRecorded, program_id=here) == []
    assert rule(await day.arrive(missing)) == "late_needs_clinician"


async def test_when_everyone_is_accounted_for_attendance_is_not_owed(service: Component, day: Day) -> None:
    assert {task["kind"] for task in await day.tasks()} >= {"attendance", "session_close"}
    await day.arrive(day.people[0])
    kinds = [task["kind"] for task in await day.tasks() if task["item"] == str(day.session_id)]
    assert kinds == ["session_close"]


async def test_a_late_arrival_needs_a_clinician(service: Component, day: Day) -> None:
    [person] = day.people
    await service.skip(11 * MINUTE)
    assert rule(await day.arrive(person)) == "late_needs_clinician"
    body = {"program_id": str(person), "checklist": READY, "admitted_by_clinician": True}
    vitals = {"systolic": 122, "diastolic": 78, "heart_rate": 70, "respiratory_rate": 14, "spo2": 98}
    assert rule(await day.post("facilitator", "arrivals", **body, vitals=vitals)) == "late_needs_clinician"
    assert (await day.post("clinician", "arrivals", **body, vitals=vitals)).status_code == 201


async def test_nobody_joins_a_preparation_before_its_checks_are_confirmed(service: Component) -> None:
    kind = "  - kind: preparation\n"
    sober = f"{kind}    checks: [{{id: sober, says: No alcohol found., needs_medical_director_signoff: true}}]\n"
    async with read_beside(service, PIN, kind, sober) as checked:
        day = await plan(service, "preparation:1")
        [person] = day.people
        await service.publish(*day.seats(), day.booked(protocol=checked), day.due(protocol=checked))
        await service.skip(day.starts_at)
        refused = await day.post("facilitator", "arrivals", program_id=str(person))
        assert (rule(refused), refused.json()["field"]) == ("check_missing", "checks")
        assert (await day.states())[person] == "expected"
        came = await day.post("facilitator", "arrivals", program_id=str(person), checks=["sober"])
        assert came.status_code == 201, came.text


async def test_an_absence_told_in_advance_keeps_its_reason_at_home(service: Component) -> None:
    day = await plan(service)
    [person] = day.people
    await service.publish(*day.seats(), day.booked())
    body = {"program_id": str(person), "excused": True, "reason": "A funeral."}
    assert (await day.post("coordinator", "absences", **body)).json()["state"] == "absent"
    absence = await service.heard(told.AbsenceRecorded, program_id=person)
    assert (absence.data.excused, absence.data.no_show) == (True, False)
    await day.begin()
    assert await day.states() == {person: "absent"}
    assert len(await service.all_heard(told.AbsenceRecorded, program_id=person)) == 1
    everything = [heard.model_dump_json() for heard in service.tail.events]
    assert not [heard for heard in everything if "funeral" in heard]
    stranger = {"program_id": str(uuid4()), "excused": True}
    assert rule(await day.post("coordinator", "absences", **stranger)) == "not_found"


async def test_due_may_be_heard_before_booked(service: Component) -> None:
    day = await plan(service)
    await service.publish(day.due())
    await service.publish(day.booked())
    shown = await day.shown()
    assert (shown["due"], len(shown["roster"])) == (True, 1)
    await service.publish(day.booked(revision=2, starts_at=day.starts_at - DAY))
    assert await day.shown() == shown


async def test_a_cancelled_session_is_in_no_list_until_it_is_booked_again(service: Component) -> None:
    day = await plan(service)
    cancelled = SessionCancelled(**day.booked(revision=2).model_dump())
    await service.publish(day.booked(), cancelled, day.booked())
    listing = {"cohort_id": str(day.cohort_id)}
    assert (await service.as_("facilitator").get("/sessions", params=listing)).json()["items"] == []
    assert rule(await day.arrive(day.people[0])) == "session_cancelled"
    await service.publish(day.booked(revision=3))
    assert len((await service.as_("facilitator").get("/sessions", params=listing)).json()["items"]) == 1


async def test_nobody_is_absent_from_a_session_that_was_cancelled(service: Component) -> None:
    day = await plan(service)
    cancelled = SessionCancelled(**day.booked(revision=2).model_dump())
    await service.publish(*day.seats(), day.booked(), cancelled)
    [person] = day.people
    absence = {"program_id": str(person), "excused": True}
    assert rule(await day.post("coordinator", "absences", **absence)) == "session_cancelled"
    await service.publish(day.booked(revision=3))
    assert (await day.post("coordinator", "absences", **absence)).status_code == 201


async def test_the_same_event_twice_is_one_roster(service: Component) -> None:
    day = await plan(service, people=3)
    [due] = await service.publish(day.due())
    await service.repeat(due, f"again-{due.id}")
    await service.publish(day.due())
    assert len((await day.shown())["roster"]) == 3
    assert sorted(task["kind"] for task in await day.tasks()) == ["attendance", "session_close"]


async def test_who_left_is_expected_nowhere_whichever_is_heard_first(service: Component) -> None:
    before, after = await plan(service), await plan(service)
    for person in before.people:
        await service.publish(_left(person, before.cohort_id), before.due())
    await service.publish(after.due())
    [person] = after.people
    assert await after.states() == {person: "expected"}
    await service.publish(_left(person, after.cohort_id))
    assert await after.states() == {person: "removed"}
    assert await before.states() == {}
    await service.skip(3 * HOUR)
    for day in (before, after):
        assert await service.all_heard(told.AbsenceRecorded, session_id=day.session_id) == []
        assert (await day.close()).status_code == 200


async def test_an_older_state_that_is_told_late_lets_nobody_be_expected_again(service: Component) -> None:
    day = await plan(service, "preparation:1", people=2)
    await service.publish(day.booked(), day.due())
    left, stays = day.people
    was_active = StateChanged(program_id=left, cohort_id=day.cohort_id, state="active")
    await service.publish_backwards(was_active, _left(left, day.cohort_id))
    assert await day.states() == {left: "removed", stays: "expected"}


async def test_a_make_up_is_a_session_for_one(service: Component) -> None:
    day = await plan(service, "make_up:preparation:1")
    await service.publish(day.make_up())
    [person] = day.people
    assert (await day.shown())["kind"] == "preparation"
    await service.skip(day.starts_at)
    assert (await day.post("facilitator", "arrivals", program_id=str(person))).status_code == 201
    attended = await service.heard(told.AttendanceRecorded, program_id=person)
    assert (attended.data.item, attended.data.status) == ("make_up:preparation:1", "attended")


async def test_a_cancelled_make_up_expects_nobody_and_owes_nothing_whichever_is_heard_first(service: Component) -> None:
    before, after = [await plan(service, "make_up:preparation:1") for _ in range(2)]
    await service.publish(before.make_up(), before.make_up_cancelled())
    await service.publish(after.make_up_cancelled(), after.make_up())
    for day in (before, after):
        assert await day.tasks() == []
        [person] = day.people
        assert rule(await day.post("facilitator", "arrivals", program_id=str(person))) == "session_cancelled"
    await service.skip(3 * HOUR)
    for day in (before, after):
        assert await service.all_heard(told.AbsenceRecorded, session_id=day.session_id) == []


async def test_a_session_nobody_closes_becomes_the_coordinators(service: Component) -> None:
    day = await (await plan(service, "preparation:1")).begin()
    assert rule(await day.close()) == "still_expected"
    await service.skip(day.ends_at + 3 * HOUR)
    [task] = [task for task in await day.tasks() if task["item"] == str(day.session_id)]
    assert (task["kind"], task["owner"], task["stage"]) == ("session_close", "coordinator", "overdue")
    assert (await day.close()).status_code == 200


async def test_nothing_is_recorded_before_a_session_is_due(service: Component) -> None:
    await authorities_answer(service)
    day = await plan(service)
    await service.publish(day.booked())
    assert rule(await day.arrive(day.people[0])) == "session_not_due"
    assert rule(await Day(service, day.starts_at, "dose:1", day.people, "bc").arrive(day.people[0])) == "not_found"
    listed = await service.as_("auditor").get("/sessions", params={"cohort_id": str(day.cohort_id)})
    assert [item["session_id"] for item in listed.json()["items"]] == [str(day.session_id)]


def _left(person: UUID, cohort_id: UUID) -> StateChanged:
    return StateChanged(program_id=person, cohort_id=cohort_id, state="withdrawn")
