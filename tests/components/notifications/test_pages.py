"""A page calls tier after tier until somebody takes it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import integration, notifications, session
from tests.components.notifications.conftest import Person, Post

ACKNOWLEDGE_WITHIN = timedelta(minutes=15)
CLARA = {"subject": "clara", "role": "clinician", "email": "clara@clinic.invalid"}
PETER = {"subject": "peter", "role": "prescriber", "email": "peter@clinic.invalid"}
FAY = {"subject": "fay", "role": "facilitator", "email": "fay@clinic.invalid"}
TIERS = {"tiers": [[CLARA], [PETER], [FAY]]}


@pytest.fixture
async def roster(post: Post) -> None:
    answer = await post.service.as_("coordinator").put("/on-call/bc", json=TIERS)
    assert answer.status_code == 200, answer.text


def risk(person: Person) -> integration.RiskRaised:
    return integration.RiskRaised(program_id=person.id, risk_id=uuid4(), item="check_in:dose:1:24h")


async def pages(post: Post, person: Person) -> list[dict[str, Any]]:
    query = {"open": True, "program_id": str(person.id)}
    return list((await post.service.as_("clinician").get("/pages", params=query)).json()["items"])


def calls(post: Post, email: str, page_id: str) -> int:
    return sum(page_id in mail["Subject"] for mail in post.mails(email))


@pytest.mark.usefixtures("roster")
async def test_a_risk_pages_the_first_tier_at_once_and_an_acknowledgement_ends_it(post: Post, ada: Person) -> None:
    await post.service.publish(risk(ada))
    (page,) = await pages(post, ada)
    assert calls(post, CLARA["email"], page["id"]) == 1
    answer = await post.service.as_("clinician", subject="clara").post(f"/pages/{page['id']}/acknowledge")
    assert (answer.status_code, answer.json()["closure"]) == (200, "acknowledged")
    await post.service.heard(notifications.PageAcknowledged, page_id=UUID(page["id"]), tier=1)
    await post.service.skip(ACKNOWLEDGE_WITHIN)
    assert not await pages(post, ada)
    assert calls(post, PETER["email"], page["id"]) == 0
    late = await post.service.as_("prescriber", subject="peter").post(f"/pages/{page['id']}/acknowledge")
    assert (late.status_code, late.json()["rule"]) == (409, "page_closed")


@pytest.mark.usefixtures("roster")
async def test_a_page_that_nobody_takes_climbs_and_calls_the_last_tier_again(post: Post, ada: Person) -> None:
    await post.service.publish(risk(ada))
    (page,) = await pages(post, ada)
    await post.service.skip(4 * ACKNOWLEDGE_WITHIN + timedelta(seconds=1))
    counts = [calls(post, person["email"], page["id"]) for person in (CLARA, PETER, FAY)]
    assert counts == [1, 1, 3]
    escalated = await post.service.all_heard(notifications.PageEscalated, program_id=ada.id)
    assert [event.data.tier for event in escalated] == [2, 3, 3, 3]
    (task,) = [task for task in await post.tasks("page") if task["item"] == page["id"]]
    assert (task["stage"], task["owner"]) == ("tier 3", "prescriber")
    await post.service.as_("facilitator", subject="fay").post(f"/pages/{page['id']}/acknowledge")


@pytest.mark.usefixtures("roster")
async def test_a_risk_that_is_decided_calls_nobody_any_more(post: Post, ada: Person) -> None:
    raised = risk(ada)
    closed = integration.RiskClosed(program_id=ada.id, risk_id=raised.risk_id, item=raised.item)
    await post.service.publish(raised)
    await post.service.publish(closed)
    assert not await pages(post, ada)
    other = risk(ada)
    await post.service.publish(closed.model_copy(update={"risk_id": other.risk_id}))
    await post.service.peers.tell(other, site="bc", time=(await post.service.now()) - timedelta(minutes=5))
    await post.service.until_idle()
    assert not await pages(post, ada)


@pytest.mark.usefixtures("roster")
async def test_a_risk_of_the_session_day_that_is_decided_calls_nobody_any_more(post: Post, ada: Person) -> None:
    about = {"program_id": ada.id, "session_id": uuid4(), "item": "dose:1"}
    await post.service.publish(session.RiskRaised.model_validate(about))
    (page,) = await pages(post, ada)
    await post.service.publish(session.RiskClosed.model_validate(about))
    assert not await pages(post, ada)
    await post.service.skip(ACKNOWLEDGE_WITHIN)
    assert calls(post, PETER["email"], page["id"]) == 0
    await post.service.publish(session.RiskRaised.model_validate(about))
    (again,) = await pages(post, ada)
    assert again["id"] != page["id"]
    await post.service.as_("clinician").post(f"/pages/{again['id']}/acknowledge")


@pytest.mark.usefixtures("roster")
async def test_several_vitals_of_one_measurement_are_one_page(post: Post, ada: Person) -> None:
    flagged = session.VitalsFlagged(program_id=ada.id, session_id=uuid4(), item="dose:1", level="emergency")
    await post.service.publish(flagged, flagged, flagged.model_copy(update={"level": "review"}))
    (page,) = await pages(post, ada)
    assert page["cause"] == "vitals_emergency"
    await post.service.as_("clinician").post(f"/pages/{page['id']}/acknowledge")
    await post.service.publish(flagged)
    (again,) = await pages(post, ada)
    assert calls(post, CLARA["email"], again["id"]) == 1
    await post.service.as_("clinician").post(f"/pages/{again['id']}/acknowledge")


@pytest.mark.usefixtures("roster")
async def test_pages_do_not_depend_on_intake(post: Post, ada: Person) -> None:
    post.intake.silent = True
    await post.service.publish(risk(ada))
    (page,) = await pages(post, ada)
    assert calls(post, CLARA["email"], page["id"]) == 1
    await post.service.as_("clinician").post(f"/pages/{page['id']}/acknowledge")


@pytest.mark.usefixtures("roster")
async def test_of_an_absence_the_facilitator_hears_the_fact_and_the_participant_neutral_words(
    post: Post, ada: Person
) -> None:
    before = len(post.mails(FAY["email"]))
    told = {"program_id": ada.id, "session_id": uuid4(), "item": "circle:3", "excused": False, "no_show": True}
    await post.service.publish(integration.AbsenceRecorded.model_validate(told))
    facts = [mail.get_content() for mail in post.mails(FAY["email"])[before:]]
    assert sum("absence was recorded" in fact for fact in facts) == 1
    assert sum("missed an appointment" in fact for fact in facts) == 1
    await post.service.skip(timedelta(hours=15))
    (mail,) = post.mails(ada.email)
    assert "could not be at your appointment" in mail.get_content()


async def test_without_a_roster_the_page_is_open_and_a_task_says_that_nobody_is_on_call(post: Post) -> None:
    nobody = Person(uuid4(), uuid4(), "none@example.org")
    await post.service.publish(risk(nobody), site="co")
    staff = post.service.as_("coordinator", "co")
    (page,) = (await staff.get("/pages", params={"open": True})).json()["items"]
    kinds = {"all": True, "kind": "nobody_on_call"}
    (task,) = (await staff.get("/tasks", params=kinds)).json()["items"]
    assert (task["site"], task["owner"]) == ("co", "coordinator")
    assert (await staff.get("/on-call/co")).status_code == 404
    assert (await staff.put("/on-call/co", json=TIERS)).status_code == 200
    assert not (await staff.get("/tasks", params=kinds)).json()["items"]
    await post.service.skip(ACKNOWLEDGE_WITHIN)
    assert calls(post, PETER["email"], page["id"]) == 1
    await staff.post(f"/pages/{page['id']}/acknowledge")


@pytest.mark.usefixtures("roster")
async def test_whoever_may_not_is_refused(post: Post, ada: Person) -> None:
    await post.service.publish(risk(ada))
    (page,) = await pages(post, ada)
    path = f"/pages/{page['id']}/acknowledge"
    assert (await post.service.as_(None).post(path)).status_code == 401
    assert (await post.service.as_("participant", subject=ada.id).post(path)).status_code == 403
    assert (await post.service.as_("clinician", "co").post(path)).status_code == 404
    assert (await post.service.as_("clinician").post(f"/pages/{uuid4()}/acknowledge")).status_code == 404
    assert (await post.service.as_("coordinator", "co").put("/on-call/bc", json=TIERS)).status_code == 403
    assert (await post.service.as_("clinician").put("/on-call/bc", json=TIERS)).status_code == 403
    for wrong in ({"tiers": []}, {"tiers": [[]]}, {"tiers": [[CLARA | {"email": "nowhere"}]]}):
        assert (await post.service.as_("coordinator").put("/on-call/bc", json=wrong)).status_code == 422
    await post.service.as_("clinician").post(path)


@pytest.mark.usefixtures("roster")
async def test_of_two_who_change_the_roster_the_second_reads_again(post: Post) -> None:
    staff, path = post.service.as_("coordinator"), "/on-call/bc"
    both_read = (await staff.get(path)).headers["ETag"]
    unread = await staff.put(path, json={"tiers": [[PETER]]})
    assert (unread.status_code, unread.json()["rule"]) == (428, "revision_required")
    changes = [{"tiers": [[PETER], [CLARA]]}, {"tiers": [[FAY], [CLARA]]}]
    answers = await asyncio.gather(*(staff.put(path, json=one, headers={"If-Match": both_read}) for one in changes))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer for answer in answers if answer.status_code == 200)
    assert (await staff.get(path)).json() == won.json()
    assert (await staff.put(path, json={"tiers": won.json()["tiers"]})).json()["revision"] == won.json()["revision"]
    back = await staff.put(path, json=TIERS, headers={"If-Match": won.headers["ETag"]})
    assert back.status_code == 200
