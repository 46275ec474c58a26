"""What was told by mistake is taken back with everything that rested on it; the earlier line is kept."""

import asyncio
from typing import Any

import pytest

from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, MINUTE, WEEK, Clinic, Person, problem
from tests.components.scheduler.test_absences import prepared


async def test_an_absence_that_is_taken_back_releases_what_it_held(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    booked = await person.books_make_up("circle:1")
    assert (await person.ahead())["dose:2"]["held"]
    await person.is_not_absent("circle:1", "attended")
    await clinic.scheduler.heard(told.DoseReleased, program_id=person.id, item="circle:1")
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id, kind="absence")
    assert (closed.data.closure, closed.data.closed_by) == ("taken_back", "rule:absence_taken_back")
    cancelled = await clinic.scheduler.heard(told.MakeUpCancelled, program_id=person.id)
    assert str(cancelled.data.session_id) == booked.json()["session_id"]
    ahead = await person.ahead()
    assert not ahead["dose:2"]["held"]
    assert "make_up:circle:1" not in ahead
    kinds = [fact["kind"] for fact in (await person.shown())["facts"] if fact["item"] == "circle:1"]
    assert kinds == ["absent", "absence_taken_back"]


async def test_somebody_told_absent_from_a_dose_who_comes_after_all_can_be_cleared(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.attends("preparation:1", "preparation:2")
    await person.completes("measure:baseline")
    await clinic.scheduler.skip(person.cohort.start("dose:1"))
    await person.is_absent("dose:1", excused=True)
    assert (await person.clearance("dose:1")).refusals == ("no_such_item",)
    await person.is_not_absent("dose:1", "attended")
    assert (await person.clearance("dose:1")).refusals == ()
    await person.is_dosed("dose:1")
    assert "dose:1" not in await person.ahead()


async def test_a_review_whose_absences_are_taken_back_is_closed_and_a_later_absence_opens_another(
    clinic: Clinic,
) -> None:
    person = await clinic.member()
    await person.is_absent("preparation:1")
    await person.is_absent("preparation:2")
    [review] = await person.tasks("withdrawal_review")
    await person.is_not_absent("preparation:2", "expected")
    assert await person.tasks("withdrawal_review") == []
    assert [task["item"] for task in await person.tasks("absence")] == ["preparation:1"]
    assert "preparation:2" in await person.ahead()

    await person.is_absent("preparation:2")
    [again] = await person.tasks("withdrawal_review")
    assert again["id"] != review["id"]
    assert sorted(task["item"] for task in await person.tasks("absence")) == ["preparation:1", "preparation:2#2"]


async def test_an_absence_that_is_heard_of_after_it_was_taken_back_stays_taken_back(clinic: Clinic) -> None:
    person = await clinic.member()
    now = await clinic.scheduler.now()
    await person.is_not_absent("preparation:1", "attended")
    await person.is_absent("preparation:1", at=now - MINUTE)
    assert await person.tasks("absence") == []
    assert "preparation:1" not in await person.ahead()


async def test_leaving_for_good_needs_a_second_look_and_a_reason(clinic: Clinic) -> None:
    person = await clinic.person()
    assert problem(await person.posts("clinician", "death")) == (409, "not_confirmed", "confirms")
    other = await clinic.person()
    wrong = await person.posts("clinician", "death", reason="called by the family", confirms=str(other.id))
    assert problem(wrong) == (409, "not_confirmed", "confirms")
    silent = await person.posts("coordinator", "transfer-out", confirms=str(person.id))
    assert problem(silent) == (422, "reason_missing", "reason")
    assert (await person.posts("participant", "withdraw", confirms=str(person.id))).status_code == 200


async def comes_back(person: Person, by: str) -> Any:
    clinic = person.clinic
    body = {"reason": "it was about another patient", "signature": {"name": "Dr. A. Moss", "meaning": "By mistake."}}
    signer = clinic.as_("clinician", subject=by, authenticated_at=await clinic.scheduler.now())
    return await signer.post(f"{person.path}/leaving/correction", json=body)


@pytest.mark.parametrize("how", ["death", "withdraw", "transfer-out"])
async def test_a_leaving_of_the_wrong_person_is_taken_back_by_another_signer(clinic: Clinic, how: str) -> None:
    person, *_ = await clinic.members(4)
    assert problem(await comes_back(person, "clinician-2")) == (409, "not_left", None)
    assert (await person.leaves(how, "clinician")).status_code == 200
    assert await person.cohort.seats() == {"free": 1, "taken": 3}
    assert problem(await comes_back(person, "clinician-1")) == (409, "same_signer", None)
    answer = await comes_back(person, "clinician-2")
    assert answer.status_code == 200, answer.text
    assert "they have their seat again" in answer.json()["touched"]
    assert await person.state() == "active"
    assert await person.cohort.seats() == {"taken": 4}
    assert "dose:1" in await person.ahead()
    kinds = [fact["kind"] for fact in (await person.shown())["facts"]]
    assert kinds[-2:] == ["left", "left_taken_back"]
    [task] = await person.tasks("leaving_taken_back")
    assert task["owner"] == "clinician"
    looked = await clinic.as_("clinician").post(f"/tasks/{task['id']}/close")
    assert looked.json()["closure"] == "looked_at"
    await clinic.scheduler.skip(person.cohort.start("preparation:1") - DAY + MINUTE)
    due = await clinic.scheduler.heard(told.SessionDue, cohort_id=person.cohort.id)
    assert person.id in due.data.roster


async def test_a_seat_that_changes_while_a_leaving_is_taken_back_is_not_given_from_what_was_read_before(
    clinic: Clinic,
) -> None:
    person, *_ = await clinic.members(4)
    assert (await person.leaves("withdraw", "clinician")).status_code == 200
    assert await person.cohort.seats() == {"free": 1, "taken": 3}
    admin = clinic.scheduler.admin
    async with admin.transaction():
        await admin.execute("select from scheduler.cohort where id = $1 for update", person.cohort.id)
        asked = asyncio.create_task(comes_back(person, "clinician-2"))
        while not await admin.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await admin.execute("update scheduler.program set cohort_id = null where id = $1", person.id)
    assert problem(await asked) == (409, "seat_changed", None)
    assert await person.state() == "withdrawn"


async def test_somebody_whose_seat_was_given_on_meanwhile_waits_for_another_and_is_called(clinic: Clinic) -> None:
    person, *_ = await clinic.members(4, starts_on=await clinic.monday(at_least=14 * DAY))
    other = await clinic.person()
    assert (await person.leaves("withdraw", "clinician")).status_code == 200
    assert await other.state() == "offered"
    assert (await comes_back(person, "clinician-2")).status_code == 200
    assert await person.state() == "waiting"
    await clinic.scheduler.heard(told.SeatTakenBack, program_id=person.id)
    [task] = await person.tasks("seat_given_on")
    assert task["owner"] == "coordinator"


async def test_what_was_owed_is_owed_again_and_what_passed_meanwhile_is_an_excused_absence(clinic: Clinic) -> None:
    person, *_ = await clinic.members(4)
    await person.is_absent("preparation:1")
    [before] = await person.tasks("absence")
    await clinic.scheduler.skip(person.cohort.start("preparation:1") + DAY)
    assert (await person.leaves("transfer-out")).status_code == 200
    assert await person.tasks("absence") == []
    await clinic.scheduler.skip(person.cohort.start("preparation:2") + DAY)
    touched = (await comes_back(person, "clinician-2")).json()["touched"]
    assert "preparation:2 passed meanwhile and is an excused absence" in touched
    assert "absence is owed again" in touched
    again = {task["item"]: task for task in await person.tasks("absence")}
    assert again.keys() == {"preparation:1", "preparation:2"}
    assert again["preparation:1"]["id"] == before["id"]
    assert not again["preparation:1"]["overdue"]
    assert await person.tasks("withdrawal_review") == []
    assert (await person.books_make_up("preparation:1")).status_code == 201
    await person.attends("make_up:preparation:1")
    assert [task["item"] for task in await person.tasks("absence")] == ["preparation:2"]


async def test_who_left_while_a_seat_was_offered_waits_again_and_is_offered_the_next(clinic: Clinic) -> None:
    person = await clinic.person()
    await clinic.open_cohort(starts_on=await clinic.monday(at_least=4 * WEEK))
    assert await person.state() == "offered"
    assert (await person.leaves("withdraw")).status_code == 200
    assert (await comes_back(person, "clinician-2")).status_code == 200
    assert await person.state() == "offered"
    assert (await person.accept()).status_code == 200


async def test_neither_an_own_decision_nor_what_is_long_past_is_taken_back(clinic: Clinic) -> None:
    ana, ben = await clinic.people(2)
    assert (await ana.leaves("withdraw", "participant")).status_code == 200
    assert problem(await comes_back(ana, "clinician-2")) == (409, "their_own_decision", None)
    assert (await ben.leaves("withdraw")).status_code == 200
    await clinic.scheduler.skip(15 * DAY)
    assert problem(await comes_back(ben, "clinician-2")) == (409, "too_late", None)
