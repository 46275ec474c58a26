"""Who may do and see what; and a ledger that loses nobody."""

from typing import Any
from uuid import uuid4

import pytest

from shared.events import intake
from tests.components.scheduler.conftest import SIGNATURE, Clinic, Person, problem

BODIES: dict[str, dict[str, Any]] = {
    "make-ups": {"missed_item": "circle:1", "starts_at": "2031-01-01T09:00:00Z", "minutes": 60},
    "overrides": {"item": "circle:1", "reason": "well on the phone", "signature": SIGNATURE},
    "absences/dose:1/close": {"closure": "go_on", "reason": "not worse"},
    "review": {"decision": "continue", "reason": "spoke with them"},
}


@pytest.mark.parametrize(
    ("method", "what", "role"),
    [
        ("POST", "offer/accept", "facilitator"),
        ("POST", "offer/decline", "clinician"),
        ("POST", "make-ups", "participant"),
        ("POST", "make-ups", "prescriber"),
        ("POST", "overrides", "coordinator"),
        ("POST", "absences/dose:1/close", "facilitator"),
        ("POST", "review", "coordinator"),
        ("POST", "withdraw", "facilitator"),
        ("POST", "transfer-out", "participant"),
        ("POST", "death", "prescriber"),
        ("GET", "", "integrator"),
    ],
)
async def test_each_act_belongs_to_its_roles(clinic: Clinic, method: str, what: str, role: Any) -> None:
    path = f"/programs/{uuid4()}/{what}".rstrip("/")
    body = BODIES.get(what, {})
    refused = await clinic.as_(role).request(method, path, json=body)
    assert problem(refused) == (403, "role", None)
    assert problem(await clinic.scheduler.as_(None).request(method, path, json=body)) == (401, "token", None)


@pytest.mark.parametrize(
    ("path", "role"),
    [("/cohorts", "participant"), ("/programs", "participant"), ("/ledger", "clinician"), ("/tasks", "participant")],
)
async def test_lists_are_for_staff(clinic: Clinic, path: str, role: Any) -> None:
    assert problem(await clinic.as_(role).get(path)) == (403, "role", None)


async def test_a_participant_acts_for_and_sees_themself_alone(clinic: Clinic) -> None:
    ana, ben = await clinic.people(2)
    await clinic.open_cohort()
    other = clinic.as_("participant", subject=ben.id)
    for what in ("offer/accept", "offer/decline", "withdraw"):
        assert problem(await other.post(f"{ana.path}/{what}", json={})) == (403, "own_program", None)
    assert problem(await other.get(ana.path)) == (403, "own_program", None)
    assert (await other.get(ben.path)).status_code == 200
    assert await ana.state() == "offered"


async def test_another_site_sees_and_changes_nothing(clinic: Clinic) -> None:
    person = await clinic.member()
    elsewhere = Clinic(clinic.scheduler)
    for role, what in (("coordinator", "withdraw"), ("clinician", "review"), ("clinician", "overrides")):
        answer = await elsewhere.as_(role).post(f"{person.path}/{what}", json=BODIES.get(what, {}))
        assert problem(answer) == (404, "not_found", None)
    staff = elsewhere.as_("coordinator")
    assert problem(await staff.post(f"{person.path}/offer/accept")) == (404, "not_found", None)
    assert problem(await staff.get(person.path)) == (404, "not_found", None)
    assert problem(await staff.get(f"/cohorts/{person.cohort.id}")) == (404, "not_found", None)
    for path in ("/cohorts", "/programs", "/tasks"):
        assert (await staff.get(path)).json()["items"] == []
    assert problem(await staff.get("/ledger", params={"site": clinic.site})) == (403, "site", "site")


async def test_ids_and_queries_that_cannot_be_are_named(clinic: Clinic) -> None:
    staff = clinic.as_("coordinator")
    assert problem(await staff.get(f"/programs/{uuid4()}")) == (404, "not_found", None)
    assert problem(await staff.get(f"/cohorts/{uuid4()}")) == (404, "not_found", None)
    assert problem(await staff.post(f"/tasks/{uuid4()}/close")) == (404, "not_found", None)
    assert problem(await staff.get("/programs/R-01")) == (422, None, "path.program_id")
    assert problem(await staff.get("/programs", params={"state": "lost"})) == (422, None, "query.state")
    for path in ("/programs", "/cohorts", "/ledger"):
        assert problem(await staff.get(path, params={"site": "\u0000"})) == (422, None, "query.site")
    person = await clinic.person()
    assert problem(await person.posts("coordinator", "withdraw", reason=1)) == (422, None, "body.reason")


async def test_every_referral_is_in_exactly_one_state_and_they_sum_up(clinic: Clinic) -> None:
    referred, lapsed, excluded, redirected = (Person(clinic) for _ in range(4))
    for person in (referred, lapsed, excluded, redirected):
        await clinic.publish(intake.ReferralReceived(program_id=person.id, protocol_id="weekly6"))
    await clinic.publish(
        intake.ScreeningLapsed(program_id=lapsed.id),
        intake.ScreeningDecided(program_id=excluded.id, protocol_id="weekly6", decision="excluded"),
        intake.ScreeningDecided(program_id=redirected.id, protocol_id="weekly6", decision="redirected"),
    )
    active, declined, offered, gone, waiting = await clinic.people(5)
    await clinic.open_cohort()
    await active.accept()
    await gone.accept()
    await gone.leaves("withdraw", "coordinator")
    await declined.decline()
    await clinic.scheduler.until_idle()
    assert [await offered.state(), await waiting.state()] == ["offered", "offered"]

    ledger = (await clinic.as_("coordinator").get("/ledger", params={"site": clinic.site})).json()
    found = {state: number for state, number in ledger["states"].items() if number}
    once = dict.fromkeys(("in_screening", "lapsed", "excluded", "redirected", "active", "declined", "withdrawn"), 1)
    assert found == once | {"offered": 2}
    assert (ledger["referred"], ledger["balanced"]) == (9, True)
