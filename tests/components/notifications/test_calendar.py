"""What a person reads of their appointments, and what their own calendar makes of it."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import uuid4
from zoneinfo import ZoneInfo

import icalendar
import pytest

from shared.events import integration, scheduler
from shared.events.scheduler import State
from tests.components.notifications.conftest import PIN, VANCOUVER, Person, Post
from tests.components.notifications.test_messages import MORNING, NIGHT, until


async def session(post: Post, person: Person, item: str = "circle:11", revision: int = 2) -> scheduler.SessionBooked:
    starts_at = (await post.service.now()).replace(microsecond=0) + timedelta(days=2)
    return scheduler.SessionBooked(
        session_id=uuid4(),
        cohort_id=person.cohort_id,
        item=item,
        kind="circle",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        zone=VANCOUVER,
        calendar_revision=revision,
        protocol=PIN,
    )


def calendars(mail: EmailMessage) -> list[icalendar.Calendar]:
    return [icalendar.Calendar.from_ical(attached.get_content()) for attached in mail.iter_attachments()]


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def moved(booked: scheduler.SessionBooked, by: timedelta, revision: int) -> scheduler.SessionBooked:
    times = {"starts_at": booked.starts_at + by, "ends_at": booked.ends_at + by}
    return booked.model_copy(update=times | {"calendar_revision": revision})


async def test_a_cancelled_appointment_leaves_the_calendar_that_it_stood_in(post: Post, ada: Person) -> None:
    await until(post, 10)
    booked = await session(post, ada)
    await post.service.publish(booked)
    await post.service.publish(scheduler.SessionCancelled(**booked.model_dump() | {"calendar_revision": 3}))
    await until(post, MORNING)
    invited, cancelled = post.mails(ada.email)
    (put,), (taken,) = calendars(invited), calendars(cancelled)
    (before,), (after,) = put.walk("VEVENT"), taken.walk("VEVENT")
    assert (taken["METHOD"], after["STATUS"]) == ("CANCEL", "CANCELLED")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTART") == before.decoded("DTSTART") == booked.starts_at
    assert invited["Subject"] != cancelled["Subject"]


async def test_a_seat_that_is_told_after_it_was_taken_back_is_no_seat(post: Post) -> None:
    await until(post, 10)
    id = uuid4()
    late = Person(id, uuid4(), f"{id.hex}@example.org")
    post.intake.emails[id] = late.email
    accepted = scheduler.SeatAccepted(program_id=id, cohort_id=late.cohort_id, protocol=PIN, zone=VANCOUVER)
    taken_back = scheduler.SeatTakenBack(program_id=id, cohort_id=late.cohort_id)
    await post.service.publish_backwards(accepted, taken_back)
    await post.service.publish(await session(post, late))
    assert "booked" not in {message["text"] for message in await post.messages(id)}


async def test_an_appointment_that_comes_back_before_anybody_read_of_its_end_is_not_told_as_cancelled(
    post: Post, ada: Person
) -> None:
    await until(post, NIGHT)
    booked = await session(post, ada)
    await post.service.publish(booked)
    await post.service.publish(scheduler.SessionCancelled(**booked.model_dump() | {"calendar_revision": 3}))
    await post.service.publish(moved(booked, timedelta(hours=2), 4))
    await until(post, MORNING)
    (mail,) = post.mails(ada.email)
    assert "cancelled" not in words(mail)
    (calendar,) = calendars(mail)
    assert calendar["METHOD"] == "PUBLISH"


async def test_a_second_move_is_told_from_the_time_that_the_person_knows(post: Post, ada: Person) -> None:
    await until(post, 10)
    booked = await session(post, ada)
    await post.service.publish(booked)
    await until(post, NIGHT)
    for hours, revision in ((2, 3), (4, 4)):
        await post.service.publish(moved(booked, timedelta(hours=hours), revision))
    await until(post, MORNING)
    _, told = post.mails(ada.email)
    first, last = booked.starts_at, booked.starts_at + timedelta(hours=4)
    assert f"on {said(first)} has moved. It is now on {said(last)}" in words(told)


def said(moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(VANCOUVER))
    return f"{local:%A} {local.day} {local:%B, %H:%M}, Vancouver time"


async def test_an_absence_and_its_make_up_do_not_contradict_each_other(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    absent = integration.AbsenceRecorded(
        program_id=ada.id, session_id=uuid4(), item="circle:3", excused=False, no_show=True
    )
    booked = await session(post, ada)
    await post.service.publish(absent)
    about = booked.model_dump(exclude={"calendar_revision", "item"})
    await post.service.publish(
        scheduler.MakeUpBooked(
            **about | {"item": "make_up:circle:3", "missed_item": "circle:3"},
            program_id=ada.id,
            no_show_at=booked.starts_at,
        )
    )
    await until(post, MORNING)
    (mail,) = post.mails(ada.email)
    assert "new appointment" in words(mail)
    assert "plan the next step" not in words(mail)
    assert "could not be at your appointment. Please" not in words(mail)


async def test_an_absence_of_a_make_up_is_not_told_beside_the_next_one(post: Post, ada: Person) -> None:
    await until(post, NIGHT)
    missed = {"program_id": ada.id, "session_id": uuid4(), "excused": False, "no_show": True}
    await post.service.publish(integration.AbsenceRecorded(**missed, item="make_up:circle:3"))
    booked = await session(post, ada)
    about = booked.model_dump(exclude={"calendar_revision", "item"})
    again = {"item": "make_up:circle:3:2", "missed_item": "circle:3", "no_show_at": booked.starts_at}
    await post.service.publish(scheduler.MakeUpBooked(**about | again, program_id=ada.id))
    await until(post, MORNING)
    (mail,) = post.mails(ada.email)
    assert "plan the next step" not in words(mail)


async def knows_of(post: Post, person: Person, *booked: scheduler.SessionBooked) -> None:
    """A mail in the morning told the person of these appointments."""
    await until(post, NIGHT)
    await post.service.publish(*booked)
    await until(post, MORNING)


async def becomes(post: Post, person: Person, state: State) -> None:
    changed = scheduler.StateChanged(program_id=person.id, cohort_id=person.cohort_id, state=state)
    await post.service.publish(changed)


def only_event(mail: EmailMessage) -> tuple[str, icalendar.Event]:
    (calendar,) = calendars(mail)
    (event,) = calendar.walk("VEVENT")
    return calendar["METHOD"], event


@pytest.mark.parametrize("how", ["withdrawn", "transferred"])
async def test_whoever_leaves_has_their_appointments_taken_out_of_their_own_calendar(
    post: Post, ada: Person, how: State
) -> None:
    booked = await session(post, ada)
    await knows_of(post, ada, booked)
    await becomes(post, ada, how)
    await until(post, MORNING)
    told, taken = post.mails(ada.email)
    (_, before), (method, after) = only_event(told), only_event(taken)
    assert (method, after["STATUS"]) == ("CANCEL", "CANCELLED")
    assert after["UID"] == before["UID"] == f"{booked.session_id}@homeward.invalid"
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert "do not come" in words(taken)


async def test_who_had_not_left_after_all_gets_their_appointments_back(post: Post, ada: Person) -> None:
    booked = await session(post, ada)
    booked = moved(booked, timedelta(days=9), 2)
    await knows_of(post, ada, booked)
    await becomes(post, ada, "withdrawn")
    await until(post, MORNING)
    await becomes(post, ada, "active")
    await until(post, MORNING)
    _, taken, given_back = post.mails(ada.email)
    (_, before), (method, after) = only_event(taken), only_event(given_back)
    assert (method, after["STATUS"], after["UID"]) == ("PUBLISH", "CONFIRMED", before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert said(booked.starts_at) in words(given_back)


async def test_a_leaving_that_is_taken_back_before_anybody_read_of_it_is_not_told(post: Post, ada: Person) -> None:
    await knows_of(post, ada, await session(post, ada))
    await until(post, NIGHT)
    await becomes(post, ada, "withdrawn")
    await becomes(post, ada, "active")
    await until(post, MORNING)
    assert len(post.mails(ada.email)) == 1


async def test_neither_the_dead_nor_who_was_told_of_nothing_are_written_to(post: Post, ada: Person) -> None:
    await knows_of(post, ada, await session(post, ada))
    await becomes(post, ada, "died")
    untold = Person(uuid4(), uuid4(), f"{uuid4().hex}@example.org")
    post.intake.emails[untold.id] = untold.email
    await until(post, NIGHT)
    await post.seat(untold)
    await post.service.publish(await session(post, untold))
    await becomes(post, untold, "withdrawn")
    await until(post, MORNING)
    assert len(post.mails(ada.email)) == 1
    assert post.mails(untold.email) == []


async def test_a_cancelled_cohort_is_taken_out_of_the_calendars_of_its_people(post: Post, ada: Person) -> None:
    booked = await session(post, ada)
    await knows_of(post, ada, booked)
    gone = booked.model_dump() | {"calendar_revision": 3, "with_its_cohort": True}
    await until(post, 10)
    await post.service.publish(scheduler.SeatTakenBack(program_id=ada.id, cohort_id=ada.cohort_id))
    await post.service.publish(scheduler.SessionCancelled(**gone))
    told, taken = post.mails(ada.email)
    (_, before), (method, after) = only_event(told), only_event(taken)
    assert (method, after["STATUS"], after["UID"]) == ("CANCEL", "CANCELLED", before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
