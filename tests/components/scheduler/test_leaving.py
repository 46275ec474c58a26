"""Leaving: a review is a clinician's, nobody who leaves is forgotten, and nothing that comes late is dropped."""

from shared.events import intake, integration
from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, HOUR, MINUTE, WEEK, Clinic, Person, problem


async def decide(person: Person, decision: str, role: str = "clinician") -> object:
    return await person.posts(role, "review", decision=decision, reason="spoke with the person")


async def test_two_unexcused_absences_in_a_row_open_a_review_that_a_clinician_decides(clinic: Clinic) -> None:
    person = await clinic.member()
    assert problem(await decide(person, "continue")) == (409, "no_review", None)
    await person.is_absent("preparation:1")
    assert await person.tasks("withdrawal_review") == []
    await person.is_absent("preparation:2")
    [task] = await person.tasks("withdrawal_review")
    assert task["owner"] == "clinician"
    assert await person.state() == "active"

    assert (await decide(person, "continue")).status_code == 200
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=person.id, kind="withdrawal_review")
    assert (closed.data.closure, closed.data.closed_by) == ("continue", "clinician-1")
    assert await person.state() == "active"
    assert problem(await decide(person, "withdraw")) == (409, "no_review", None)

    await person.is_absent("dose:1", excused=True)
    assert len(await person.tasks("withdrawal_review")) == 1


async def test_a_review_can_end_in_a_withdrawal(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.is_absent("preparation:1")
    await person.is_absent("preparation:2")
    assert problem(await decide(person, "withdraw")) == (409, "not_confirmed", "confirms")
    assert (await person.is_withdrawn_by_review()).status_code == 200
    await clinic.scheduler.heard(told.StateChanged, program_id=person.id, state="withdrawn")
    await clinic.scheduler.until_idle()
    closed = await clinic.scheduler.all_heard(told.ObligationClosed, program_id=person.id)
    assert sorted(one.data.closure for one in closed) == ["program_closed", "program_closed", "withdraw"]


async def test_a_review_that_nobody_decides_stays_and_is_overdue(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.is_absent("preparation:1")
    await person.is_absent("preparation:2")
    await clinic.scheduler.skip(3 * DAY + HOUR)
    [task] = await person.tasks("withdrawal_review")
    assert (task["overdue"], task["owner"]) == (True, "clinician")
    assert await person.state() == "active"


async def test_whoever_withdraws_keeps_the_safety_check_in_and_everything_that_is_known(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.scheduler.skip(person.cohort.start("dose:1"))
    await person.is_dosed("dose:1")
    facts = (await person.shown())["facts"]
    left_at = await clinic.scheduler.now()
    assert (await person.leaves("withdraw", "participant")).status_code == 200
    await clinic.scheduler.heard(told.StateChanged, program_id=person.id, state="withdrawn")
    assert set(await person.ahead()) == {"check_in:safety"}
    kept = (await person.shown())["facts"]
    assert kept[: len(facts)] == facts
    assert await person.tasks("absence") == []

    await clinic.scheduler.skip(7 * DAY + 10 * MINUTE)
    [due] = [
        one
        for one in await clinic.scheduler.all_heard(told.CheckInDue, program_id=person.id)
        if "safety" in one.data.item
    ]
    assert due.data.follows == "leaving"
    assert timedelta_within(due.time - left_at - WEEK)
    assert problem(await person.leaves("withdraw", "participant")) == (409, "program_not_active", None)
    await person.check_in_ends("check_in:safety")
    assert (await person.shown())["next"] == []
    assert await is_closed(person)


def timedelta_within(late: object) -> bool:
    return -MINUTE < late < 10 * MINUTE  # type: ignore[operator]  # the check-in is rounded up to five minutes


async def is_closed(person: Person) -> bool:
    """The scheduler has drawn the last consequence, and its workflow ended."""
    database = person.clinic.scheduler.database
    return await database.fetchval("select closed_at from program where id = $1", person.id) is not None


async def test_a_follow_up_that_was_consented_to_outlives_the_withdrawal(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.publish(person.signs("follow_up_consent"))
    await person.leaves("withdraw", "coordinator")
    await clinic.scheduler.until_idle()
    assert set(await person.ahead()) == {"check_in:safety", "measure:six_months"}


async def test_nothing_is_asked_of_whoever_died_or_went_to_another_network(clinic: Clinic) -> None:
    ana, ben = await clinic.members(2)
    await ana.is_absent("preparation:1")
    assert (await ana.leaves("death", "clinician")).status_code == 200
    assert (await ben.leaves("transfer-out", "coordinator")).status_code == 200
    await clinic.scheduler.until_idle()
    assert [await ana.state(), await ben.state()] == ["died", "transferred"]
    for person in (ana, ben):
        assert (await person.shown())["next"] == []
        assert await is_closed(person)
    closed = await clinic.scheduler.heard(told.ObligationClosed, program_id=ana.id)
    assert closed.data.closure == "program_closed"
    await clinic.scheduler.skip(4 * WEEK)
    assert await clinic.scheduler.all_heard(told.CheckInDue, program_id=ana.id) == []


async def test_a_fact_that_comes_after_the_end_is_kept_and_somebody_must_look(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.leaves("death", "coordinator")
    await clinic.scheduler.until_idle()
    assert await is_closed(person)
    await person.attends("preparation:1")
    [task] = await person.tasks("orphan_fact")
    assert (task["owner"], task["item"]) == ("coordinator", "attendance:preparation:1")
    assert "attended" in [fact["kind"] for fact in (await person.shown())["facts"]]
    assert await person.state() == "died"

    await clinic.scheduler.skip(2 * DAY)
    [overdue] = await person.tasks("orphan_fact")
    assert (overdue["owner"], overdue["overdue"]) == ("clinician", True)
    close = f"/tasks/{task['id']}/close"
    assert (await clinic.as_("clinician").post(close)).json()["closure"] == "looked_at"
    assert problem(await clinic.as_("clinician").post(close)) == (409, "task_closed", None)
    assert await person.tasks("orphan_fact") == []


async def test_a_task_with_a_remedy_is_not_closed_by_looking(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.is_absent("preparation:1")
    [task] = await person.tasks("absence")
    answer = await clinic.as_("coordinator").post(f"/tasks/{task['id']}/close")
    assert problem(answer) == (409, "closed_by_its_remedy", None)
    assert (await clinic.scheduler.as_("coordinator", "co").post(f"/tasks/{task['id']}/close")).status_code == 404


async def test_a_program_ends_when_everything_is_done_and_not_while_an_absence_is_open(clinic: Clinic) -> None:
    person = await clinic.member()
    await through_everything(person, missed="circle:10")
    assert await person.state() == "active"
    assert (await person.goes_on("circle:10")).status_code == 200
    await clinic.scheduler.heard(told.StateChanged, program_id=person.id, state="completed")
    await clinic.scheduler.until_idle()
    assert await is_closed(person)
    assert len(await clinic.scheduler.all_heard(told.StateChanged, program_id=person.id, state="completed")) == 1


async def through_everything(person: Person, missed: str) -> None:
    for session in person.cohort.shown["sessions"]:
        if session["item"] == missed:
            await person.is_absent(missed)
        elif session["kind"] == "dose":
            await person.is_dosed(session["item"])
        else:
            await person.attends(session["item"])
    for item in await person.ahead():
        if item.startswith("check_in:"):
            await person.check_in_ends(item)
        elif item != "measure:six_months":
            await person.completes(item)
    late = integration.MeasureCompleted(program_id=person.id, item="measure:six_months", late=True)
    await person.clinic.publish(late)


async def test_a_cohort_closes_once_when_its_last_person_is_through(clinic: Clinic) -> None:
    ana, ben = await clinic.members(2)
    await clinic.scheduler.skip(ana.cohort.start("preparation:1"))
    await ana.leaves("transfer-out", "coordinator")
    assert await clinic.scheduler.all_heard(told.CohortClosed, cohort_id=ana.cohort.id) == []
    await ben.leaves("transfer-out", "coordinator")
    await clinic.scheduler.heard(told.CohortClosed, cohort_id=ana.cohort.id)
    await clinic.publish(intake.AgreementRevoked(program_id=ben.id, kind="group_agreement"))
    assert len(await ben.tasks("orphan_fact")) == 1
    await clinic.scheduler.skip(ana.cohort.start("preparation:2"))
    assert len(await clinic.scheduler.all_heard(told.CohortClosed, cohort_id=ana.cohort.id)) == 1
    assert await clinic.scheduler.all_heard(told.SessionDue, cohort_id=ana.cohort.id, item="preparation:2") == []
