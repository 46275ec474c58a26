"""Names and contacts live in intake alone: other sites see nothing, and every look-up is kept."""

import json

from tests.components.intake.conftest import Applicant
from tests.lib.component import Component

NAMES = ("given_name", "family_name", "email", "phone")


async def test_another_site_sees_nothing_of_a_person(intake: Component, applicant: Applicant) -> None:
    elsewhere = intake.as_("coordinator", "co")
    assert (await elsewhere.get(applicant.path)).status_code == 404
    assert (await elsewhere.get(f"{applicant.path}/person", params={"purpose": "call"})).status_code == 404
    assert (await elsewhere.put(f"{applicant.path}/person", json=applicant.person)).status_code == 404
    assert str(applicant.program_id) not in (await elsewhere.get("/referrals")).text
    assert (await elsewhere.get("/referrals", params={"site": "bc"})).status_code == 403
    assert (await applicant.clearance(site="co")).refusals == ("program_unknown",)


async def test_a_participant_speaks_for_nobody_else(intake: Component, applicant: Applicant) -> None:
    other = await Applicant.refer(intake)
    somebody_else = other.themself()
    for answer in (
        await somebody_else.put(f"{applicant.path}/answers", json={}),
        await somebody_else.get(f"{applicant.path}/answers"),
        await somebody_else.post(f"{applicant.path}/agreements", json={"kind": "group_agreement"}),
        await somebody_else.delete(f"{applicant.path}/agreements/group_agreement"),
    ):
        assert (answer.status_code, answer.json()["rule"]) == (403, "own_program")


async def test_every_look_up_is_kept_with_who_and_what_for(intake: Component, applicant: Applicant) -> None:
    contact = await applicant.contact()
    assert (contact.email, contact.given_name, contact.zone) == (applicant.person["email"], "Ada", "America/Vancouver")
    staff = intake.as_("coordinator", subject="coordinator-9")
    person = await staff.get(f"{applicant.path}/person", params={"purpose": "call"})
    assert person.json() == applicant.person | {
        "phone": applicant.person["phone"].replace(" ", "").replace("-", ""),
        "zone": "America/Vancouver",
    }
    kept = (await intake.as_("auditor").get(f"{applicant.path}/disclosures")).json()["items"]
    assert [(told["disclosed_to"], told["role"], told["purpose"]) for told in kept] == [
        ("notifications", "service", "check_in"),
        ("coordinator-9", "coordinator", "call"),
    ]


async def test_a_corrected_address_is_told_and_the_old_record_stays(intake: Component, applicant: Applicant) -> None:
    corrected = applicant.person | {"email": "ada@example.net", "zone": "America/Denver"}
    staff, path = intake.as_("coordinator"), f"{applicant.path}/person"
    tag = {"If-Match": (await staff.get(path, params={"purpose": "correction"})).headers["ETag"]}
    assert (await staff.put(path, json=corrected, headers=tag)).status_code == 200
    contact = await applicant.contact()
    assert (contact.email, contact.zone) == ("ada@example.net", "America/Denver")
    query = "select email from intake.person where program_id = $1 order by revision"
    kept = await intake.admin.fetch(query, applicant.program_id)
    assert [row["email"] for row in kept] == [applicant.person["email"], "ada@example.net"]


async def test_nobody_is_known_where_there_is_no_such_program(intake: Component) -> None:
    stranger = Applicant(intake, "bc", (await Applicant.refer(intake, "co")).program_id, {})
    contact = await stranger.contact()
    assert (contact.email, contact.given_name, contact.zone) == (None, "", "America/Vancouver")


async def test_no_name_travels_in_an_event_or_shows_where_it_is_not_asked_for(
    intake: Component, applicant: Applicant
) -> None:
    await applicant.answer()
    await intake.until_idle()
    told = [envelope.model_dump_json() for envelope in intake.tail.events]
    shown = json.dumps([await applicant.shown(), await applicant.tasks()])
    assert len(told) > 5
    for text in (*told, shown):
        assert not any(applicant.person[name] in text for name in NAMES)


async def test_what_was_signed_cannot_be_changed_by_the_service_itself(intake: Component) -> None:
    rights = await intake.admin.fetch(
        "select table_name, privilege_type from information_schema.role_table_grants"
        " where grantee = 'homeward_intake' and table_schema = 'intake' and privilege_type <> 'SELECT'"
    )
    kept = ("person", "disclosure", "answers", "evaluation", "finding", "decision", "agreement")
    assert {right["privilege_type"] for right in rights if right["table_name"] in kept} == {"INSERT"}
