"""The second person confirms with their own login; nobody takes off the shelf what the ledger does not hold."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import session as told
from tests.components.session.conftest import DAY, MINUTE, Day, plan, rule
from tests.lib.component import Component


@pytest.fixture
async def going(day: Day) -> Day:
    """The one person of the day has a go."""
    await day.arrive(day.people[0])
    assert (await day.decide(day.people[0])).status_code == 201
    return day


async def given(day: Day, verification: str, **order: Any) -> Any:
    body = await day.order(day.people[0], **order)
    return await day.post("prescriber", "doses", by="prescriber-1", **body, verification=verification)


async def test_a_dose_names_the_person_who_verified_it_by_their_token(service: Component, going: Day) -> None:
    [person] = going.people
    verified = await going.verify(person, by="nurse-7")
    assert (verified.status_code, verified.json()["verified_by"]) == (201, "nurse-7")
    assert (await given(going, verified.json()["verification_id"])).status_code == 201
    dosed = await service.heard(told.DoseAdministered, program_id=person)
    assert (dosed.data.administered_by, dosed.data.verified_by) == ("prescriber-1", "nurse-7")


async def test_a_word_verifies_nothing(going: Day) -> None:
    body = await going.order(going.people[0])
    named = await going.post("prescriber", "doses", **body, verified_by="THE OTHER NURSE")
    assert named.status_code == 422
    assert rule(await given(going, str(uuid4()))) == "verification_missing"


async def test_another_dose_than_the_one_that_was_verified_is_refused(going: Day) -> None:
    verified = (await going.verify(going.people[0])).json()["verification_id"]
    assert rule(await given(going, verified, mg=71)) == "verification_differs"
    assert (await given(going, verified)).status_code == 201


async def test_there_is_nothing_to_verify_before_a_go_and_a_newer_go_needs_a_newer_one(
    service: Component, day: Day
) -> None:
    [person] = day.people
    await day.arrive(person)
    assert rule(await day.verify(person)) == "no_go_decision"
    await day.decide(person)
    verified = (await day.verify(person)).json()["verification_id"]
    await service.skip(MINUTE)
    await day.decide(person)
    assert rule(await given(day, verified)) == "verification_out_of_date"
    assert (await day.dose(person)).status_code == 201


async def test_one_verification_is_one_persons_in_one_session(service: Component) -> None:
    day = await (await plan(service, people=2)).begin()
    for person in day.people:
        await day.arrive(person)
        await day.decide(person)
    others = (await day.verify(day.people[1])).json()["verification_id"]
    assert rule(await given(day, others)) == "verification_missing"


async def test_whoever_is_on_site_says_so_themselves(day: Day) -> None:
    assert rule(await day.post("coordinator", "staff")) == "role"
    assert (await day.post("clinician", "staff", by="clinician-9")).json()["staff"][-1] == {
        "subject": "clinician-9",
        "role": "clinician",
    }


async def move(service: Component, lot: str, movement: str, mg: float, **more: Any) -> Any:
    body = {"site": "bc", "movement": movement, "lot": lot, "mg": mg}
    return await service.as_("facilitator").post("/substance-ledger", json=body | more)


async def test_a_dose_of_a_lot_that_the_ledger_does_not_hold_is_refused(service: Component, going: Day) -> None:
    [person], lot = going.people, f"L-{uuid4().hex[:8]}"
    assert rule(await going.dose(person, lot=lot)) == "balance_below_zero"
    assert (await move(service, lot, "receipt", 100)).status_code == 201
    assert (await going.dose(person, lot=lot)).status_code == 201
    assert rule(await move(service, lot, "return", 31)) == "balance_below_zero"


async def test_of_two_who_take_the_last_of_a_lot_at_once_one_does(service: Component) -> None:
    lot = f"L-{uuid4().hex[:8]}"
    await move(service, lot, "receipt", 100)
    both = await asyncio.gather(*(move(service, lot, "return", 60) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    [balance] = (await service.as_("auditor").get("/substance-ledger", params={"lot": lot})).json()["balances"]
    assert balance["mg"] == 40


async def test_a_witness_is_used_once_and_for_what_they_saw(service: Component) -> None:
    lot = f"L-{uuid4().hex[:8]}"
    await move(service, lot, "receipt", 100)
    waste = {"site": "bc", "movement": "waste", "lot": lot, "mg": 30}
    assert (await service.as_("facilitator").post("/substance-ledger", json=waste | {"witness": "nobody"})).status_code
    assert rule(await move(service, lot, "waste", 30, witness=str(uuid4()))) == "witness_missing"
    seen = (await service.as_("clinician").post("/substance-ledger/witnesses", json=waste)).json()["witness_id"]
    assert rule(await move(service, lot, "waste", 31, witness=seen)) == "witness_differs"
    assert (await move(service, lot, "waste", 30, witness=seen)).status_code == 201
    assert rule(await move(service, lot, "waste", 30, witness=seen)) == "witness_used"


async def tasks_of(service: Component, count_id: str) -> list[dict[str, Any]]:
    answer = await service.as_("auditor").get("/tasks", params={"kind": "substance_discrepancy"})
    return [task for task in answer.json()["items"] if task["item"] == count_id]


async def test_a_count_that_differs_is_a_task_until_a_later_one_agrees(service: Component) -> None:
    lot = f"Secret lot {uuid4().hex[:8]}"
    await move(service, lot, "receipt", 100)
    counted = (await move(service, lot, "count", 95)).json()["id"]
    [task] = await tasks_of(service, counted)
    assert (task["owner"], task["overdue"]) == ("prescriber", False)
    opened = await service.heard(told.ObligationOpened, kind="substance_discrepancy", item=counted)
    assert lot not in opened.model_dump_json()
    await service.skip(DAY + MINUTE)
    [task] = await tasks_of(service, counted)
    assert (task["owner"], task["overdue"]) == ("clinician", True)
    assert (await move(service, lot, "count", 100)).status_code == 201
    assert await tasks_of(service, counted) == []
    assert UUID(counted)


async def test_no_event_of_a_session_day_carries_a_word_that_somebody_typed(service: Component, going: Day) -> None:
    [person] = going.people
    await move(service, "Marker lot", "receipt", 1000)
    assert (await going.dose(person, lot="Marker lot")).status_code == 201
    event = {"term": "Marker nausea", "grade": 1, "serious": False, "relatedness": "possible", "outcome": "recovered"}
    assert (await going.post("facilitator", "adverse-events", program_id=str(person), **event)).status_code == 201
    await service.until_idle()
    assert not [heard for heard in service.tail.events if "Marker" in heard.model_dump_json()]
