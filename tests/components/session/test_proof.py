"""A dose's proof is read years later, and the day's own rules are asked again on what was known then."""

from typing import Any
from uuid import uuid4

from tests.components.session.conftest import PIN, Day, authorities_answer, plan, rule
from tests.lib.component import Component
from tests.lib.pinned import edited


async def a_day(service: Component, people: int = 1) -> Day:
    await authorities_answer(service)
    return await (await plan(service, people=people)).begin()


async def proof(service: Component, dose_id: str) -> dict[str, Any]:
    answer = await service.as_("auditor").get(f"/doses/{dose_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_dose_that_was_right_is_right_again_whatever_was_measured_since(service: Component) -> None:
    day = await a_day(service, people=2)
    for person in day.people:
        await day.arrive(person)
        await day.decide(person)
    given = [(await day.dose(person)).json() for person in day.people]
    await day.observe(day.people[0], 0, systolic=175)
    shown = await proof(service, given[0]["dose_id"])
    assert (shown["refusals"], shown["decided_by"], shown["verified_by"]) == ([], "prescriber-1", "facilitator-1")
    assert {one["authority"] for one in shown["clearances"]} == {"scheduler", "intake", "integration"}
    listed = await service.as_("auditor").get("/doses", params={"program_id": str(day.people[0])})
    assert [one["dose_id"] for one in listed.json()["items"]] == [given[0]["dose_id"]]


async def test_a_dose_that_was_changed_in_the_table_is_wrong_by_name(service: Component) -> None:
    day = await a_day(service)
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    dose_id = (await day.dose(person)).json()["dose_id"]
    await service.admin.execute("update dose set mg = 700, verified_by = administered_by where id = $1", dose_id)
    assert (await proof(service, dose_id))["refusals"] == ["dose_out_of_range", "verification_missing"]


async def test_a_protocol_that_was_changed_under_its_version_explains_nothing(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    dose_id = (await day.dose(person)).json()["dose_id"]
    async with edited(service, PIN, "not_before: {value: PT2H", "not_before: {value: PT2H30M"):
        assert (await proof(service, dose_id))["refusals"] == ["protocol_changed"]


async def test_a_dose_is_proved_to_nobody_elsewhere(service: Component, day: Day) -> None:
    assert rule(await service.as_("auditor").get(f"/doses/{uuid4()}")) == "not_found"
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    dose_id = (await day.dose(person)).json()["dose_id"]
    assert rule(await service.as_("auditor", "co").get(f"/doses/{dose_id}")) == "not_found"
    assert rule(await service.as_("coordinator").get(f"/doses/{dose_id}")) == "role"
