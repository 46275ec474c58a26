"""Whatever is wrong comes back as a problem that names the field or the rule; nothing is ever a 500."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.components.intake.conftest import PERSON, SIGNATURE, Applicant, referral
from tests.lib.component import Component
from tests.unit.intake.people import HEALTHY, condition

TOMORROW = "2030-01-09"


def problem(answer: httpx.Response) -> tuple[int, set[str]]:
    """The status, and every field and rule that the problem names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    named = {body.get("rule"), body.get("field")} | {error["field"] for error in body.get("errors", [])}
    return answer.status_code, {name for name in named if name}


@pytest.mark.parametrize(
    ("changed", "status", "named"),
    [
        ({"site": "mars"}, 422, {"unknown_site", "site"}),
        ({"site": "co"}, 403, {"site"}),
        ({"site": "b\u0000c"}, 422, {"body.site"}),
        ({"protocol_id": "weekly7"}, 422, {"unknown_protocol", "protocol_id"}),
        ({"reference": "R 01"}, 422, {"body.reference"}),
        ({"reference": ""}, 422, {"body.reference"}),
        ({"referred_at": "2030-02-01T00:00:00Z"}, 422, {"impossible_date", "referred_at"}),
        ({"referred_at": "0001-01-01T00:00:00+14:00"}, 422, {"impossible_date", "referred_at"}),
        ({"referred_at": "9999-12-31T23:59:59-14:00"}, 422, {"impossible_date", "referred_at"}),
        ({"referred_at": "2030-01-01T00:00:00"}, 422, {"body.referred_at"}),
        ({"person": None}, 422, {"body.person"}),
        ({"nickname": "Ada"}, 422, {"body"}),
    ],
)
async def test_a_wrong_referral_is_refused(
    intake: Component, changed: dict[str, Any], status: int, named: set[str]
) -> None:
    answer = await intake.as_("coordinator").post("/referrals", json=referral(**changed))
    assert problem(answer) == (status, named)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"date_of_birth": TOMORROW}, {"impossible_date", "person.date_of_birth"}),
        ({"date_of_birth": "1899-12-31"}, {"impossible_date", "person.date_of_birth"}),
        ({"date_of_birth": "1986-02-30"}, {"body.person.date_of_birth"}),
        ({"email": "ada@example"}, {"body.person.email"}),
        ({"email": "ada@example.org\nBcc: all@example.org"}, {"body.person.email"}),
        ({"email": "ada..l@example.org"}, {"body.person.email"}),
        ({"phone": "604 555 0123"}, {"body.person.phone"}),
        ({"phone": "+0123456789"}, {"body.person.phone"}),
        ({"zone": "Mars/Olympus"}, {"unknown_zone", "person.zone"}),
        ({"zone": "../../etc/passwd"}, {"unknown_zone", "person.zone"}),
        ({"given_name": "   "}, {"body.person.given_name"}),
        ({"family_name": "L\u0000"}, {"body.person.family_name"}),
        ({"given_name": "\u2060"}, {"body.person.given_name"}),
        ({"given_name": "\u3164"}, {"body.person.given_name"}),
        ({"family_name": "A\u202enosnhoJ"}, {"body.person.family_name"}),
        ({"family_name": "Lind\u200bqvist"}, {"body.person.family_name"}),
    ],
)
async def test_a_person_who_cannot_be_is_refused(intake: Component, changed: dict[str, Any], named: set[str]) -> None:
    answer = await intake.as_("coordinator").post("/referrals", json=referral(person=PERSON | changed))
    assert problem(answer) == (422, named)


async def test_the_same_reference_is_taken_once_per_site(intake: Component) -> None:
    twice, staff = referral(reference="R-twice"), intake.as_("coordinator", "bc", "co")
    assert (await staff.post("/referrals", json=twice)).status_code == 201
    assert problem(await staff.post("/referrals", json=twice)) == (409, {"referral_exists", "reference"})
    elsewhere = referral(reference="R-twice", site="co")
    assert (await staff.post("/referrals", json=elsewhere)).status_code == 201


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"height_cm": 17}, {"body.height_cm"}),
        ({"vitals": HEALTHY["vitals"] | {"systolic": 900}}, {"body.vitals.systolic"}),
        ({"conditions": [{"code": "hiccups", "active": True}]}, {"unknown_condition", "conditions.0.code"}),
        ({"shoe_size": 42}, {"body"}),
        ({"weight_kg": None}, {"body.weight_kg"}),
        ({"date_of_birth": "1990-01-01"}, {"another_date_of_birth", "date_of_birth"}),
        (
            {"conditions": [{"code": "ptsd", "active": True, "since": TOMORROW}]},
            {"impossible_date", "conditions.0.since"},
        ),
        (
            {"substances": [{"code": "alcohol", "active": False}]},
            {"remission_date", "substances.0.remission_since"},
        ),
    ],
)
async def test_wrong_answers_are_refused_and_nothing_is_kept(
    applicant: Applicant, changed: dict[str, Any], named: set[str]
) -> None:
    assert problem(await applicant.answer(**changed)) == (422, named)
    assert (await applicant.shown())["revision"] == 1


@pytest.mark.parametrize("name", ["a\u0000b", "line\u2028break", "\u202eenimatek", "\u200b"])
async def test_a_medication_reads_as_it_is_written(applicant: Applicant, name: str) -> None:
    answer = await applicant.answer(medications=[{"name": name, "class": "other"}])
    assert problem(answer) == (422, {"body.medications.0.name"})


async def test_a_condition_that_the_persons_protocol_does_not_know_is_refused(intake: Component) -> None:
    own, misspelt = ([{"code": code, "active": False}] for code in ("withdrawal_seizure", "withdrawal_seizur"))
    elsewhere = await (await Applicant.refer(intake)).answer(complete=False, conditions=own)
    assert (elsewhere.status_code, elsewhere.json()["rule"]) == (422, "unknown_condition")
    applicant = await Applicant.refer(intake, protocol_id="otago2")
    refused = (await applicant.answer(conditions=misspelt)).json()
    assert (refused["field"], "did you mean 'withdrawal_seizure'?" in refused["detail"]) == ("conditions.0.code", True)
    assert (await applicant.answer(conditions=own)).status_code == 200
    assert "withdrawal_seizure" in [finding["rule_id"] for finding in (await applicant.shown())["findings"]]


async def test_a_wrong_draft_is_refused_field_by_field(applicant: Applicant) -> None:
    draft = {"height_cm": 17, "weight_kg": 70, "stop_bang": 99}
    answer = await applicant.themself().put(f"{applicant.path}/answers", params={"complete": False}, json=draft)
    assert problem(answer) == (422, {"body.height_cm", "body.stop_bang"})


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"body.decision", "body.signature"}),
        ({"decision": "maybe", "signature": SIGNATURE}, {"body.decision"}),
        ({"decision": "eligible", "signature": {"meaning": ""}}, {"body.signature.meaning"}),
        ({"decision": "eligible", "signature": SIGNATURE, "reason": "a\u0000"}, {"body.reason"}),
        ({"decision": "eligible", "signature": SIGNATURE, "reason": "a\u202eb"}, {"body.reason"}),
        ({"decision": "eligible", "signature": SIGNATURE, "answers_version": 0}, {"body.answers_version"}),
    ],
)
async def test_a_wrong_decision_is_refused(applicant: Applicant, body: dict[str, Any], named: set[str]) -> None:
    clinician = applicant.intake.as_("clinician")
    assert problem(await clinician.post(f"{applicant.path}/decision", json=body)) == (422, named)


async def test_a_decision_needs_submitted_forms_and_an_override_a_reason(applicant: Applicant) -> None:
    assert problem(await applicant.decide()) == (409, {"forms_not_submitted"})
    await applicant.answer(conditions=condition("schizophrenia"))
    assert problem(await applicant.decide(override_reason=" ")) == (422, {"body.override_reason"})


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/referrals", "clinician"),
        ("GET", "/referrals", "participant"),
        ("GET", "", "participant"),
        ("GET", "", "integrator"),
        ("PUT", "/answers", "clinician"),
        ("GET", "/answers", "auditor"),
        ("POST", "/decision", "coordinator"),
        ("POST", "/decision", "prescriber"),
        ("POST", "/agreements", "coordinator"),
        ("DELETE", "/agreements/treatment_consent", "facilitator"),
        ("GET", "/person?purpose=call", "facilitator"),
        ("GET", "/disclosures", "coordinator"),
        ("GET", "/counts", "clinician"),
    ],
)
async def test_each_act_belongs_to_its_roles(applicant: Applicant, method: str, path: str, role: Any) -> None:
    url = path if path in ("/referrals", "/counts") else applicant.path + path
    bodies = {"/referrals": referral(), "/decision": {"decision": "eligible", "signature": SIGNATURE}}
    body = bodies.get(path, {"kind": "treatment_consent"} if path == "/agreements" else {})
    as_role = applicant.intake.as_(role, subject=applicant.program_id)
    assert problem(await as_role.request(method, url, json=body)) == (403, {"role"})
    assert problem(await applicant.intake.as_(None).request(method, url, json=body)) == (401, {"token"})


async def test_ids_that_are_wrong_or_unknown_are_not_found(intake: Component) -> None:
    clinician = intake.as_("clinician")
    assert problem(await clinician.get(f"/referrals/{uuid4()}")) == (404, {"not_found"})
    assert problem(await clinician.get("/referrals/R-01")) == (422, {"path.program_id"})
    unknown = uuid4()
    participant = intake.as_("participant", subject=unknown)
    assert problem(await participant.put(f"/referrals/{unknown}/answers", json=HEALTHY)) == (404, {"not_found"})
    sign = {"kind": "treatment_consent"}
    assert problem(await participant.post(f"/referrals/{unknown}/agreements", json=sign)) == (404, {"not_found"})


async def test_an_unknown_agreement_and_a_wrong_query_are_refused(applicant: Applicant) -> None:
    assert problem(await applicant.sign("blood_oath")) == (422, {"body.kind"})
    assert problem(await applicant.revoke("blood_oath")) == (422, {"path.kind"})
    staff = applicant.intake.as_("coordinator")
    for query in ({"limit": 0}, {"state": "lost"}, {"site": "\u0000"}):
        [name] = query
        assert problem(await staff.get("/referrals", params=query)) == (422, {f"query.{name}"})
    assert problem(await staff.get("/referrals", params={"after": "x"})) == (422, {"unknown_cursor", "after"})
    assert problem(await staff.get(f"{applicant.path}/person")) == (422, {"query.purpose"})
