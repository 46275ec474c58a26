"""Two tries make one; what was booked can be cancelled; nothing is booked further away than a clinic plans."""

import asyncio
from datetime import timedelta

from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, HOUR, WEEK, Clinic, problem
from tests.components.scheduler.test_absences import prepared


async def test_a_double_click_books_one_make_up_which_can_be_cancelled_and_booked_again(clinic: Clinic) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    tomorrow = await clinic.scheduler.now() + DAY
    answers = await asyncio.gather(*(person.books_make_up("circle:1", tomorrow) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert problem(refused) == (409, "already_booked", "missed_item")
    assert "make_up:circle:1 is booked for" in refused.json()["detail"]

    cancelled = await person.posts("coordinator", "make-ups/make_up:circle:1/cancel", reason="clicked twice")
    assert cancelled.status_code == 200, cancelled.text
    gone = await clinic.scheduler.heard(told.MakeUpCancelled, program_id=person.id)
    booked = await clinic.scheduler.heard(told.MakeUpBooked, program_id=person.id)
    assert (gone.data.session_id, gone.data.item) == (booked.data.session_id, "make_up:circle:1")
    assert "make_up:circle:1" not in await person.ahead()
    assert len(await person.tasks("absence")) == 1
    again = await person.posts("coordinator", "make-ups/make_up:circle:1/cancel", reason="clicked twice")
    assert problem(again) == (409, "no_make_up", "item")
    assert (await person.books_make_up("circle:1", tomorrow)).json()["item"] == "make_up:circle:1:2"


async def test_a_make_up_is_refused_at_the_time_of_another_appointment_and_beyond_what_is_planned(
    clinic: Clinic,
) -> None:
    person = await prepared(clinic)
    await person.is_absent("circle:1")
    at_the_dose = person.cohort.start("dose:2") + HOUR
    assert problem(await person.books_make_up("circle:1", at_the_dose)) == (409, "overlaps", "starts_at")
    mistyped = await clinic.scheduler.now() + timedelta(days=36500)
    assert problem(await person.books_make_up("circle:1", mistyped)) == (422, "too_far_ahead", "starts_at")


async def test_the_same_cohort_is_opened_once_and_one_a_hundred_years_away_not_at_all(clinic: Clinic) -> None:
    answers = await asyncio.gather(*(clinic.post_cohort() for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert [problem(one) for one in answers if one.status_code == 409] == [(409, "cohort_exists", "starts_on")]
    assert (await clinic.post_cohort(theme="first responders")).status_code == 201
    mistyped = await clinic.monday(at_least=5200 * WEEK)
    assert problem(await clinic.post_cohort(starts_on=mistyped)) == (422, "too_far_ahead", "starts_on")


async def test_a_cancelled_cohort_puts_everybody_back_into_the_line_and_takes_its_calendar_back(
    clinic: Clinic,
) -> None:
    member, left, *_ = await clinic.members(3)
    cohort = member.cohort
    offered = await clinic.person()
    await left.leaves("withdraw")
    reason = {"reason": "the room burnt down"}
    answer = await clinic.as_("coordinator").post(f"/cohorts/{cohort.id}/cancel", json=reason)
    assert answer.status_code == 200, answer.text
    assert answer.json()["cancelled_at"] is not None
    await clinic.scheduler.heard(told.CohortClosed, cohort_id=cohort.id)
    assert await cohort.seats() == {"free": 4}
    assert [await one.state() for one in (member, left, offered)] == ["waiting", "withdrawn", "waiting"]
    taken_back = await clinic.scheduler.all_heard(told.SeatTakenBack, cohort_id=cohort.id)
    was_offered = {one.data.program_id: one.data.was_offered for one in taken_back}
    assert (was_offered[member.id], was_offered[offered.id]) == (False, True)
    gone = await clinic.scheduler.all_heard(told.SessionCancelled, cohort_id=cohort.id)
    assert {one.data.session_id for one in gone} == {cohort.session(s["item"])[0] for s in cohort.shown["sessions"]}
    assert (await member.shown())["next"] == []
    again = await clinic.as_("coordinator").post(f"/cohorts/{cohort.id}/cancel", json=reason)
    assert problem(again) == (409, "cohort_closed", None)

    anew = await clinic.open_cohort()
    assert await member.state() == "offered"
    assert (await member.accept()).status_code == 200
    assert await member.state() == "active"
    assert (await member.shown())["cohort_id"] == str(anew.id)


async def test_a_cohort_that_has_begun_is_not_cancelled(clinic: Clinic) -> None:
    member = await clinic.member()
    await clinic.scheduler.skip(member.cohort.start("preparation:1"))
    answer = await clinic.as_("coordinator").post(f"/cohorts/{member.cohort.id}/cancel", json={"reason": "too late"})
    assert problem(answer) == (409, "session_announced", None)
