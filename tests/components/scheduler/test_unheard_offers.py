"""An offer that no message could carry is not let pass: somebody calls, and the person keeps their place."""

from typing import Any

from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, HOUR, WEEK, Clinic, Person, problem


async def alone(clinic: Clinic) -> Person:
    """Somebody who waits alone while a cohort that starts in five weeks has seats."""
    person = await clinic.person()
    await clinic.open_cohort(starts_on=await clinic.monday(at_least=5 * WEEK))
    return person


async def calls(clinic: Clinic, person: Person) -> list[dict[str, Any]]:
    return [task for task in await clinic.tasks("unheard_offer") if task["program_id"] == str(person.id)]


async def tells(person: Person, outcome: str) -> Any:
    answer = await person.posts("coordinator", "offer/told", outcome=outcome)
    await person.clinic.scheduler.until_idle()
    return answer


async def test_offers_that_nobody_heard_do_not_count_and_somebody_is_to_call(clinic: Clinic) -> None:
    person = await alone(clinic)
    await clinic.scheduler.skip(14 * DAY)
    (expired,) = await clinic.scheduler.all_heard(told.SeatExpired, program_id=person.id)
    assert expired.data.heard is False
    assert await person.state() == "waiting"
    (task,) = await calls(clinic, person)
    assert (task["owner"], task["stage"]) == ("clinician", "overdue")


async def test_the_seat_goes_on_and_the_person_keeps_their_place_in_the_line(clinic: Clinic) -> None:
    first, *others = await clinic.people(4)
    cohort = await clinic.open_cohort(starts_on=await clinic.monday(at_least=4 * WEEK))
    for person in others:
        await person.accept()
    newcomer = await clinic.person()
    await clinic.scheduler.skip(73 * HOUR)
    assert [await first.state(), await newcomer.state()] == ["waiting", "offered"]
    assert (await tells(first, "wants_a_seat")).status_code == 200
    assert not await calls(clinic, first)
    last = await clinic.person()
    await newcomer.decline()
    assert [await first.state(), await last.state()] == ["offered", "waiting"]
    assert await cohort.seats() == {"offered": 1, "taken": 3}


async def test_who_is_reached_is_offered_a_seat_again_at_once(clinic: Clinic) -> None:
    person = await alone(clinic)
    await clinic.scheduler.skip(4 * DAY)
    assert await person.state() == "waiting"
    assert (await tells(person, "wants_a_seat")).status_code == 200
    assert await person.state() == "offered"
    assert problem(await tells(person, "wants_a_seat")) == (409, "no_call_owed", None)


async def test_who_declines_when_called_is_offered_no_seat_any_more(clinic: Clinic) -> None:
    person = await alone(clinic)
    await clinic.scheduler.skip(4 * DAY)
    assert (await tells(person, "declines")).status_code == 200
    assert await person.state() == "declined"
    assert not await calls(clinic, person)


async def test_only_a_coordinator_says_that_somebody_was_reached(clinic: Clinic) -> None:
    person = await alone(clinic)
    await clinic.scheduler.skip(4 * DAY)
    assert problem(await person.posts("participant", "offer/told", outcome="wants_a_seat"))[0] == 403
    assert problem(await tells(person, "voicemail"))[0] == 422
    assert await calls(clinic, person)


async def test_news_of_an_offers_mail_that_comes_after_its_end_takes_the_call_back(clinic: Clinic) -> None:
    person = await alone(clinic)
    await clinic.scheduler.skip(4 * DAY)
    assert await calls(clinic, person)
    await person.hears_the_offer()
    assert not await calls(clinic, person)
    assert await person.state() == "offered"


async def test_who_leaves_is_called_no_more(clinic: Clinic) -> None:
    person = await alone(clinic)
    await clinic.scheduler.skip(4 * DAY)
    assert (await person.leaves("withdraw", "participant")).status_code == 200
    assert not await calls(clinic, person)
