"""What stands between a person and a dose. Each refusal names its rule."""

from typing import Any
from uuid import uuid4

import pytest

from shared.events import integration
from shared.events import session as told
from tests.components.session.conftest import CALM, MINUTE, Day, authorities_answer, plan, rule
from tests.lib.component import Component


@pytest.mark.parametrize("authority", ["scheduler", "intake", "integration"])
async def test_no_answer_is_no_dose(service: Component, day: Day, authority: str) -> None:
    [person] = day.people
    await day.arrive(person)
    await authorities_answer(service, authority)
    assert rule(await day.decide(person)) == f"no_answer:{authority}"
    assert rule(await day.dose(person)) == f"no_go_decision, no_answer:{authority}"


async def test_a_refused_go_names_every_rule_of_every_authority(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person, fasted=False)
    await authorities_answer(service, "intake", scheduler="held:circle:3", integration="open_risk")
    assert rule(await day.decide(person)) == "held:circle:3, no_answer:intake, open_risk, checklist:fasted"


async def test_a_go_is_worth_nothing_once_its_clearances_are_out_of_date(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    assert (await day.decide(person)).status_code == 201
    await service.skip(11 * MINUTE)
    assert rule(await day.dose(person)) == "clearance_expired"
    assert (await day.decide(person)).status_code == 201
    assert (await day.dose(person)).status_code == 201


async def test_the_latest_decision_counts(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    await day.decide(person, "no_go", reason="She would rather not today.")
    assert rule(await day.dose(person)) == "no_go_decision"
    assert (await day.close()).status_code == 200
    await service.heard(told.DoseWithheld, program_id=person)
    assert await service.all_heard(told.ServiceRendered, program_id=person) == []


async def test_a_blood_pressure_that_settles_after_its_rests(service: Component, day: Day) -> None:
    [person] = day.people
    first = await day.arrive(person, vitals={**CALM, "systolic": 148})
    assert (first.json()["next"], first.json()["flags"][0]["level"]) == ("repeat_vitals", "repeat")
    assert rule(await day.decide(person)) == "vitals_repeat_owed"
    [task] = [task for task in await day.tasks(program_id=person) if task["kind"] == "vitals_repeat"]
    assert (task["stage"], task["owner"]) == ("resting", "facilitator")
    await service.skip(5 * MINUTE)
    assert (await day.measure(person, systolic=130)).json()["next"] == "repeat_vitals"
    await service.skip(6 * MINUTE)
    assert (await day.measure(person, systolic=136)).json()["next"] == "repeat_vitals"
    await service.skip(10 * MINUTE)
    assert (await day.measure(person, systolic=134)).json()["next"] == "go_decision"
    assert [task for task in await day.tasks(program_id=person) if task["kind"] == "vitals_repeat"] == []
    assert (await day.decide(person)).status_code == 201


async def test_a_blood_pressure_that_stays_high_needs_the_prescribers_reason(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person, vitals={**CALM, "systolic": 148})
    for _ in range(2):
        await service.skip(16 * MINUTE)
        await day.measure(person, systolic=146)
    assert (
        await service.heard(told.ObligationEscalated, program_id=person, stage="overdue")
    ).data.owner == "prescriber"
    assert rule(await day.decide(person)) == "vitals_need_a_reason"
    assert (await day.decide(person, reason="146 is his usual; he is calm.")).status_code == 201
    assert (await day.measure(person, systolic=145)).json()["next"] == "prescriber_decides"
    assert rule(await day.dose(person)) == "vitals_need_a_reason"


async def test_a_hard_hold_means_no_dose_today_however_long_one_rests(service: Component, day: Day) -> None:
    [person] = day.people
    assert (await day.arrive(person, vitals={**CALM, "diastolic": 101})).json()["next"] == "no_dose_today"
    assert (await service.heard(told.VitalsFlagged, program_id=person)).data.level == "hold"
    await service.skip(20 * MINUTE)
    await day.measure(person)
    assert rule(await day.decide(person, reason="It settled.")) == "vitals_out_of_range"


async def test_a_high_c_ssrs_holds_the_dose_and_is_a_clinicians_task(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person, c_ssrs="high")
    assert (await service.heard(told.RiskRaised, program_id=person)).data.page
    assert rule(await day.decide(person)) == "c_ssrs_holds_dosing, open_risk"
    await service.skip(16 * MINUTE)
    await service.heard(told.ObligationEscalated, program_id=person, kind="suicidality")
    done = {"decision": "sent_to_care", "reason": "Taken to the hospital.", "signature": {"meaning": "I decided this."}}
    answer = await day.post("clinician", "suicidality", program_id=str(person), **done)
    assert answer.status_code == 201, answer.text
    closed = await service.heard(told.ObligationClosed, program_id=person, kind="suicidality")
    assert (closed.data.closure, "hospital" in closed.model_dump_json()) == ("sent_to_care", False)
    assert rule(await day.decide(person)) == "c_ssrs_holds_dosing"


@pytest.mark.parametrize("level", ["moderate", "high"])
async def test_a_screener_that_nobody_decided_on_holds_every_later_dose(
    service: Component, day: Day, level: str
) -> None:
    [person] = day.people
    await day.arrive(person, c_ssrs=level)
    assert (await service.heard(told.RiskRaised, program_id=person)).data.page == (level == "high")
    later = await _next_session(service, day)
    assert rule(await later.decide(person)) == "open_risk"
    done = {"decision": "safe_to_continue", "reason": "Seen and safe.", "signature": {"meaning": "I decided this."}}
    assert (await day.post("clinician", "suicidality", program_id=str(person), **done)).status_code == 201
    await service.heard(told.RiskClosed, program_id=person, session_id=day.session_id)
    assert (await later.decide(person)).status_code == 201


async def test_a_risk_that_integration_raised_holds_the_dose_here_too(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    assert (await day.decide(person)).status_code == 201
    risk = {"program_id": person, "risk_id": uuid4(), "item": "check_in:dose:1:24h"}
    await service.publish(integration.RiskRaised(**risk))
    assert rule(await day.dose(person)) == "open_risk"
    await service.publish(integration.RiskClosed(**risk))
    assert (await day.dose(person)).status_code == 201


async def test_a_risk_whose_end_is_heard_first_is_closed(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    risk = {"program_id": person, "risk_id": uuid4(), "item": "check_in:dose:1:24h"}
    await service.publish(integration.RiskClosed(**risk))
    await service.publish(integration.RiskRaised(**risk))
    assert (await day.decide(person)).status_code == 201


async def _next_session(service: Component, before: Day) -> Day:
    """The next dosing session of the same person, who has arrived well."""
    day = await plan(service, "dose:2")
    day.people = before.people
    await day.begin()
    await day.arrive(day.people[0])
    return day


@pytest.mark.parametrize("rules", ["open_risk", "held:clinician"])
async def test_what_happens_between_the_go_and_the_dose_counts(service: Component, day: Day, rules: str) -> None:
    [person] = day.people
    await day.arrive(person)
    assert (await day.decide(person)).status_code == 201
    await authorities_answer(service, integration=rules)
    refused = await day.dose(person)
    assert (refused.status_code, rule(refused)) == (409, rules)
    await authorities_answer(service)
    assert (await day.dose(person)).status_code == 201


async def test_a_dose_needs_every_answer_as_the_go_did(service: Component, day: Day) -> None:
    [person] = day.people
    await day.arrive(person)
    assert (await day.decide(person)).status_code == 201
    await authorities_answer(service, "scheduler")
    refused = await day.dose(person)
    assert (refused.status_code, rule(refused)) == (409, "no_answer:scheduler")


async def test_nobody_is_dosed_below_the_staffing(service: Component) -> None:
    await authorities_answer(service)
    day = await (await plan(service, people=5)).begin(staffed=False)
    for person in day.people:
        await day.arrive(person)
    unstaffed = rule(await day.decide(day.people[0]))
    assert unstaffed == "staffing:prescriber, staffing:minimum_staff, staffing:monitors"
    await day.are_on_site("prescriber-1", "facilitator-1")
    for person in day.people[:4]:
        assert (await day.decide(person)).status_code == 201
    assert rule(await day.decide(day.people[4])) == "staffing:monitors"


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"mg": 120}, "dose_out_of_range"),
        ({"mg": 30}, "dose_out_of_range"),
        ({"route": "SL", "mg": 70}, "dose_out_of_range"),
        ({"route": "IV"}, "route_not_in_protocol"),
        ({"verified_by": "prescriber-1", "by": "prescriber-1"}, "verifier_same_person"),
        ({"verified_by": "Prescriber-1", "by": "prescriber-1"}, "verifier_same_person"),
        ({"weighed_on": "2029-01-01"}, "weight_out_of_date"),
        ({"expires_on": "2029-12-31"}, "lot_expired"),
    ],
)
async def test_an_order_that_is_wrong(service: Component, day: Day, changed: dict[str, Any], refused: str) -> None:
    [person] = day.people
    await day.arrive(person)
    await day.decide(person)
    answer = await day.dose(person, **changed)
    assert (answer.status_code, rule(answer)) == (422, refused)
    assert (await day.dose(person, route="IN", mg=84)).status_code == 201


async def test_only_those_who_may_decide_decide(service: Component, day: Day) -> None:
    [person] = day.people
    body = {"program_id": str(person), "decision": "go", "signature": {"meaning": "I decided this."}}
    assert rule(await day.post("facilitator", "decisions", **body)) == "role"
    assert (await day.post(None, "decisions", **body)).status_code == 401
    elsewhere = await service.as_("prescriber", "co").post(f"{day.path}/decisions", json=body)
    assert (elsewhere.status_code, rule(elsewhere)) == (404, "not_found")
    assert rule(await day.decide(person)) == "not_arrived"
    assert (await day.arrive(person, vitals={**CALM, "spo2": 130})).status_code == 422
