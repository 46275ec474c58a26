"""Who is screened again, on the real servers: a renewed decision that is not `eligible` ends what the first began."""

import pytest

from shared.events import intake
from shared.events import scheduler as told
from tests.components.scheduler.conftest import DAY, Clinic, Person, problem


async def facts_of(person: Person) -> list[str]:
    return [fact["kind"] for fact in (await person.shown())["facts"]]


@pytest.mark.parametrize("decision", ["excluded", "redirected"])
async def test_whoever_waits_and_is_not_eligible_any_more_is_offered_no_seat(clinic: Clinic, decision: str) -> None:
    first, second = await clinic.people(2)
    await clinic.publish(first.screened(decision))
    await clinic.scheduler.heard(told.StateChanged, program_id=first.id, state=decision)
    await clinic.open_cohort()
    assert [await first.state(), await second.state()] == [decision, "offered"]
    assert await clinic.scheduler.all_heard(told.SeatOffered, program_id=first.id) == []


async def test_the_offer_of_somebody_who_is_excluded_goes_to_the_next_person(clinic: Clinic) -> None:
    people = await clinic.people(5)
    cohort = await clinic.open_cohort()
    await clinic.publish(people[0].screened("excluded"))
    await clinic.scheduler.heard(told.SeatOffered, program_id=people[4].id)
    assert [await person.state() for person in people] == ["excluded"] + ["offered"] * 4
    assert await cohort.seats() == {"offered": 4}
    assert problem(await people[0].accept()) == (409, "no_offer", None)


async def test_a_member_who_is_excluded_stays_active_until_a_clinician_decides(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.publish(person.screened("excluded"))
    [task] = await person.tasks("withdrawal_review")
    assert (task["owner"], task["item"], await person.state()) == ("clinician", "review:excluded", "active")
    decided = await person.is_withdrawn_by_review()
    assert decided.status_code == 200
    await clinic.scheduler.heard(told.StateChanged, program_id=person.id, state="withdrawn")
    assert await person.tasks("withdrawal_review") == []


async def test_a_second_eligible_is_a_fact_and_costs_nobody_their_place(clinic: Clinic) -> None:
    people = await clinic.people(5)
    await clinic.publish(people[0].screened("eligible"))
    assert (await facts_of(people[0])).count("screened") == 2
    await clinic.open_cohort()
    assert [await person.state() for person in people] == ["offered"] * 4 + ["waiting"]
    assert len(await clinic.scheduler.all_heard(told.StateChanged, program_id=people[0].id, state="waiting")) == 1


async def test_a_decision_that_comes_after_the_end_is_kept_and_somebody_must_look(clinic: Clinic) -> None:
    person = await clinic.person()
    assert (await person.leaves("transfer-out", "coordinator")).status_code == 200
    await clinic.scheduler.until_idle()
    await clinic.publish(person.screened("excluded"))
    assert len(await person.tasks("orphan_fact")) == 1
    assert (await facts_of(person)).count("screened") == 2
    assert await person.state() == "transferred"


async def test_an_offer_is_taken_back_when_the_decision_stands_no_longer_and_the_place_in_line_is_kept(
    clinic: Clinic,
) -> None:
    people = await clinic.people(5)
    cohort = await clinic.open_cohort()
    reopened = intake.ScreeningReopened(program_id=people[0].id, protocol_id=clinic.protocol_id)
    await clinic.publish(reopened)
    await clinic.scheduler.heard(told.SeatOffered, program_id=people[4].id)
    assert [await person.state() for person in people] == ["in_screening"] + ["offered"] * 4
    assert problem(await people[0].accept()) == (409, "no_offer", None)
    await clinic.publish(people[0].screened("eligible"))
    assert await people[0].state() == "waiting"
    assert (await people[4].posts("participant", "offer/decline")).status_code == 200
    await clinic.scheduler.until_idle()
    assert await people[0].state() == "offered"
    assert await cohort.seats() == {"offered": 4}


async def test_a_member_whose_decision_stands_no_longer_stays_and_is_not_reviewed_for_it(clinic: Clinic) -> None:
    person = await clinic.member()
    await clinic.publish(intake.ScreeningReopened(program_id=person.id, protocol_id=clinic.protocol_id))
    assert (await person.state(), await person.tasks("withdrawal_review")) == ("active", [])


async def test_an_older_decision_that_is_heard_after_the_newest_changes_nothing(clinic: Clinic) -> None:
    person = Person(clinic)
    referred, eligible = person.found_eligible()
    await clinic.publish(referred, person.screened("excluded"))
    assert await person.state() == "excluded"
    earlier = await clinic.scheduler.now() - 180 * DAY
    await clinic.scheduler.peers.tell(eligible, site=clinic.site, time=earlier)
    await clinic.open_cohort()
    assert (await facts_of(person)).count("screened") == 2
    assert await person.state() == "excluded"
