"""Whoever takes a seat hears of every date at once; a reminder says what matters before its appointment."""

from datetime import timedelta
from uuid import UUID, uuid4

from shared.events import scheduler
from tests.components.notifications.conftest import PIN, VANCOUVER, Person, Post
from tests.components.notifications.test_calendar import calendars, moved, words
from tests.components.notifications.test_messages import MORNING, until

ITEMS = ("preparation:1", "dose:1", "circle:1")
KINDS: tuple[scheduler.SessionKind, ...] = ("preparation", "dose", "circle")


async def cohort(post: Post) -> tuple[UUID, list[scheduler.SessionBooked]]:
    """A cohort's calendar, told before anybody has a seat."""
    cohort_id = uuid4()
    begins = (await post.service.now()).replace(microsecond=0) + timedelta(days=10)
    booked = [
        scheduler.SessionBooked(
            session_id=uuid4(),
            cohort_id=cohort_id,
            item=item,
            kind=kind,
            starts_at=begins + timedelta(weeks=week),
            ends_at=begins + timedelta(weeks=week, hours=2),
            zone=VANCOUVER,
            calendar_revision=1,
            protocol=PIN,
        )
        for week, (item, kind) in enumerate(zip(ITEMS, KINDS, strict=True))
    ]
    await post.service.publish(*booked)
    return cohort_id, booked


async def takes_a_seat(post: Post, cohort_id: UUID) -> Person:
    id = uuid4()
    person = Person(id, cohort_id, f"{id.hex}@example.org")
    post.intake.emails[id] = person.email
    await post.seat(person)
    return person


async def test_whoever_takes_a_seat_gets_all_dates_in_one_mail_and_one_calendar_file(post: Post) -> None:
    await until(post, 10)
    cohort_id, booked = await cohort(post)
    person = await takes_a_seat(post, cohort_id)
    (mail,) = post.mails(person.email)
    (calendar,) = calendars(mail)
    said, events = words(mail), calendar.walk("VEVENT")
    assert said.count("10:00, Vancouver time") == 3
    assert "You have taken your place" in said
    assert [event["UID"] for event in events] == [f"{one.session_id}@homeward.invalid" for one in booked]
    assert [event.decoded("DTSTART") for event in events] == [one.starts_at for one in booked]


async def test_a_later_change_carries_that_appointment_alone_under_the_same_uid(post: Post) -> None:
    await until(post, 10)
    cohort_id, booked = await cohort(post)
    person = await takes_a_seat(post, cohort_id)
    await until(post, MORNING)
    await post.service.publish(moved(booked[2], timedelta(days=1), revision=2))
    await until(post, MORNING)
    first, change = post.mails(person.email)
    before = calendars(first)[0].walk("VEVENT")[2]
    (after,) = calendars(change)[0].walk("VEVENT")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


async def test_whoever_joins_late_hears_only_of_what_is_ahead(post: Post) -> None:
    await until(post, 10)
    cohort_id, booked = await cohort(post)
    await post.service.skip(booked[0].starts_at + timedelta(hours=3))
    person = await takes_a_seat(post, cohort_id)
    await until(post, MORNING)
    (mail,) = post.mails(person.email)
    told = [event["UID"] for event in calendars(mail)[0].walk("VEVENT")]
    assert told == [f"{one.session_id}@homeward.invalid" for one in booked[1:]]


async def test_a_reminder_of_a_dose_says_what_matters_before_it_and_that_of_a_circle_does_not(post: Post) -> None:
    await until(post, 10)
    cohort_id, booked = await cohort(post)
    person = await takes_a_seat(post, cohort_id)
    for one in booked[1:]:
        await post.service.skip(one.starts_at - timedelta(days=1))
        due = {"program_id": person.id, "cohort_id": cohort_id, "zone": VANCOUVER, "protocol": PIN}
        reminder = scheduler.ReminderDue(
            **due, item=f"reminder:{one.item}:1", session_item=one.item, kind=one.kind, starts_at=one.starts_at
        )
        await post.service.publish(reminder)
    _, dose, circle = (words(mail) for mail in post.mails(person.email))
    for wanted in ("take you home", "Do not drive", "eat nothing in the four hours before"):
        assert wanted in dose
        assert wanted not in circle
