"""The waitlist and its offers: everybody is asked in turn, and a seat has one person."""

import asyncio
from datetime import timedelta

from shared.events import intake
from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, HOUR, WEEK, Clinic, Person, problem


async def states(people: list[Person]) -> list[str]:
    return [await person.state() for person in people]


async def test_who_has_waited_longest_is_offered_a_seat_first(clinic: Clinic) -> None:
    people = await clinic.people(5)
    assert await states(people) == ["waiting"] * 5
    cohort = await clinic.open_cohort()
    assert await states(people) == ["offered"] * 4 + ["waiting"]
    for person in people[:4]:
        await clinic.scheduler.heard(told.SeatOffered, program_id=person.id, cohort_id=cohort.id)
    assert await cohort.seats() == {"offered": 4}


async def test_an_offer_that_nobody_answers_expires_to_the_next_person(clinic: Clinic) -> None:
    people = await clinic.people(5)
    cohort = await clinic.open_cohort(starts_on=await clinic.monday(at_least=3 * WEEK))
    for person in people[1:4]:
        assert (await person.accept()).status_code == 200
    offered = await clinic.scheduler.heard(told.SeatOffered, program_id=people[0].id)
    assert timedelta(hours=71) < offered.data.expires_at - offered.time <= timedelta(hours=72)

    await people[0].hears_the_offer()
    await clinic.scheduler.skip(offered.data.expires_at)
    expired = await clinic.scheduler.heard(told.SeatExpired, program_id=people[0].id)
    assert expired.time - offered.data.expires_at < timedelta(minutes=1)
    assert await states(people) == ["waiting", "active", "active", "active", "offered"]
    assert problem(await people[0].accept()) == (409, "no_offer", None)
    assert await cohort.seats() == {"offered": 1, "taken": 3}


async def test_a_declined_seat_goes_to_the_next_person_at_once(clinic: Clinic) -> None:
    people = await clinic.people(5)
    await clinic.open_cohort()
    assert (await people[1].decline()).status_code == 200
    await clinic.scheduler.heard(told.SeatOffered, program_id=people[4].id)
    assert await states(people) == ["offered", "declined", "offered", "offered", "offered"]
    assert problem(await people[1].decline()) == (409, "no_offer", None)


async def test_the_seat_of_somebody_who_leaves_before_they_answer_goes_to_the_next_person(clinic: Clinic) -> None:
    people = await clinic.people(5)
    cohort = await clinic.open_cohort()
    assert (await people[0].leaves("withdraw", "participant")).status_code == 200
    await clinic.scheduler.heard(told.SeatOffered, program_id=people[4].id)
    assert await states(people) == ["withdrawn", "offered", "offered", "offered", "offered"]
    assert problem(await people[0].accept()) == (409, "no_offer", None)
    assert await cohort.seats() == {"offered": 4}


async def test_after_three_unanswered_offers_a_person_is_asked_no_more(clinic: Clinic) -> None:
    person = await clinic.person()
    await clinic.open_cohort(starts_on=await clinic.monday(at_least=4 * WEEK))
    for _ in range(3):
        await person.hears_the_offer()
        await clinic.scheduler.skip(3 * DAY)
    assert len(await clinic.scheduler.all_heard(told.SeatOffered, program_id=person.id)) == 3
    assert len(await clinic.scheduler.all_heard(told.SeatExpired, program_id=person.id)) == 3
    assert await person.state() == "lapsed"


async def test_who_let_an_offer_pass_comes_after_those_who_did_not(clinic: Clinic) -> None:
    first, *others = await clinic.people(4)
    await clinic.open_cohort(starts_on=await clinic.monday(at_least=3 * WEEK))
    for person in others:
        await person.accept()
    await first.hears_the_offer()
    newcomer = await clinic.person()
    await clinic.scheduler.skip(73 * HOUR)
    assert await states([first, newcomer]) == ["waiting", "offered"]


async def test_no_offer_stands_beyond_the_closing_of_the_seats_and_none_is_made_after_it(clinic: Clinic) -> None:
    cohort = await clinic.open_cohort()
    midnight = cohort.start("preparation:1") - DAY - 9 * HOUR
    await clinic.scheduler.skip(midnight - 4 * DAY)
    early = await clinic.person()
    offered = await clinic.scheduler.heard(told.SeatOffered, program_id=early.id)
    assert offered.data.expires_at == midnight - 3 * DAY
    await clinic.scheduler.skip(offered.data.expires_at)
    assert await states([early, await clinic.person()]) == ["waiting", "waiting"]
    assert await cohort.seats() == {"free": 4}


async def test_a_seat_is_taken_only_with_the_agreements_signed(clinic: Clinic) -> None:
    person = await clinic.person("treatment_consent")
    await clinic.open_cohort()
    refused = await person.accept()
    assert problem(refused) == (409, "agreement_missing", None)
    assert "group_agreement" in refused.json()["detail"]
    await clinic.publish(intake.AgreementRevoked(program_id=person.id, kind="treatment_consent"))
    await clinic.publish(person.signs("group_agreement"))
    assert "treatment_consent" in (await person.accept()).json()["detail"]
    await clinic.publish(person.signs("treatment_consent"))
    assert (await person.accept()).status_code == 200
    accepted = await clinic.scheduler.heard(told.SeatAccepted, program_id=person.id)
    assert accepted.data.protocol.id == "weekly6"
    await clinic.scheduler.heard(told.StateChanged, program_id=person.id, state="active")


async def test_the_last_seat_cannot_be_taken_twice(clinic: Clinic) -> None:
    people = await clinic.people(5)
    cohort = await clinic.open_cohort()
    for person in people[:3]:
        await person.accept()
    answers = await asyncio.gather(
        *(people[3].accept() for _ in range(4)),
        *(people[4].accept() for _ in range(4)),
        people[3].decline(),
    )
    accepted = [answer for answer in answers[:8] if answer.status_code == 200]
    assert all(answer.status_code in (200, 409) for answer in answers), [answer.text for answer in answers]
    await clinic.scheduler.until_idle()
    seats = await cohort.seats()
    assert sum(seats.values()) == 4
    taken = await clinic.scheduler.all_heard(told.SeatAccepted, cohort_id=cohort.id)
    assert len(taken) == seats["taken"] == 3 + len(accepted)
    assert len({one.data.program_id for one in taken}) == len(taken) <= 4


async def test_the_database_itself_gives_a_seat_to_one_person_and_a_person_one_seat(clinic: Clinic) -> None:
    people = await clinic.people(4)
    cohort = await clinic.open_cohort()
    await asyncio.gather(*(person.accept() for person in people))
    rows = await clinic.scheduler.database.fetch("select * from seat where cohort_id = $1", cohort.id)
    assert {row["program_id"] for row in rows} == {person.id for person in people}
    latecomer = await clinic.person()
    assert problem(await latecomer.accept()) == (409, "no_offer", None)


async def test_a_seat_in_the_next_cohort_is_for_those_who_still_wait(clinic: Clinic) -> None:
    people = await clinic.people(5)
    first = await clinic.open_cohort()
    second = await clinic.open_cohort(starts_on=await clinic.monday(at_least=2 * WEEK))
    assert await first.seats() == {"offered": 4}
    assert await second.seats() == {"free": 3, "offered": 1}
    assert await states(people) == ["offered"] * 5
