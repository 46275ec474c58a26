"""An appointment, an offer or a change of either is told: by a mail whatever the caps, else by a person who calls."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import integration, scheduler, session
from shared.events.notifications import AbsenceUnheard, MessageSuppressed, ObligationClosed, ParticipantTold
from tests.components.notifications.conftest import PIN, VANCOUVER, Person, Post
from tests.components.notifications.test_messages import MORNING, NIGHT, reminder, until


async def make_up(post: Post, person: Person) -> scheduler.MakeUpBooked:
    starts_at = await post.service.now() + timedelta(days=3)
    return scheduler.MakeUpBooked(
        program_id=person.id,
        cohort_id=person.cohort_id,
        session_id=uuid4(),
        item="make_up:circle:3",
        missed_item="circle:3",
        kind="circle",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        no_show_at=starts_at + timedelta(minutes=30),
        zone=VANCOUVER,
        protocol=PIN,
    )


async def stops_messages(post: Post, person: Person) -> None:
    themself = post.service.as_("participant", subject=person.id)
    assert (await themself.post("/opt-outs", json={"program_id": str(person.id)})).status_code == 201


async def resolves(post: Post, task: dict[str, Any], outcome: str) -> dict[str, Any]:
    answer = await post.service.as_("coordinator").post(
        f"/messages/{task['item']}/resolution", json={"outcome": outcome}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_questionnaires_mail_takes_no_place_from_a_reminder_or_a_make_up(post: Post, ada: Person) -> None:
    await until(post, 10)
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:week5"))
    await post.service.publish(await reminder(post, ada))
    await post.service.publish(await make_up(post, ada))
    told = [message["text"] for message in await post.messages(ada.id) if message["state"] == "sent"]
    assert sorted(told) == ["make_up", "measure", "session_reminder"]
    assert {one.data.item for one in await post.service.all_heard(ParticipantTold, program_id=ada.id)} == {
        "dose:3",
        "make_up:circle:3",
    }


async def test_an_appointments_mail_takes_the_place_of_a_questionnaires(post: Post, ada: Person) -> None:
    await until(post, 10)
    await post.service.publish(await reminder(post, ada))
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:week5"))
    assert len(post.mails(ada.email)) == 1
    await until(post, MORNING)
    assert len(post.mails(ada.email)) == 2


async def test_one_mail_carries_both_and_the_appointment_leads_it(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:week5"))
    await post.service.publish(await reminder(post, ada))
    await until(post, MORNING)
    (mail,) = post.mails(ada.email)
    body = mail.get_body().get_content()
    assert body.index("reminder of your appointment") < body.index("questions are waiting")
    (told,) = await post.service.all_heard(ParticipantTold, program_id=ada.id)
    assert (told.data.item, told.data.by, told.data.category) == ("dose:3", "mail", "session_reminder")


async def test_who_stopped_all_messages_is_called_about_an_appointment_until_somebody_reached_them(
    post: Post, ada: Person
) -> None:
    await until(post, 10)
    await stops_messages(post, ada)
    due = await reminder(post, ada)
    await post.service.publish(due)
    dropped = await post.service.heard(MessageSuppressed, program_id=ada.id, rule="opted_out")
    assert dropped.data.item == "dose:3"
    (task,) = await post.calls_to(ada)
    assert (task["owner"], task["item"]) == ("coordinator", str(dropped.data.message_id))
    assert (await resolves(post, task, "not_reached"))["open"]
    (again,) = await post.calls_to(ada)
    assert again["stage"] == "not_reached"
    assert not await post.service.all_heard(ParticipantTold, program_id=ada.id)
    assert not (await resolves(post, again, "reached"))["open"]
    (told,) = await post.service.all_heard(ParticipantTold, program_id=ada.id)
    assert (told.data.item, told.data.by) == ("dose:3", "call")
    assert not await post.calls_to(ada)


async def test_a_call_is_due_before_the_appointment_begins(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    soon = (await reminder(post, ada)).model_copy(update={"starts_at": await post.service.now() + timedelta(hours=6)})
    await post.service.publish(soon)
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="best_before")
    (task,) = await post.calls_to(ada)
    assert task["deadline"] == soon.starts_at.isoformat().replace("+00:00", "Z")


async def test_nobody_calls_about_an_appointment_that_is_over(post: Post, ada: Person) -> None:
    await until(post, 10)
    await stops_messages(post, ada)
    await post.service.publish(await reminder(post, ada))
    (task,) = await post.calls_to(ada)
    there = session.AttendanceRecorded(program_id=ada.id, session_id=uuid4(), item="dose:3", status="attended")
    await post.service.publish(there)
    closed = await post.service.heard(ObligationClosed, obligation_id=UUID(task["id"]))
    assert closed.data.closure == "reason_gone"


async def test_nobody_calls_somebody_who_left_about_an_appointment(post: Post, ada: Person) -> None:
    await until(post, 10)
    await stops_messages(post, ada)
    await post.service.publish(await reminder(post, ada))
    assert await post.calls_to(ada)
    await post.service.publish(scheduler.StateChanged(program_id=ada.id, cohort_id=ada.cohort_id, state="withdrawn"))
    assert not await post.calls_to(ada)


async def misses(post: Post, person: Person, booked: Any, *, excused: bool = False) -> None:
    about = {"program_id": person.id, "session_id": booked.session_id, "item": booked.item}
    await post.service.publish(integration.AbsenceRecorded(**about, excused=excused, no_show=not excused))


async def test_an_appointment_that_no_mail_and_no_call_told_of_is_said_to_be_unheard_when_it_is_missed(
    post: Post, ada: Person
) -> None:
    await until(post, 10)
    await stops_messages(post, ada)
    await post.service.publish(booked := await make_up(post, ada))
    await misses(post, ada, booked, excused=True)
    assert not await post.service.all_heard(AbsenceUnheard, program_id=ada.id)
    await misses(post, ada, booked)
    unheard = await post.service.heard(AbsenceUnheard, program_id=ada.id)
    assert (unheard.data.item, unheard.data.session_id) == (booked.item, booked.session_id)


@pytest.mark.parametrize("by", ["mail", "call"])
async def test_whoever_was_told_of_an_appointment_misses_it_themselves(post: Post, ada: Person, by: str) -> None:
    await until(post, 10)
    if by == "call":
        await stops_messages(post, ada)
    await post.service.publish(booked := await make_up(post, ada))
    if by == "call":
        (task,) = await post.calls_to(ada)
        await resolves(post, task, "reached")
    assert (await post.service.heard(ParticipantTold, program_id=ada.id)).data.by == by
    await misses(post, ada, booked)
    assert not await post.service.all_heard(AbsenceUnheard, program_id=ada.id)


async def test_a_dropped_questionnaire_is_nobodys_call(post: Post, ada: Person) -> None:
    await until(post, 10)
    await stops_messages(post, ada)
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:week5"))
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="opted_out")
    assert not await post.calls_to(ada)
