"""Circles on the real servers: who was there, who was not, and what that does to the next dose."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.events.integration import (
    AbsenceRecorded,
    AttendanceCorrected,
    AttendanceRecorded,
    CircleClosed,
    ServiceRendered,
)
from shared.events.scheduler import SessionCancelled
from tests.components.integration.conftest import DAY, HOUR, MINUTE, SIGNATURE, Person, booked_circle, due, tasks
from tests.lib.component import Component
from tests.lib.pinned import pin


async def a_due_circle(integration: Component, *people: Person) -> UUID:
    """A circle in an hour, announced."""
    booked = await booked_circle(integration, people[0].cohort_id)
    await integration.publish(booked, due(booked, *people))
    return booked.session_id


async def a_group(integration: Component, size: int) -> list[Person]:
    cohort_id = uuid4()
    return [await Person.seated(integration, cohort_id) for _ in range(size)]


async def record(integration: Component, session_id: UUID, **body: Any) -> Any:
    return await integration.as_("facilitator").post(f"/circles/{session_id}/attendance", json=body)


async def close(integration: Component, session_id: UUID) -> Any:
    return await integration.as_("facilitator").post(f"/circles/{session_id}/close")


async def test_a_circle_is_recorded_closed_and_billed(integration: Component) -> None:
    ana, ben, carl = await a_group(integration, 3)
    session_id = await a_due_circle(integration, ana, ben, carl)
    await integration.skip(HOUR)
    told = {"program_id": str(carl.id), "excused": True, "reason": "At a funeral."}
    answer = await record(integration, session_id, present=[str(ana.id), str(ben.id)], absent=[told])
    assert answer.status_code == 200, answer.text
    assert "funeral" not in answer.text
    assert await tasks(integration, "attendance") == []
    assert (await close(integration, session_id)).json()["state"] == "closed"

    for person in (ana, ben):
        await integration.heard(AttendanceRecorded, program_id=person.id, status="attended", item="circle:3")
        billed = await integration.heard(ServiceRendered, program_id=person.id)
        assert (billed.data.minutes, billed.data.participants) == (90, 2)
    await integration.heard(AbsenceRecorded, program_id=carl.id, excused=True, no_show=False)
    await integration.heard(CircleClosed, session_id=session_id)
    assert await integration.all_heard(ServiceRendered, program_id=carl.id) == []
    assert await tasks(integration, "circle_close") == []


async def test_nobody_joins_a_circle_before_its_checks_are_confirmed(integration: Component) -> None:
    ana, ben = [await Person.seated(integration, protocol=pin("otago2")) for _ in range(2)]
    booked = (await booked_circle(integration, ana.cohort_id)).model_copy(update={"protocol": pin("otago2")})
    await integration.publish(booked, due(booked, ana, ben))
    await integration.skip(HOUR)
    away = [{"program_id": str(ben.id), "excused": True}]
    assert (await record(integration, booked.session_id, absent=away)).status_code == 200
    refused = (await record(integration, booked.session_id, present=[str(ana.id)])).json()
    assert (refused["rule"], refused["field"]) == ("check_missing", "checks")
    joined = await record(integration, booked.session_id, present=[str(ana.id)], checks=["breath_alcohol"])
    assert joined.status_code == 200, joined.text


async def test_who_is_not_recorded_by_the_end_of_the_grace_time_is_a_no_show_and_holds_their_dose(
    integration: Component,
) -> None:
    ana, ben = await a_group(integration, 2)
    session_id = await a_due_circle(integration, ana, ben)
    await integration.skip(HOUR)
    await record(integration, session_id, present=[str(ana.id)])
    await integration.skip(20 * MINUTE)

    absence = await integration.heard(AbsenceRecorded, program_id=ben.id)
    assert (absence.data.no_show, absence.data.excused) == (True, False)
    assert (await ana.clearance()).refusals == ()
    assert (await ben.clearance()).refusals == ("circle_owed:circle:3",)


async def test_a_circle_that_is_heard_of_late_makes_nobody_absent_at_once(
    integration: Component, person: Person
) -> None:
    booked = await booked_circle(integration, person.cohort_id, starts_in=-HOUR)
    await integration.publish(due(booked, person))
    assert (await person.clearance()).refusals == ("circle_owed:circle:3",)
    assert (await record(integration, booked.session_id, present=[str(person.id)])).status_code == 200
    assert (await person.clearance()).refusals == ()


async def test_a_make_up_releases_the_next_dose(integration: Component, person: Person) -> None:
    await a_due_circle(integration, person)
    await integration.skip(2 * HOUR)
    held = await person.clearance()
    assert held.refusals == ("circle_owed:circle:3",)

    make_up = (await person.makes_up("circle:3")).session_id
    await integration.skip(HOUR + MINUTE)
    answer = await record(integration, make_up, present=[str(person.id)])
    assert answer.json()["missed_item"] == "circle:3"
    await integration.heard(AttendanceRecorded, program_id=person.id, item="make_up:circle:3")
    released = await person.clearance()
    assert released.refusals == ()
    assert released.revision > held.revision
    assert released.valid_until - released.answered_at == timedelta(minutes=10)


async def test_an_override_counts_even_when_it_is_heard_before_the_absence(
    integration: Component, person: Person
) -> None:
    await person.is_overridden("circle:3")
    await a_due_circle(integration, person)
    await integration.skip(2 * HOUR)
    await integration.heard(AbsenceRecorded, program_id=person.id)
    assert (await person.clearance()).refusals == ()


async def test_a_circle_that_is_due_before_it_is_booked_keeps_its_roster_and_its_times(integration: Component) -> None:
    ana, ben = await a_group(integration, 2)
    booked = await booked_circle(integration, ana.cohort_id)
    await integration.publish(due(booked, ana, ben))
    late = booked.model_copy(update={"starts_at": booked.starts_at - DAY, "ends_at": booked.ends_at - DAY})
    await integration.publish(late)
    shown = (await integration.as_("facilitator").get(f"/circles/{booked.session_id}")).json()
    assert shown["state"] == "due"
    assert shown["starts_at"].startswith(booked.starts_at.isoformat()[:19])
    assert [seat["status"] for seat in shown["roster"]] == ["expected", "expected"]


async def test_an_older_calendar_changes_nothing_and_a_newer_one_moves_the_circle(integration: Component) -> None:
    first = await booked_circle(integration, uuid4(), revision=2)
    await integration.publish(first)
    starts = {n: first.starts_at + n * DAY for n in (1, 3)}
    for revision in (1, 3):
        moved = {"calendar_revision": revision, "starts_at": starts[revision], "ends_at": starts[revision] + HOUR}
        await integration.publish(first.model_copy(update=moved))
    listed = await integration.as_("coordinator").get("/circles", params={"cohort_id": str(first.cohort_id)})
    (shown,) = listed.json()["items"]
    assert shown["starts_at"].startswith(starts[3].isoformat()[:19])


async def test_a_cancelled_circle_is_in_no_list_until_it_is_booked_again(integration: Component) -> None:
    first = await booked_circle(integration, uuid4())
    cancelled = SessionCancelled(**first.model_dump() | {"calendar_revision": 2})
    await integration.publish(cancelled, first)
    listing = {"cohort_id": str(first.cohort_id)}
    assert (await integration.as_("coordinator").get("/circles", params=listing)).json()["items"] == []
    await integration.publish(first.model_copy(update={"calendar_revision": 3}))
    assert len((await integration.as_("coordinator").get("/circles", params=listing)).json()["items"]) == 1


async def test_nobody_waits_for_a_person_who_left_whenever_that_is_heard(integration: Component) -> None:
    ana, ben, carl = await a_group(integration, 3)
    await ana.becomes("withdrawn")
    session_id = await a_due_circle(integration, ana, ben, carl)
    await ben.becomes("died")
    shown = (await integration.as_("facilitator").get(f"/circles/{session_id}")).json()
    status = {seat["program_id"]: seat["status"] for seat in shown["roster"]}
    assert status == {str(ana.id): "left", str(ben.id): "left", str(carl.id): "expected"}
    await integration.skip(2 * HOUR)
    assert await integration.all_heard(AbsenceRecorded, program_id=ana.id) == []
    await integration.heard(AbsenceRecorded, program_id=carl.id, no_show=True)


async def test_a_make_up_of_somebody_who_left_is_closed_by_itself(integration: Component, person: Person) -> None:
    session_id = (await person.makes_up("circle:3", starts_in=DAY)).session_id
    await person.becomes("withdrawn")
    await integration.heard(CircleClosed, session_id=session_id)
    assert [task for task in await tasks(integration, "attendance") if task["item"] == str(session_id)] == []


async def test_a_circle_that_nobody_closes_becomes_the_coordinators(integration: Component, person: Person) -> None:
    session_id = await a_due_circle(integration, person)
    await integration.skip(5 * HOUR)
    (task,) = [task for task in await tasks(integration, "circle_close") if task["item"] == str(session_id)]
    assert (task["owner"], task["stage"], task["overdue"]) == ("coordinator", "overdue", True)
    assert (await integration.as_("coordinator").post(f"/circles/{session_id}/close")).status_code == 200


async def test_attendance_is_refused_by_rule_role_site_and_shape(integration: Component, person: Person) -> None:
    session_id = await a_due_circle(integration, person)
    early = await record(integration, session_id, present=[str(person.id)])
    assert (early.status_code, early.json()["rule"]) == (409, "circle_not_started")
    stranger = await record(integration, session_id, absent=[{"program_id": str(uuid4()), "excused": False}])
    assert (stranger.status_code, stranger.json()["rule"]) == (422, "not_on_roster")
    assert (await close(integration, session_id)).json()["rule"] == "attendance_missing"
    path = f"/circles/{session_id}/attendance"
    assert (await integration.as_("coordinator").post(path, json={})).status_code == 403
    assert (await integration.as_("facilitator", "co").post(path, json={})).status_code == 404
    assert (await record(integration, session_id, presence=[])).status_code == 422
    assert (await integration.as_("facilitator").post("/circles/nonsense/attendance", json={})).status_code == 422
    assert (await integration.as_(None).get("/circles")).status_code == 401


async def test_a_cancelled_make_up_expects_nobody_and_owes_nothing(integration: Component, person: Person) -> None:
    await a_due_circle(integration, person)
    await integration.skip(2 * HOUR)
    assert (await person.clearance()).refusals == ("circle_owed:circle:3",)
    open_before = len(await tasks(integration, "attendance"))
    booked = await person.makes_up("circle:3")
    assert len(await tasks(integration, "attendance")) == open_before + 1
    await person.calls_off(booked)
    assert len(await tasks(integration, "attendance")) == open_before
    await integration.publish(booked)
    await integration.skip(2 * HOUR)
    assert await integration.all_heard(AbsenceRecorded, session_id=booked.session_id) == []
    assert (await record(integration, booked.session_id, present=[str(person.id)])).status_code == 409
    assert (await person.clearance()).refusals == ("circle_owed:circle:3",)


async def correct(integration: Component, session_id: UUID, person: Person, *, was_there: bool) -> Any:
    body = {"was_there": was_there, "reason": "wrong name", "signature": SIGNATURE}
    path = f"/circles/{session_id}/absences/{person.id}/correction"
    return await integration.as_("clinician").post(path, json=body)


async def test_somebody_told_absent_who_is_there_in_time_counts_and_after_the_grace_a_clinician_signs(
    integration: Component,
) -> None:
    ana, ben, carl = await a_group(integration, 3)
    session_id = await a_due_circle(integration, ana, ben, carl)
    told = [{"program_id": str(one.id), "excused": True} for one in (ana, ben)]
    await record(integration, session_id, absent=told)
    assert (await correct(integration, session_id, ben, was_there=False)).status_code == 200
    await integration.heard(AttendanceCorrected, program_id=ben.id, status="expected")
    await integration.skip(HOUR)
    assert (await record(integration, session_id, present=[str(ana.id), str(ben.id)])).status_code == 200
    await integration.heard(AttendanceCorrected, program_id=ana.id, status="attended")
    await integration.heard(AttendanceRecorded, program_id=ben.id, status="attended")
    assert (await ana.clearance()).refusals == ()

    await integration.skip(30 * MINUTE)
    before = await carl.clearance()
    assert before.refusals == ("circle_owed:circle:3",)
    assert (await record(integration, session_id, present=[str(carl.id)])).status_code == 409
    assert (await correct(integration, session_id, carl, was_there=True)).status_code == 200
    after = await carl.clearance()
    assert (after.refusals, after.revision > before.revision) == ((), True)
    assert (await close(integration, session_id)).status_code == 200
