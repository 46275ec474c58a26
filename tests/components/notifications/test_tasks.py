"""Whoever owes something hears of it: by role and site, neutrally, once for many, and not when it is done already."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import intake, integration, notifications
from tests.components.notifications.conftest import Person, Post
from tests.components.notifications.test_messages import CHECK_IN, MORNING, NIGHT, until
from tests.unit.notifications.test_emails import TELLING

COORA = {"subject": "coora", "role": "coordinator", "email": "coora@clinic.invalid"}
CORIN = {"subject": "corin", "role": "coordinator", "email": "corin@clinic.invalid"}
CLARA = {"subject": "clara", "role": "clinician", "email": "clara@clinic.invalid"}
PETER = {"subject": "peter", "role": "prescriber", "email": "peter@clinic.invalid"}
SOON = timedelta(minutes=6)


@pytest.fixture(autouse=True)
async def roster(post: Post) -> None:
    """Two coordinators and a clinician, in the morning."""
    answer = await post.service.as_("coordinator").put("/on-call/bc", json={"tiers": [[CLARA, COORA], [CORIN, PETER]]})
    assert answer.status_code == 200, answer.text
    await until(post, 10)


async def opened(post: Post, kind: str, owner: str, within: timedelta = timedelta(days=2), **more: Any) -> UUID:
    """Intake opens an obligation for a role; the answer is its id."""
    told = {"obligation_id": uuid4(), "program_id": uuid4(), "kind": kind, "item": "screening", "owner": owner}
    event = intake.ObligationOpened.model_validate({**told, "deadline": await post.service.now() + within, **more})
    await post.service.publish(event)
    return event.obligation_id


def told_of(post: Post, person: dict[str, str], id: UUID) -> list[str]:
    """The mails to this person that name the task."""
    contents = [mail.get_content() for mail in post.mails(person["email"])]
    return [content for content in contents if str(id) in content]


async def test_a_task_is_mailed_to_everybody_of_its_role_with_its_id_and_deadline_and_nothing_clinical(
    post: Post,
) -> None:
    id = await opened(post, "screening_review", "clinician")
    await post.service.skip(SOON)
    (said,) = told_of(post, CLARA, id)
    assert "Submitted forms are waiting for your review. It ends with a signed decision." in said
    assert "Due by" in said
    assert "10:00" in said
    assert not TELLING.search(said)
    assert not told_of(post, COORA, id)


async def test_several_tasks_of_a_short_while_are_one_mail_to_each_coordinator(post: Post) -> None:
    ids = [await opened(post, "orphan_fact", "coordinator") for _ in range(3)]
    await post.service.skip(SOON)
    for person in (COORA, CORIN):
        (mail,) = [mail for mail in post.mails(person["email"]) if str(ids[0]) in mail.get_content()]
        assert all(str(id) in mail.get_content() for id in ids)
        assert "3 tasks" in mail["Subject"]


async def test_of_a_task_that_is_done_meanwhile_nobody_hears(post: Post) -> None:
    await until(post, NIGHT)
    done, owed = [await opened(post, "screening_review", "clinician") for _ in range(2)]
    about = {"program_id": None, "kind": "screening_review", "item": "screening", "owner": "clinician"}
    closed = intake.ObligationClosed.model_validate(
        {**about, "obligation_id": done, "closure": "decided", "closed_by": "clara"}
    )
    await post.service.publish(closed)
    await until(post, MORNING)
    assert not told_of(post, CLARA, done)
    assert len(told_of(post, CLARA, owed)) == 1


async def test_a_task_that_becomes_somebody_elses_is_told_to_them(post: Post) -> None:
    await until(post, NIGHT)
    id = await opened(post, "absence", "coordinator")
    now = await post.service.now()
    about = {"obligation_id": id, "program_id": None, "kind": "absence", "item": "circle:3"}
    escalated = intake.ObligationEscalated.model_validate(
        {**about, "owner": "clinician", "stage": "overdue", "deadline": now - timedelta(seconds=1)}
    )
    await post.service.publish(escalated)
    await until(post, MORNING)
    assert not told_of(post, COORA, id)
    (said,) = told_of(post, CLARA, id)
    assert "Overdue since" in said


async def test_whoever_asks_first_is_the_participant_then_the_coordinator_is_told_to_call(post: Post) -> None:
    about = {"obligation_id": uuid4(), "program_id": uuid4(), "kind": "check_in", "item": CHECK_IN}
    tomorrow = await post.service.now() + timedelta(days=1)
    asked = integration.ObligationOpened.model_validate({**about, "owner": "coordinator", "deadline": tomorrow})
    call = {**about, "owner": "coordinator", "stage": "call", "deadline": tomorrow + timedelta(hours=4)}
    await post.service.publish(asked)
    await post.service.skip(SOON)
    assert not told_of(post, COORA, asked.obligation_id)
    await post.service.publish(integration.ObligationEscalated.model_validate(call))
    await post.service.skip(SOON)
    assert len(told_of(post, COORA, asked.obligation_id)) == 1


async def test_a_risk_is_told_at_night_beside_its_page(post: Post) -> None:
    await until(post, NIGHT)
    id = await opened(post, "risk", "clinician", timedelta(hours=12))
    await post.service.skip(timedelta(minutes=1))
    assert len(told_of(post, CLARA, id)) == 1


async def test_a_mail_to_a_participant_that_nobody_could_send_is_a_task_that_the_coordinators_hear_of(
    post: Post, ada: Person
) -> None:
    post.intake.emails[ada.id] = None
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=CHECK_IN))
    (task,) = [task for task in await post.tasks("undelivered") if task["program_id"] == str(ada.id)]
    await post.service.skip(SOON)
    assert len(told_of(post, COORA, UUID(task["id"]))) == 1
    assert task["to_do"] == "A message could not be delivered. Please see that the person is told."
    path = f"/messages/{task['item']}/resolution"
    await post.service.as_("coordinator").post(path, json={"outcome": "reached"})


async def test_a_mail_about_tasks_that_never_leaves_makes_no_task_about_itself(post: Post) -> None:
    id = await opened(post, "screening_review", "clinician", timedelta(days=3))
    before = {task["id"] for task in await post.tasks("undelivered")}
    await post.service.mail.stop()
    await post.service.skip(timedelta(hours=13))
    await post.service.mail.start()
    await post.service.heard(notifications.MessageFailed, program_id=None, category="staff_task")
    assert {task["id"] for task in await post.tasks("undelivered")} == before
    assert not told_of(post, CLARA, id)
