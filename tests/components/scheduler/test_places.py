"""A place belongs to somebody who is on the path, and a group with too few people is somebody's to decide."""

from datetime import timedelta
from typing import Any

from tests.components.scheduler.conftest import DAY, HOUR, MINUTE, WEEK, Clinic, Cohort, Person, problem


async def leave_by_review(person: Person) -> None:
    await person.is_absent("preparation:1")
    await person.is_absent("preparation:2")
    answer = await person.is_withdrawn_by_review()
    assert answer.status_code == 200, answer.text


async def leave_after_screening(person: Person) -> None:
    """Screened again and not eligible; the review that this opens is decided."""
    await person.clinic.publish(person.screened("excluded"))
    answer = await person.is_withdrawn_by_review()
    assert answer.status_code == 200, answer.text


async def withdraw(person: Person) -> None:
    assert (await person.leaves("withdraw")).status_code == 200


async def transfer(person: Person) -> None:
    assert (await person.leaves("transfer-out")).status_code == 200


async def die(person: Person) -> None:
    assert (await person.leaves("death")).status_code == 200


async def test_the_seat_of_a_member_who_leaves_before_the_seats_close_goes_to_the_next_person(clinic: Clinic) -> None:
    """By whatever way they leave."""
    ways = [withdraw, transfer, die, leave_by_review, leave_after_screening]
    members = await clinic.members(5, starts_on=await clinic.monday(at_least=2 * WEEK), capacity=5)
    cohort = members[0].cohort
    for number, (leaves, member) in enumerate(zip(ways, members, strict=True)):
        waiting = await clinic.person()
        assert await waiting.state() == "waiting"
        await leaves(member)
        assert await waiting.state() == "offered", leaves.__name__
        assert await cohort.seats() == {"offered": 1, "taken": 4}, (number, leaves.__name__)
        assert (await waiting.accept()).status_code == 200
    assert await cohort.seats() == {"taken": 5}


async def test_nobody_who_left_holds_a_seat_after_the_seats_closed_and_nobody_is_offered_it(clinic: Clinic) -> None:
    first, *_ = await clinic.members(4)
    await clinic.scheduler.skip(first.cohort.start("preparation:1"))
    waiting = await clinic.person()
    await withdraw(first)
    assert await first.cohort.seats() == {"free": 1, "taken": 3}
    assert await waiting.state() == "waiting"


async def test_a_seat_that_is_offered_cannot_be_taken_by_somebody_who_has_just_left(clinic: Clinic) -> None:
    person = await clinic.person()
    cohort = await clinic.open_cohort()
    await withdraw(person)
    assert problem(await person.accept()) == (409, "no_offer", None)
    assert await cohort.seats() == {"free": 4}


async def before_the_start(cohort: Cohort, by: timedelta) -> None:
    await cohort.clinic.scheduler.skip(cohort.start("preparation:1") - 33 * HOUR - by)


async def decide(clinic: Clinic, task: dict[str, Any], choice: str | None = "run") -> Any:
    body = {"choice": choice} if choice else {}
    return await clinic.as_("coordinator").post(f"/tasks/{task['id']}/close", json=body)


async def test_a_cohort_that_falls_below_its_minimum_after_the_seats_closed_is_somebodys_to_decide(
    clinic: Clinic,
) -> None:
    first, second, *_ = await clinic.members(4)
    await before_the_start(first.cohort, DAY)
    assert await clinic.tasks("cohort_below_minimum") == []
    await withdraw(first)
    [task] = await clinic.tasks("cohort_below_minimum")
    assert (task["owner"], task["choices"]) == ("coordinator", ["run", "postpone", "merge"])
    assert problem(await decide(clinic, task, None)) == (422, "choice_missing", "choice")
    assert (await decide(clinic, task)).json() == {"id": task["id"], "closure": "run"}
    assert await clinic.tasks("cohort_below_minimum") == []

    await withdraw(second)
    [smaller] = await clinic.tasks("cohort_below_minimum")
    assert smaller["id"] != task["id"]


async def test_a_coming_session_without_its_quorum_is_somebodys_to_decide_and_the_decision_stands(
    clinic: Clinic,
) -> None:
    first, second, third, _ = await clinic.members(4)
    cohort = first.cohort
    await clinic.scheduler.skip(cohort.start("preparation:1") + 4 * HOUR)
    for person in (first, second, third):
        await person.attends("preparation:1")
    assert await clinic.tasks("session_below_quorum") == []
    await withdraw(first)
    [task] = await clinic.tasks("session_below_quorum")
    assert (task["item"], task["choices"]) == (f"{cohort.id}:preparation:2", ["run", "postpone", "merge"])
    assert (await decide(clinic, task)).status_code == 200
    await clinic.scheduler.skip(cohort.start("preparation:2") + HOUR)
    assert await clinic.tasks("session_below_quorum") == []

    await withdraw(second)
    [task] = await clinic.tasks("session_below_quorum")
    assert task["item"] == f"{cohort.id}:dose:1"
    await clinic.scheduler.skip(cohort.start("dose:1") + MINUTE)
    [late] = [one for one in await clinic.tasks("session_below_quorum", all="true") if one["id"] == task["id"]]
    assert (late["owner"], late["overdue"]) == ("clinician", True)


async def test_an_absence_told_before_counts_for_the_quorum_of_that_session(clinic: Clinic) -> None:
    people = await clinic.members(4)
    cohort = people[0].cohort
    await clinic.scheduler.skip(cohort.start("preparation:1") + HOUR)
    for person in people[:2]:
        await person.is_absent("preparation:2", excused=True)
    [task] = await clinic.tasks("session_below_quorum")
    assert task["item"] == f"{cohort.id}:preparation:2"
