"""Somebody who was discharged by mistake is watched again; what was signed stays in the record."""

from typing import Any
from uuid import UUID

from shared.events import session as told
from shared.events.scheduler import StateChanged
from tests.components.session.conftest import MINUTE, SIGNATURE, Day, rule
from tests.lib.component import Component


async def sent_home(day: Day, person: UUID) -> None:
    """Arrived, dosed, and discharged two hours later without the observations between."""
    await day.arrive(person)
    await day.decide(person)
    assert (await day.dose(person)).status_code == 201
    await day.service.skip(125 * MINUTE)
    await discharged(day, person)


async def discharged(day: Day, person: UUID) -> None:
    said = await day.discharge(person, missing_observations_reason="the monitor's sheet was lost")
    assert said.status_code == 201, said.text


async def correct(day: Day, person: UUID) -> Any:
    body = {"reason": "it was the other person of that name who left", "signature": SIGNATURE}
    return await day.post("clinician", f"discharges/{person}/correction", **body)


async def test_whoever_was_discharged_by_mistake_is_observed_and_discharged_again(service: Component, day: Day) -> None:
    [person] = day.people
    assert rule(await correct(day, person)) == "not_discharged"
    await sent_home(day, person)
    before = await service.heard(told.ObligationOpened, program_id=person, kind="observations")
    assert await day.tasks(program_id=person) == []

    said = await correct(day, person)
    assert (said.status_code, said.json()["state"]) == (200, "dosed")
    corrected = await service.heard(told.DischargeCorrected, program_id=person)
    assert corrected.data.item == "dose:1"
    [task] = await day.tasks(program_id=person)
    assert (task["id"], task["owner"]) == (str(before.data.obligation_id), "prescriber")
    assert task["stage"].startswith("overdue:")
    assert rule(await day.close()) == "not_discharged"
    assert rule(await correct(day, person)) == "not_discharged"

    assert (await day.observe(person, 120)).status_code == 201
    await discharged(day, person)
    assert await day.tasks(program_id=person) == []
    assert (await day.close()).status_code == 200
    kept = await service.admin.fetch("select * from session.discharge where program_id = $1", person)
    [line] = await service.admin.fetch("select * from session.discharge_correction where program_id = $1", person)
    assert [row["discharged_by"] for row in kept] == ["clinician-1", "clinician-1"]
    assert line["discharged_at"] == min(row["discharged_at"] for row in kept)
    assert line["reason"] == "it was the other person of that name who left"


async def test_after_the_session_was_closed_on_the_mistake_the_person_is_watched_all_the_same(
    service: Component, day: Day
) -> None:
    [person] = day.people
    await sent_home(day, person)
    assert (await day.close()).status_code == 200
    assert rule(await day.observe(person, 120)) == "session_closed"
    assert (await correct(day, person)).status_code == 200
    assert (await day.observe(person, 120)).status_code == 201
    assert rule(await day.dose(person)) == "session_closed"
    await discharged(day, person)
    assert await day.tasks(program_id=person) == []
    assert len(await service.all_heard(told.SessionClosed, session_id=day.session_id)) == 1


async def test_nothing_is_owed_of_somebody_who_died_after_a_discharge_that_was_taken_back(
    service: Component, day: Day
) -> None:
    [person] = day.people
    await sent_home(day, person)
    assert (await day.close()).status_code == 200
    assert (await correct(day, person)).status_code == 200
    assert len(await day.tasks(program_id=person)) == 1
    await service.publish(StateChanged(program_id=person, cohort_id=day.cohort_id, state="died"))
    assert await day.tasks(program_id=person) == []
