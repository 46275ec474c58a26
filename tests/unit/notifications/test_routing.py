"""Who hears what, and what ends a message's reason."""

from datetime import timedelta
from typing import get_args
from uuid import uuid4

import pytest

from services.notifications.domain.message import Recipient
from services.notifications.domain.reasons import ends, reasons
from services.notifications.domain.routing import WHO_HEARS, notices
from services.notifications.domain.standing import still_heard, still_meant
from shared.events import Event, intake, integration, scheduler, session
from shared.events.base import ProtocolPin
from shared.events.notifications import Category
from shared.protocol.vocabulary import MessageCategory
from tests.unit.notifications.emails import MONDAY_MORNING, PROGRAM, a_message

COHORT, SESSION = uuid4(), uuid4()
PIN = ProtocolPin(id="weekly6", version="1.0.0", hash="0" * 64)


def absence(item: str = "dose:3", *, excused: bool = False, no_show: bool = True) -> session.AbsenceRecorded:
    return session.AbsenceRecorded(program_id=PROGRAM, session_id=SESSION, item=item, excused=excused, no_show=no_show)


def reminder() -> scheduler.ReminderDue:
    return scheduler.ReminderDue(
        program_id=PROGRAM,
        cohort_id=COHORT,
        item="reminder:dose:3",
        session_item="dose:3",
        kind="dose",
        starts_at=MONDAY_MORNING + timedelta(days=1),
        zone="America/Vancouver",
        protocol=PIN,
    )


def heard(event: Event) -> list[tuple[str, str]]:
    return [(notice.recipient.value, notice.text) for notice in notices(event)]


def test_of_a_missed_dose_the_participant_the_facilitator_and_the_prescriber_hear() -> None:
    assert heard(absence()) == [
        ("participant", "absence"),
        ("facilitator", "absence_recorded"),
        ("facilitator", "we_missed_you"),
        ("prescriber", "dose_missed"),
    ]


def test_who_called_in_advance_was_not_missed() -> None:
    assert heard(absence("circle:3", excused=True, no_show=False)) == [
        ("participant", "absence"),
        ("facilitator", "absence_recorded"),
    ]


def test_peers_hear_of_no_absence_whatever() -> None:
    told = {notice.program_id for notice in notices(absence()) if notice.recipient is Recipient.PARTICIPANT}
    assert told == {PROGRAM}


def test_a_check_in_after_a_dose_or_after_leaving_is_a_safety_check_in() -> None:
    for item, follows in (("check_in:dose:3:24h", "dose"), ("check_in:after_goodbye", "leaving")):
        (opened,) = notices(integration.CheckInOpened(program_id=PROGRAM, item=item, follows=follows))
        reminded = integration.CheckInReminderDue(program_id=PROGRAM, item=item, reminder=1, follows=follows)
        (reminder,) = notices(reminded)
        assert opened.category is reminder.category is MessageCategory.SAFETY_CHECK_IN


def test_a_check_in_of_an_older_build_that_does_not_say_what_it_follows_is_not_held() -> None:
    (notice,) = notices(integration.CheckInOpened(program_id=PROGRAM, item="check_in:monthly"))
    assert notice.category is MessageCategory.SAFETY_CHECK_IN


def test_a_reminder_is_worth_nothing_once_the_session_began() -> None:
    (notice,) = notices(reminder())
    assert notice.useless_after == reminder().starts_at


@pytest.mark.parametrize(
    ("event", "ending"),
    [
        (
            intake.ReferralReceived(program_id=PROGRAM, protocol_id="weekly6"),
            intake.FormsSubmitted(program_id=PROGRAM),
        ),
        (intake.FormsReminderDue(program_id=PROGRAM, reminder=1), intake.FormsSubmitted(program_id=PROGRAM)),
        (
            scheduler.SeatOffered(program_id=PROGRAM, cohort_id=COHORT, expires_at=MONDAY_MORNING),
            scheduler.SeatDeclined(program_id=PROGRAM, cohort_id=COHORT),
        ),
        (
            scheduler.SeatOffered(program_id=PROGRAM, cohort_id=COHORT, expires_at=MONDAY_MORNING),
            scheduler.SeatExpired(program_id=PROGRAM, cohort_id=COHORT),
        ),
        (
            integration.CheckInReminderDue(program_id=PROGRAM, item="check_in:dose:1:24h", reminder=1),
            integration.CheckInClosed(program_id=PROGRAM, item="check_in:dose:1:24h", closure="answered"),
        ),
        (
            integration.MeasureReminderDue(program_id=PROGRAM, item="measure:end", reminder=1),
            integration.MeasureCompleted(program_id=PROGRAM, item="measure:end", late=False),
        ),
        (
            integration.MeasureOpened(program_id=PROGRAM, item="measure:end"),
            integration.MeasureMissed(program_id=PROGRAM, item="measure:end"),
        ),
        (reminder(), absence("dose:3", excused=True)),
        (
            absence("dose:3"),
            session.AttendanceRecorded(program_id=PROGRAM, session_id=SESSION, item="dose:3", status="attended"),
        ),
    ],
)
def test_what_happened_meanwhile_takes_the_reason_away(event: Event, ending: Event) -> None:
    assert set(reasons(event)) & set(ends(ending))


def test_a_no_show_leaves_open_whether_they_were_told_and_an_excuse_says_that_they_were() -> None:
    assert not set(reasons(reminder())) & set(ends(absence("dose:3")))
    absent = session.AttendanceRecorded(program_id=PROGRAM, session_id=SESSION, item="dose:3", status="absent")
    assert not ends(absent)


def test_an_absence_does_not_take_its_own_reason_away() -> None:
    assert not set(reasons(absence())) & set(ends(absence()))
    absent = session.AttendanceRecorded(program_id=PROGRAM, session_id=SESSION, item="dose:3", status="absent")
    assert not set(reasons(absence())) & set(ends(absent))


def test_every_message_stands_on_a_reason() -> None:
    assert all(reasons(event) for event in (reminder(), absence()))
    assert all(line.text for lines in WHO_HEARS.values() for line in lines)


def test_whoever_leaves_keeps_the_safety_check_in_and_the_follow_up() -> None:
    assert MessageCategory.SAFETY_CHECK_IN in still_heard("withdrawn")
    assert MessageCategory.MEASURE in still_heard("withdrawn")
    assert MessageCategory.SESSION_REMINDER not in still_heard("withdrawn")
    assert MessageCategory.SESSION_REMINDER in still_heard("active")


def test_nothing_is_sent_to_somebody_who_died() -> None:
    assert not still_heard("died")


def test_nobody_is_asked_to_write_that_they_missed_somebody_who_left() -> None:
    note = a_message(recipient=Recipient.FACILITATOR, text="we_missed_you", category=MessageCategory.STAFF_TASK)
    fact = a_message(recipient=Recipient.FACILITATOR, text="absence_recorded", category=MessageCategory.STAFF_TASK)
    assert still_meant(note, "active")
    assert not still_meant(note, "died")
    assert still_meant(fact, "withdrawn")


def test_the_events_categories_are_the_protocols() -> None:
    assert set(get_args(Category)) == {category.value for category in MessageCategory}
