"""The scheduler's word on a dose: cleared, or every rule that stands in its way by name."""

from datetime import datetime, timedelta

from tests.components.scheduler.conftest import DAY, HOUR, MINUTE, Clinic, Person, problem


async def ready(clinic: Clinic) -> Person:
    """A member on the morning of the first dose, who did everything that was asked."""
    person = await clinic.member()
    await person.attends("preparation:1", "preparation:2")
    await person.completes("measure:baseline")
    await clinic.scheduler.skip(person.cohort.start("dose:1"))
    return person


async def test_whoever_did_everything_is_cleared_on_the_day_for_ten_minutes(clinic: Clinic) -> None:
    person = await ready(clinic)
    answer = await person.clearance("dose:1")
    assert (answer.authority, answer.refusals, answer.cleared) == ("scheduler", (), True)
    assert answer.valid_until - answer.answered_at == timedelta(minutes=10)
    assert answer.revision == (await person.shown())["facts"][-1]["revision"]


async def test_a_dose_is_given_once_and_the_next_not_before_its_day_and_interval(clinic: Clinic) -> None:
    person = await ready(clinic)
    await person.is_dosed("dose:1")
    assert (await person.clearance("dose:1")).refusals == ("already_dosed",)
    assert (await person.clearance("dose:2")).refusals == ("not_due", "minimum_interval")
    await clinic.scheduler.skip(person.cohort.start("dose:2") - DAY + HOUR)
    assert (await person.clearance("dose:2")).refusals == ("not_due",)
    await clinic.scheduler.skip(person.cohort.start("dose:2"))
    assert (await person.clearance("dose:2")).cleared


async def test_what_is_no_dose_of_the_path_is_never_cleared(clinic: Clinic) -> None:
    person = await ready(clinic)
    for item in ("dose:7", "circle:1", "reminder:circle:1:1", "nonsense"):
        assert (await person.clearance(item)).refusals == ("no_such_item",)
    await person.is_absent("dose:1")
    assert (await person.clearance("dose:1")).refusals == ("no_such_item",)


async def test_everything_that_holds_the_first_dose_is_named(clinic: Clinic) -> None:
    person = await clinic.member()
    await person.attends("preparation:1")
    await person.is_absent("preparation:2", excused=True)
    await clinic.scheduler.skip(person.cohort.start("dose:1"))
    held = await person.clearance("dose:1")
    assert held.refusals == ("held:preparation_owed", "held:measure:baseline_missing")
    await person.completes("measure:baseline")
    await person.is_overridden("preparation:2")
    released = await person.clearance("dose:1")
    assert released.cleared
    assert released.revision > held.revision


async def test_a_dose_that_is_heard_after_a_hold_is_a_clinicians_task_at_once(clinic: Clinic) -> None:
    person = await ready(clinic)
    assert (await person.posts("clinician", "hold", reason="She called and sounded different.")).status_code == 200
    await person.is_dosed("dose:1")
    [task] = await person.tasks("dose_while_held")
    assert (task["owner"], task["item"]) == ("clinician", "dose:1")
    assert (
        timedelta(minutes=14) < datetime.fromisoformat(task["deadline"]) - await clinic.scheduler.now() <= MINUTE * 15
    )
    coordinator, clinician = clinic.as_("coordinator"), clinic.as_("clinician")
    assert problem(await coordinator.post(f"/tasks/{task['id']}/close")) == (403, "role", None)
    assert (await clinician.post(f"/tasks/{task['id']}/close")).json()["closure"] == "person_seen"


async def test_a_dose_that_nothing_holds_is_nobodys_task(clinic: Clinic) -> None:
    person = await ready(clinic)
    await person.is_dosed("dose:1")
    assert await person.tasks("dose_while_held") == []


async def test_a_missed_circle_is_named_at_once_and_nobody_waits_for_a_workflow(clinic: Clinic) -> None:
    person = await ready(clinic)
    await person.is_dosed("dose:1")
    await person.is_absent("circle:1")
    await clinic.scheduler.skip(person.cohort.start("dose:2") - HOUR)
    assert (await person.clearance("dose:2")).refusals == ("held:circle_owed",)
    await person.books_make_up("circle:1")
    assert (await person.clearance("dose:2")).refusals == ("held:circle_owed",)
    await person.attends("make_up:circle:1")
    assert (await person.clearance("dose:2")).cleared


async def test_nobody_without_a_seat_or_gone_is_cleared(clinic: Clinic) -> None:
    waiting = await clinic.person()
    assert (await waiting.clearance("dose:1")).refusals == ("program_not_active",)
    person = await ready(Clinic(clinic.scheduler))
    await person.leaves("withdraw", "coordinator")
    assert (await person.clearance("dose:1")).refusals == ("program_not_active",)


async def test_a_clinicians_hold_holds_the_dose_until_they_release_it(clinic: Clinic) -> None:
    person = await ready(clinic)
    clinician, path = clinic.as_("clinician"), f"/programs/{person.id}"
    reason = {"reason": "a new medication, to be looked at first"}
    assert (await clinic.as_("coordinator").post(f"{path}/hold", json=reason)).status_code == 403
    assert (await clinician.post(f"{path}/release", json=reason)).json()["rule"] == "not_held"

    assert (await clinician.post(f"{path}/hold", json=reason)).status_code == 200
    assert (await clinician.post(f"{path}/hold", json=reason)).json()["rule"] == "already_held"
    assert (await person.clearance("dose:1")).refusals == ("held:clinician_hold",)
    [task] = await clinic.tasks("hold")
    assert task["owner"] == "clinician"

    assert (await clinician.post(f"{path}/release", json=reason)).status_code == 200
    assert (await person.clearance("dose:1")).cleared
    assert await clinic.tasks("hold") == []
