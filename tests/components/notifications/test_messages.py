"""A fact becomes a mail, once, when it may; or the rule that kept it back is told."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import icalendar

from shared.events import intake, integration, scheduler
from shared.events.notifications import MessageFailed, MessageSent, MessageSuppressed
from tests.components.notifications.conftest import PIN, VANCOUVER, Person, Post

CHECK_IN = "check_in:dose:1:24h"
NIGHT, MORNING = 23, 8


async def until(post: Post, hour: int) -> datetime:
    """Skip to the next time that it is this hour in Vancouver."""
    now = (await post.service.now()).astimezone(ZoneInfo(VANCOUVER))
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    then += timedelta(days=1) if then <= now else timedelta(0)
    await post.service.skip(then)
    return then


async def test_a_measure_is_sent_once_however_often_it_is_told(post: Post, ada: Person) -> None:
    await until(post, 10)
    (told,) = await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:baseline"))
    await post.service.repeat(told, "told again")
    sent = await post.service.all_heard(MessageSent, program_id=ada.id)
    (mail,) = post.mails(ada.email)
    assert len(sent) == 1
    assert mail["Message-ID"] == f"<{sent[0].data.message_id}@homeward.invalid>"
    assert sent[0].data.category == "measure"
    assert post.intake.asked[-1].purpose == "message:measure"


async def test_whoever_is_referred_is_asked_for_the_forms_before_anything_reminds_of_them(post: Post) -> None:
    await until(post, 10)
    program_id = uuid4()
    post.intake.emails[program_id] = email = f"{program_id.hex}@example.org"
    await post.service.publish(intake.ReferralReceived(program_id=program_id, protocol_id="weekly6"))
    (asked,) = post.mails(email)
    assert "your answers to some questions" in asked.get_content()
    assert "+1 604 555 0100" in asked.get_content()
    await post.service.skip(timedelta(days=3))
    await post.service.publish(intake.FormsReminderDue(program_id=program_id, reminder=1))
    _, reminded = post.mails(email)
    assert "are not complete yet" in reminded.get_content()
    assert "that we sent" not in reminded.get_content()


async def test_at_night_it_waits_for_the_morning_and_one_mail_carries_the_rest(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    await post.service.publish(
        integration.MeasureOpened(program_id=ada.id, item="measure:week5"),
        intake.FormsReminderDue(program_id=ada.id, reminder=1),
    )
    assert not post.mails(ada.email)
    morning = await until(post, MORNING)
    (mail,) = post.mails(ada.email)
    body = mail.get_content()
    assert "questions are waiting" in body
    assert "your answers" in body.lower()
    (sent,) = await post.service.all_heard(MessageSent, program_id=ada.id)
    assert morning <= sent.time < morning + timedelta(minutes=1)
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="coalesced")


async def test_a_safety_check_in_does_not_wait_for_the_morning(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=CHECK_IN))
    assert len(post.mails(ada.email)) == 1


async def test_a_second_ordinary_mail_of_the_day_waits_for_the_next(post: Post, ada: Person) -> None:
    await until(post, 10)
    for item in ("measure:week5", "measure:week8"):
        await post.service.publish(integration.MeasureOpened(program_id=ada.id, item=item))
    assert len(post.mails(ada.email)) == 1
    await until(post, MORNING)
    assert len(post.mails(ada.email)) == 2


async def test_a_reminder_whose_check_in_is_closed_is_not_sent(post: Post, ada: Person) -> None:
    closed = integration.CheckInClosed(program_id=ada.id, item=CHECK_IN, closure="answered")
    (told,) = await post.service.publish(closed)
    reminded = integration.CheckInReminderDue(program_id=ada.id, item=CHECK_IN, reminder=1)
    late = (await post.service.peers.tell(reminded, site="bc", time=told.time - timedelta(minutes=1))).data
    assert late == reminded
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="reason_gone")
    assert not post.mails(ada.email)


async def test_who_left_is_not_reminded_of_a_session_but_asked_how_they_are(post: Post, ada: Person) -> None:
    await until(post, 10)
    await post.service.publish(scheduler.StateChanged(program_id=ada.id, cohort_id=ada.cohort_id, state="withdrawn"))
    await post.service.publish(await reminder(post, ada))
    assert not post.mails(ada.email)
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item="check_in:safety"))
    assert len(post.mails(ada.email)) == 1


async def reminder(post: Post, person: Person, ahead: timedelta = timedelta(days=1)) -> scheduler.ReminderDue:
    return scheduler.ReminderDue(
        program_id=person.id,
        cohort_id=person.cohort_id,
        item="reminder:dose:3",
        session_item="dose:3",
        kind="dose",
        starts_at=await post.service.now() + ahead,
        zone=VANCOUVER,
        protocol=PIN,
    )


async def test_a_reminder_invites_and_a_moved_session_is_told_with_a_higher_sequence(post: Post, ada: Person) -> None:
    await until(post, 10)
    due = await reminder(post, ada)
    booked = scheduler.SessionBooked(
        session_id=uuid4(),
        cohort_id=ada.cohort_id,
        item="dose:3",
        kind="dose",
        starts_at=due.starts_at,
        ends_at=due.starts_at + timedelta(hours=5),
        zone=VANCOUVER,
        calendar_revision=1,
        protocol=PIN,
    )
    later = booked.model_copy(update={"starts_at": due.starts_at + timedelta(days=1), "calendar_revision": 2})
    await post.service.publish(booked)
    await post.service.publish(due)
    await post.service.publish(later, booked)
    await until(post, MORNING)
    invitations = [next(mail.iter_attachments()).get_content() for mail in post.mails(ada.email)]
    events = [icalendar.Calendar.from_ical(text).walk("VEVENT")[0] for text in invitations]
    assert [event["SEQUENCE"] for event in events] == [1, 2]
    assert len({event["UID"] for event in events}) == 1
    assert events[1].decoded("DTSTART") == later.starts_at.replace(microsecond=0)


async def test_members_hear_of_an_appointment_that_comes_and_of_one_that_is_cancelled(post: Post, ada: Person) -> None:
    await until(post, 10)
    due = await reminder(post, ada)
    added = scheduler.SessionBooked(
        session_id=uuid4(),
        cohort_id=ada.cohort_id,
        item="circle:11",
        kind="circle",
        starts_at=due.starts_at,
        ends_at=due.starts_at + timedelta(hours=1),
        zone=VANCOUVER,
        calendar_revision=2,
        protocol=PIN,
    )
    await post.service.publish(added)
    cancelled = scheduler.SessionCancelled(**added.model_dump() | {"calendar_revision": 3})
    reminded = due.model_copy(update={"item": "reminder:circle:11:1", "session_item": "circle:11"})
    await post.service.publish(cancelled, added)
    await post.service.publish(reminded)
    await until(post, MORNING)
    told = [message["text"] for message in await post.messages(ada.id) if message["state"] == "sent"]
    assert sorted(told) == ["booked", "cancelled"]
    assert "is cancelled" in " ".join(mail.get_body().get_content() for mail in post.mails(ada.email))


async def test_a_cancelled_cohort_is_told_once_and_not_for_each_of_its_sessions(post: Post, ada: Person) -> None:
    await until(post, 10)
    due = await reminder(post, ada)
    booked = scheduler.SessionBooked(
        session_id=uuid4(),
        cohort_id=ada.cohort_id,
        item="circle:12",
        kind="circle",
        starts_at=due.starts_at,
        ends_at=due.starts_at + timedelta(hours=1),
        zone=VANCOUVER,
        calendar_revision=1,
        protocol=PIN,
    )
    gone = booked.model_dump() | {"calendar_revision": 2, "with_its_cohort": True}
    taken_back = scheduler.SeatTakenBack(program_id=ada.id, cohort_id=ada.cohort_id)
    await post.service.publish(booked, scheduler.SessionCancelled(**gone), taken_back)
    await until(post, MORNING)
    told = [message["text"] for message in await post.messages(ada.id) if message["state"] == "sent"]
    assert told == ["seat_taken_back"]
    await post.service.publish(booked.model_copy(update={"session_id": uuid4(), "calendar_revision": 3}))
    assert len(await post.messages(ada.id)) == 1


async def test_whoever_was_only_offered_a_seat_does_not_hear_of_cancelled_appointments(post: Post) -> None:
    await until(post, 10)
    robin = Person(uuid4(), uuid4(), f"{uuid4().hex}@example.org")
    post.intake.emails[robin.id] = robin.email
    received = intake.ReferralReceived(program_id=robin.id, protocol_id="weekly6", protocol=PIN)
    offered = scheduler.SeatOffered(
        program_id=robin.id, cohort_id=robin.cohort_id, expires_at=await post.service.now() + timedelta(days=3)
    )
    taken_back = scheduler.SeatTakenBack(program_id=robin.id, cohort_id=robin.cohort_id, was_offered=True)
    await post.service.publish(received, intake.FormsSubmitted(program_id=robin.id), offered)
    await post.service.publish(taken_back)
    await until(post, MORNING)
    told = post.mails(robin.email)[-1].get_body().get_content()
    assert "You keep your place in line" in told
    assert "appointments" not in told


async def test_whoever_was_away_for_three_weeks_sends_no_three_weeks_of_reminders(post: Post, ada: Person) -> None:
    """A queue of old events is caught up with; only what is still worth reading is sent."""
    await until(post, 10)
    now = await post.service.now()
    for day in range(21, 1, -1):
        then, dose = now - timedelta(days=day), day % 6 + 1
        starts_at = then + timedelta(days=1)
        about = {"program_id": ada.id, "cohort_id": ada.cohort_id, "zone": VANCOUVER, "protocol": PIN}
        old = scheduler.ReminderDue(
            **about, item=f"reminder:dose:{dose}:1", session_item=f"dose:{dose}", kind="dose", starts_at=starts_at
        )
        await post.service.peers.tell(old, site="bc", time=then)
        check_in = integration.CheckInOpened(program_id=ada.id, item=f"check_in:dose:{dose}:24h")
        await post.service.peers.tell(check_in, site="bc", time=then)
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:week8"))
    messages = await post.messages(ada.id)
    assert len(messages) == 41
    assert [message["text"] for message in messages if message["state"] == "sent"] == ["measure"]
    assert {message["rule"] for message in messages if message["state"] == "suppressed"} == {"best_before"}
    assert len(post.mails(ada.email)) == 1


async def test_while_intake_does_not_say_it_is_tried_again_then_a_coordinator_calls(post: Post, ada: Person) -> None:
    post.intake.confused = True
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=CHECK_IN))
    (message,) = await post.messages(ada.id)
    assert (message["state"], message["attempts"]) == ("waiting", 1)
    await post.service.skip(timedelta(hours=13))
    await post.service.heard(MessageFailed, program_id=ada.id)
    (task,) = await post.calls_to(ada)
    assert (task["owner"], task["item"]) == ("coordinator", message["id"])
    path = f"/messages/{message['id']}/resolution"
    coordinator = post.service.as_("coordinator")
    assert (await coordinator.post(path, json={"outcome": "reached"})).status_code == 200
    assert not await post.calls_to(ada)
    again = await coordinator.post(path, json={"outcome": "reached"})
    assert (again.status_code, again.json()["rule"]) == (409, "not_undelivered")


async def test_once_intake_answers_again_the_message_is_sent(post: Post, ada: Person) -> None:
    post.intake.silent = True
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=CHECK_IN))
    post.intake.silent = False
    await post.service.skip(timedelta(minutes=1, seconds=1))
    assert len(post.mails(ada.email)) == 1


async def test_who_has_no_address_is_called_instead(post: Post, ada: Person) -> None:
    post.intake.emails[ada.id] = None
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=CHECK_IN))
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="no_contact")
    (task,) = await post.calls_to(ada)
    path = f"/messages/{task['item']}/resolution"
    await post.service.as_("coordinator").post(path, json={"outcome": "reached"})


async def test_what_waits_for_the_morning_follows_a_corrected_zone_at_once(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    post.intake.zones[ada.id] = VANCOUVER
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:end"))
    assert not post.mails(ada.email)
    post.intake.zones[ada.id] = "Asia/Tokyo"
    await post.service.publish(intake.ZoneCorrected(program_id=ada.id, zone="Asia/Tokyo"))
    (sent,) = await post.service.all_heard(MessageSent, program_id=ada.id)
    assert 8 <= sent.time.astimezone(ZoneInfo("Asia/Tokyo")).hour < 21


async def test_the_recipients_own_zone_counts_from_the_first_mail_on(post: Post, ada: Person) -> None:
    await until(post, 20)
    post.intake.zones[ada.id] = "America/Halifax"
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:end"))
    await post.service.skip(timedelta(minutes=1))
    assert not post.mails(ada.email)
    await post.service.skip(timedelta(hours=12))
    (sent,) = await post.service.all_heard(MessageSent, program_id=ada.id)
    assert sent.time.astimezone(ZoneInfo("America/Halifax")).hour == MORNING
