"""One person's dosing day: check-in, a cleared go, the dose, its observations, home, and the session closed."""

from typing import Any
from uuid import uuid4

from shared.events import session as told
from tests.components.session.conftest import CALM, MINUTE, Day, authorities_answer, plan, rule
from tests.lib.component import Component

MINUTES = (0, 15, 30, 40, 60, 90, 120)


async def test_a_dosing_day_from_arrival_to_close(service: Component, day: Day) -> None:
    [person] = day.people
    arrived = await day.arrive(person)
    assert arrived.status_code == 201, arrived.text
    assert (arrived.json()["flags"], arrived.json()["next"]) == ([], "go_decision")
    await service.heard(told.ParticipantArrived, program_id=person, session_id=day.session_id)
    await service.heard(told.AttendanceRecorded, program_id=person, status="attended")

    decided = await day.decide(person)
    assert decided.status_code == 201, decided.text
    given = await day.dose(person)
    assert given.status_code == 201, given.text
    assert (given.json()["mg_per_kg"], given.json()["volume_ml"]) == (1.0, 1.4)
    dosed = await service.heard(told.DoseAdministered, program_id=person)
    assert {clearance.authority for clearance in dosed.data.clearances} == {"scheduler", "intake", "integration"}
    assert (await day.discharge(person)).json()["rule"] == "discharge_too_early"

    for minute in MINUTES:
        await service.skip(dosed.data.administered_at + minute * MINUTE)
        kept = await day.observe(person, minute)
        assert kept.status_code == 201, kept.text
    [task] = await day.tasks(program_id=person)
    assert (task["kind"], task["stage"], task["owner"]) == ("observations", "discharge", "clinician")
    assert rule(await day.close()) == "not_discharged"
    assert (await day.discharge(person)).json()["state"] == "discharged"
    closed = await service.heard(told.ObligationClosed, program_id=person, kind="observations")
    assert (closed.data.closure, closed.data.closed_by) == ("discharged", "clinician-1")

    assert (await day.close()).status_code == 200
    await service.heard(told.SessionClosed, session_id=day.session_id)
    rendered = await service.heard(told.ServiceRendered, program_id=person)
    assert (rendered.data.service, rendered.data.participants) == ("dosing", 1)
    assert 119 <= rendered.data.minutes <= 125
    assert await day.tasks(program_id=person) == []
    assert rule(await day.dose(person)) == "session_closed"


async def test_an_observation_that_nobody_makes_is_the_prescribers(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    await day.dose(person)
    await day.observe(person, 0)
    await service.skip(26 * MINUTE)
    escalated = await service.heard(told.ObligationEscalated, program_id=person, stage="overdue:15")
    assert escalated.data.owner == "prescriber"
    assert (await day.observe(person, 15)).status_code == 201
    [task] = await day.tasks(program_id=person)
    assert (task["stage"], task["owner"]) == ("minute:30", "facilitator")
    assert rule(await day.observe(person, 30)) == "observation_too_early"
    assert rule(await day.observe(person, 15)) == "observation_recorded"
    assert rule(await day.observe(person, 33)) == "not_an_observation"


async def test_who_leaves_early_or_unwell_is_kept(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    await day.dose(person)
    await service.skip(125 * MINUTE)
    alone = {"sedation_resolved": True, "dissociation_resolved": True, "respiratory_resolved": True, "transport": False}
    assert rule(await day.discharge(person, criteria=alone)) == "discharge:transport"
    assert rule(await day.discharge(person, vitals=CALM | {"spo2": 91})) == "discharge:vitals"
    assert rule(await day.discharge(person)) == "observations_missing"
    kept = await day.discharge(person, missing_observations_reason="The monitor's sheet was lost; he was never alone.")
    assert kept.status_code == 201


async def test_an_emergency_after_the_dose_is_told_by_its_level_alone(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    await day.dose(person)
    seen = await day.observe(person, 0, systolic=190)
    assert seen.json()["flags"] == [{"vital": "systolic", "level": "emergency"}]
    flagged = await service.heard(told.VitalsFlagged, program_id=person)
    assert flagged.data.level == "emergency"
    assert flagged.data.model_fields_set == {"program_id", "session_id", "item", "level"}
    worse = {"term": "Hypertension", "grade": 3, "serious": True, "relatedness": "probable", "outcome": "recovering"}
    assert (await day.post("facilitator", "adverse-events", program_id=str(person), **worse)).status_code == 201
    event = await service.heard(told.AdverseEventRecorded, program_id=person, serious=True)
    assert "Hypertension" not in event.model_dump_json()


async def test_a_dose_takes_its_lot_off_the_ledger_and_waste_needs_a_witness(service: Component, day: Day) -> None:
    [person] = day.people
    lot = f"L-{uuid4().hex[:8]}"
    await day.arrive(person)
    await day.decide(person)
    nurse = service.as_("facilitator")
    await nurse.post("/substance-ledger", json={"site": "bc", "movement": "receipt", "lot": lot, "mg": 500})
    assert (await day.dose(person, lot=lot)).status_code == 201
    waste = {"site": "bc", "movement": "waste", "lot": lot, "mg": 30}
    assert rule(await nurse.post("/substance-ledger", json=waste)) == "witness_missing"
    assert rule(await wasted(service, waste, seen_by="facilitator-1")) == "witness_same_person"
    assert (await wasted(service, waste, seen_by="prescriber-1")).status_code == 201
    await nurse.post("/substance-ledger", json={"site": "bc", "movement": "count", "lot": lot, "mg": 395})
    shown = (await nurse.get("/substance-ledger", params={"lot": lot})).json()
    assert [row["movement"] for row in shown["items"]] == ["receipt", "administer", "waste", "count"]
    assert shown["balances"] == [
        {"site": "bc", "lot": lot, "mg": 400.0, "counted_mg": 395.0, "difference_mg": -5.0},
    ]
    elsewhere = await service.as_("facilitator", "co").get("/substance-ledger", params={"lot": lot})
    assert elsewhere.json()["items"] == []


async def wasted(service: Component, waste: dict[str, Any], seen_by: str) -> Any:
    """Waste that the nurse records and another saw, each with their own login."""
    seen = await service.as_("facilitator", subject=seen_by).post("/substance-ledger/witnesses", json=waste)
    return await service.as_("facilitator").post(
        "/substance-ledger", json=waste | {"witness": seen.json()["witness_id"]}
    )


async def test_a_preparation_needs_no_checklist_and_is_rendered(service: Component) -> None:
    await authorities_answer(service)
    day = await (await plan(service, "preparation:1", people=2)).begin()
    for person in day.people:
        assert (await day.post("coordinator", "arrivals", program_id=str(person))).json()["next"] == "preparation"
    assert rule(await day.decide(day.people[0])) == "not_a_dosing_session"
    await service.skip(90 * MINUTE)
    assert (await day.close()).status_code == 200
    rendered = await service.heard(told.ServiceRendered, program_id=day.people[0])
    assert (rendered.data.service, rendered.data.participants) == ("preparation", 2)
    assert 89 <= rendered.data.minutes <= 91
