"""Check-ins on the real servers: asked, chased, closed by somebody, and risk that is decided by a clinician."""

from typing import Any
from uuid import uuid4

import pytest

from shared.events.integration import (
    CheckInClosed,
    CheckInOpened,
    CheckInReminderDue,
    ObligationClosed,
    ObligationEscalated,
    RiskClosed,
    RiskRaised,
)
from shared.events.scheduler import CheckInDue
from tests.components.integration.conftest import DAY, HOUR, MINUTE, SIGNATURE, ZONE, Person
from tests.lib.component import Component

ITEM = "check_in:dose:3:24h"
CALM = {"coping": 2, "unsafe": 0, "unwell": 0, "call_me": 0}


async def call(integration: Component, person: Person, **body: Any) -> Any:
    return await integration.as_("coordinator").post(f"/check-ins/{person.id}/{ITEM}/calls", json=body)


async def decide(integration: Component, person: Person, decision: str) -> Any:
    body = {"decision": decision, "reason": "Their sister says all is well.", "signature": SIGNATURE}
    return await integration.as_("clinician").post(f"/check-ins/{person.id}/{ITEM}/decision", json=body)


async def test_an_answer_closes_a_check_in(integration: Component, person: Person) -> None:
    await person.is_asked(ITEM)
    await integration.heard(CheckInOpened, program_id=person.id, item=ITEM, follows="dose")
    listed = await integration.as_("participant", subject=person.id).get(
        "/check-ins", params={"program_id": str(person.id), "open": "true"}
    )
    (shown,) = listed.json()["items"]
    assert [question["key"] for question in shown["questions"]] == ["coping", "unwell", "unsafe", "call_me"]

    answer = await person.says(ITEM, **CALM)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["closure"], answer.json()["crisis_line"]) == ("answered", None)
    await integration.heard(CheckInClosed, program_id=person.id, closure="answered")
    assert await person.tasks("check_in") == []
    assert (await person.says(ITEM, **CALM)).json()["rule"] == "check_in_closed"


async def test_a_silent_check_in_climbs_the_whole_ladder_and_waits_for_a_clinician(
    integration: Component, person: Person
) -> None:
    await person.is_asked(ITEM)
    await integration.skip(4 * HOUR)
    await integration.heard(CheckInReminderDue, program_id=person.id, reminder=1, follows="dose")
    await integration.skip(20 * HOUR)
    assert [task["stage"] for task in await person.tasks("check_in")] == ["call"]
    assert (await call(integration, person, reached=False, outcome="Voicemail.")).json()["closure"] is None
    await integration.skip(24 * HOUR)
    (task,) = await person.tasks("check_in")
    assert (task["stage"], task["owner"], task["overdue"]) == ("clinician_decides", "clinician", False)
    await integration.skip(3 * DAY)
    (task,) = await person.tasks("check_in")
    assert (task["stage"], task["owner"], task["overdue"]) == ("overdue", "clinician", True)
    assert len(await integration.all_heard(CheckInReminderDue, program_id=person.id)) == 1
    stages = [heard.data.stage for heard in await integration.all_heard(ObligationEscalated, program_id=person.id)]
    assert stages == ["remind_1", "call", "second_call", "clinician_decides", "overdue"]

    decided = await decide(integration, person, "welfare_check")
    assert len(decided.json()["sha256"]) == 64
    await integration.heard(CheckInClosed, program_id=person.id, closure="welfare_check")
    assert await integration.all_heard(ObligationClosed, program_id=person.id, closed_by="clinician-1")


async def test_a_call_that_reaches_the_person_closes_the_check_in(integration: Component, person: Person) -> None:
    await person.is_asked(ITEM)
    answer = await call(integration, person, reached=True, outcome="Doing well.")
    assert answer.json()["closure"] == "reached"
    await integration.heard(CheckInClosed, program_id=person.id, closure="reached")
    record = await integration.as_("clinician").get(f"/check-ins/{person.id}/{ITEM}")
    assert [made["outcome"] for made in record.json()["calls"]] == ["Doing well."]


async def test_an_answer_that_signals_risk_holds_the_next_dose_until_a_clinician_decided(
    integration: Component, person: Person
) -> None:
    await person.is_asked(ITEM)
    answer = await person.says(ITEM, unsafe=1)
    assert answer.json()["crisis_line"] == "9-8-8"
    risk_id = answer.json()["risk_id"]
    raised = await integration.heard(RiskRaised, program_id=person.id)
    assert (str(raised.data.risk_id), raised.data.item) == (risk_id, ITEM)
    (task,) = await person.tasks("risk")
    assert (task["item"], task["owner"]) == (risk_id, "clinician")
    assert (await person.clearance()).refusals == ("open_risk",)

    body = {"decision": "safety_plan", "reason": "Spoke for an hour.", "signature": SIGNATURE}
    closed = await integration.as_("clinician").post(f"/risks/{risk_id}/close", json=body)
    assert closed.status_code == 200, closed.text
    await integration.heard(RiskClosed, program_id=person.id)
    assert (await person.clearance()).refusals == ()
    assert await person.tasks("risk") == []
    again = await integration.as_("clinician").post(f"/risks/{risk_id}/close", json=body)
    assert (again.status_code, again.json()["rule"]) == (409, "risk_closed")


async def test_a_risk_that_nobody_decides_on_goes_to_a_prescriber_and_stays_open(
    integration: Component, person: Person
) -> None:
    await person.is_asked(ITEM)
    await call(integration, person, reached=False, risk=True)
    await integration.skip(12 * HOUR)
    (task,) = await person.tasks("risk")
    assert (task["owner"], task["stage"]) == ("prescriber", "overdue")
    await integration.skip(5 * DAY)
    assert len(await person.tasks("risk")) == 1
    assert await integration.all_heard(RiskClosed, program_id=person.id) == []


async def test_whoever_withdraws_keeps_the_safety_check_in_alone(integration: Component, person: Person) -> None:
    await person.is_asked(ITEM)
    await person.is_asked("check_in:safety")
    await person.becomes("withdrawn")
    await integration.heard(CheckInClosed, program_id=person.id, item=ITEM, closure="program_closed")
    assert [task["item"] for task in await person.tasks("check_in")] == ["check_in:safety"]
    await person.becomes("died")
    await integration.heard(CheckInClosed, program_id=person.id, item="check_in:safety", closure="program_closed")
    assert await person.tasks("check_in") == []


async def test_who_left_before_their_seat_or_their_check_in_was_heard_of_is_not_asked(integration: Component) -> None:
    person = Person(integration, uuid4())
    await person.becomes("withdrawn")
    await person.take_seat()
    await person.is_asked(ITEM)
    await integration.heard(CheckInClosed, program_id=person.id, item=ITEM, closure="program_closed")
    await person.is_asked("check_in:safety")
    await integration.heard(CheckInOpened, program_id=person.id, item="check_in:safety")
    assert await integration.all_heard(CheckInOpened, program_id=person.id, item=ITEM) == []


async def test_who_had_not_left_after_all_is_asked_again_and_chased_from_where_it_stands(
    integration: Component, person: Person
) -> None:
    await person.is_asked(ITEM)
    await person.is_measured("end", -7 * DAY, 7 * DAY)
    await person.becomes("withdrawn")
    await person.becomes("active")
    [task] = await person.tasks("check_in")
    assert task["item"] == ITEM
    assert [task["item"] for task in await person.tasks("measure")] == ["measure:end"]
    await integration.skip(12 * HOUR)
    [later] = await person.tasks("check_in")
    assert (later["id"], later["stage"]) != (task["id"], task["stage"])
    assert later["owner"] == "coordinator"


async def test_a_check_in_that_is_told_twice_is_asked_once(integration: Component, person: Person) -> None:
    await person.is_asked(ITEM)
    await person.is_asked(ITEM)
    assert len(await integration.all_heard(CheckInOpened, program_id=person.id)) == 1


async def test_check_ins_are_refused_by_role_program_site_and_shape(integration: Component, person: Person) -> None:
    await person.is_asked(ITEM)
    path = f"/check-ins/{person.id}/{ITEM}/answers"
    other = integration.as_("participant", subject=uuid4())
    assert (await other.post(path, json={"answers": CALM})).json()["rule"] == "own_program"
    assert (await other.get("/check-ins", params={"program_id": str(person.id)})).status_code == 403
    assert (await integration.as_("clinician").post(path, json={"answers": CALM})).status_code == 403
    elsewhere = integration.as_("participant", "co", subject=person.id)
    assert (await elsewhere.post(path, json={"answers": CALM})).status_code == 404
    assert (await person.says(ITEM, unsafe=7)).json()["field"] == "answers.unsafe"
    assert (await person.says(ITEM, unsafe=99)).status_code == 422
    assert (await person.says("check_in:Nonsense!", **CALM)).status_code == 422
    assert (await person.says("check_in:dose:9:24h", **CALM)).status_code == 404
    assert (await integration.as_("auditor").get(f"/check-ins/{person.id}/{ITEM}")).status_code == 403


async def test_nothing_clinical_travels(integration: Component, person: Person) -> None:
    await person.is_asked(ITEM)
    await integration.skip(MINUTE)
    await person.says(ITEM, unsafe=1, coping=9)
    await integration.until_idle()
    told = " ".join(heard.model_dump_json() for heard in integration.tail.events)
    assert not any(word in told for word in ("unsafe", "coping", "answers", "reason"))


@pytest.mark.parametrize("newly_closed", [False, True])
async def test_pages_of_check_ins_hold_each_once_though_some_are_due_in_the_same_moment(
    integration: Component, newly_closed: bool
) -> None:
    """The cursor names the last row: one that ends meanwhile takes no other with it."""
    person = await Person.seated(integration)
    due_at = await integration.now()
    about = {"program_id": person.id, "cohort_id": person.cohort_id, "zone": ZONE, "protocol": person.protocol}
    items = [f"check_in:dose:{dose}:24h" for dose in range(1, 6)]
    await integration.publish(*(CheckInDue(**about, item=item, due_at=due_at, follows="dose") for item in items))
    clinician, seen, after = integration.as_("clinician"), [], None
    for _ in range(3):
        query = {"program_id": str(person.id), "limit": "2"} | ({"after": after} if after else {})
        page = (await clinician.get("/check-ins", params=query)).json()
        seen += [one["item"] for one in page["items"]]
        if newly_closed and after is None:
            assert (await person.says(items[1], **CALM)).status_code < 300
        after = page["next"]
    assert (seen, after) == (items, None)
    refused = await clinician.get("/check-ins", params={"after": str(person.id)})
    assert (refused.status_code, refused.json()["rule"]) == (422, "unknown_cursor")
