"""What a mail says, and what it never says."""

import base64
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import icalendar
import pytest

from services.notifications.clients.email import TEMPLATES, Sender, compose, on_the_wire
from services.notifications.domain.email import CALENDAR_STANDS, SEAT_TAKEN, Appointment, Email
from services.notifications.domain.message import Message, Recipient
from services.notifications.domain.routing import WHO_HEARS
from services.notifications.domain.tasks import TASKS
from shared.links import Link, Links
from shared.migrations import ROOT
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import MessageCategory, SessionKind
from shared.sites import Site, load_sites
from tests.unit.notifications.emails import MONDAY_MORNING, PROGRAM, VANCOUVER, a_message

SITE = load_sites(ROOT / "deploy" / "sites.yaml")["bc"]
LINKS = Links(base64.b64encode(bytes(32)).decode())
SENDER = Sender("care@clinic.example", "answers@clinic.example", LINKS, "https://messages.clinic.example")
COHORT = uuid4()
TOMORROW = MONDAY_MORNING + timedelta(days=1)
TELLING = re.compile(
    r"ketamin|dose|dosing|medic|drug|treat|therap|psych|depress|ptsd|anxi|circle|group|cohort|session|program|protocol"
    r"|questionnaire|phq|gad|pcl|risk|safety|integration|preparation|screening|weekly6|clinical|diagnos",
    re.IGNORECASE,
)
ABOUT: dict[str, Any] = {
    "cohort_id": str(COHORT),
    "item": "dose:3",
    "starts_at": TOMORROW.isoformat(),
    "expires_at": TOMORROW.isoformat(),
    "page_id": str(uuid4()),
    "tier": 1,
    "told": [{"id": str(uuid4()), "kind": "screening_review", "deadline": TOMORROW.isoformat()}],
}
TO_PARTICIPANTS = sorted(
    {line.text for lines in WHO_HEARS.values() for line in lines if line.recipient is Recipient.PARTICIPANT}
    | {SEAT_TAKEN, CALENDAR_STANDS, "booked", "calendar_change", "calendar_ended", "cancelled"}
)
TO_STAFF = sorted(
    {line.text for lines in WHO_HEARS.values() for line in lines if line.recipient is not Recipient.PARTICIPANT}
    | {"page", TASKS}
)


def appointment(revision: int = 1, *, cancelled: bool = False) -> Appointment:
    ends_at = TOMORROW + timedelta(hours=5)
    return Appointment(UUID(int=3), "bc", COHORT, None, "dose:3", TOMORROW, ends_at, revision, cancelled)


def email(*messages: Message, appointments: tuple[Appointment, ...] = ()) -> Email:
    return Email(messages, SITE, VANCOUVER, appointments, MONDAY_MORNING)


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{mail['Subject']}\n{body.get_content()}"


@pytest.mark.parametrize("text", TO_PARTICIPANTS)
def test_a_participants_mail_names_the_provider_and_nothing_clinical(text: str) -> None:
    mail = compose(email(a_message(text=text, about=ABOUT)), SENDER, "ada@example.org")
    said = words(mail)
    assert SITE.name in said
    assert SITE.phone in said
    assert not TELLING.search(said), TELLING.search(said)
    assert str(PROGRAM) not in said


@pytest.mark.parametrize("text", TO_STAFF)
def test_a_staff_mail_names_an_opaque_task_and_no_person(text: str) -> None:
    message = a_message(text=text, recipient=Recipient.FACILITATOR, about=ABOUT)
    said = words(compose(email(message), SENDER, "fay@clinic.invalid"))
    assert any(id in said for id in (str(message.id), ABOUT["page_id"], ABOUT["told"][0]["id"]))
    assert str(PROGRAM) not in said
    assert "dose:3" not in said


def test_every_text_is_written_and_no_template_is_left_over() -> None:
    assert sorted(file.stem for file in (TEMPLATES / "participant").glob("*.txt")) == sorted(
        [*TO_PARTICIPANTS, "email"]
    )
    assert sorted(file.stem for file in (TEMPLATES / "staff").glob("*.txt")) == sorted([*TO_STAFF, "email"])


def test_the_same_letter_is_the_same_mail_byte_for_byte() -> None:
    reminded = email(a_message(text="session_reminder", about=ABOUT), appointments=(appointment(),))
    first, again = (compose(reminded, SENDER, "ada@example.org") for _ in range(2))
    assert first.as_bytes() == again.as_bytes()
    assert first["Message-ID"] == f"<{reminded.first.id}@clinic.example>"


def test_times_are_said_in_the_recipients_zone() -> None:
    said = words(compose(email(a_message(text="session_reminder", about=ABOUT)), SENDER, "ada@example.org"))
    assert "Tuesday 8 January, 10:00, Vancouver time" in said


def test_a_reminder_of_a_dose_says_how_to_come_and_how_to_get_home_and_names_neither() -> None:
    rules = load_protocol(ROOT / "protocols" / "weekly6.yaml").rules_for(SessionKind.DOSE)
    advice = {"dose": tuple(line.says for line in rules.advice)}

    def reminded(item: str) -> str:
        message = a_message(text="session_reminder", about=ABOUT | {"item": item})
        return words(compose(Email((message,), SITE, VANCOUVER, (), MONDAY_MORNING, advice), SENDER, "a@b.invalid"))

    said = reminded("dose:3")
    for wanted in ("take you home", "Do not drive", "eat nothing in the four hours before", "drink"):
        assert wanted in said
    assert not TELLING.search(said)
    assert "drive" not in reminded("circle:3")


def test_an_invitation_keeps_its_uid_and_its_sequence_rises() -> None:
    events = []
    for revision in (1, 2):
        reminded = email(a_message(text="session_reminder", about=ABOUT), appointments=(appointment(revision),))
        mail = compose(reminded, SENDER, "ada@example.org")
        (attached,) = mail.iter_attachments()
        content = attached.get_content()
        assert not TELLING.search(content)
        events += icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert events[0]["UID"] == events[1]["UID"]
    assert [event["SEQUENCE"] for event in events] == [1, 2]
    assert events[0].decoded("DTSTART") == TOMORROW


def test_one_mail_says_everything_that_it_carries() -> None:
    said = words(
        compose(
            email(a_message(text="measure"), a_message(text="session_reminder", about=ABOUT)),
            SENDER,
            "c@d.invalid",
        )
    )
    assert "questions are waiting" in said
    assert "reminder of your appointment" in said


def files(mail: EmailMessage) -> dict[str, icalendar.Calendar]:
    """The calendar files of a mail, by their method."""
    read: dict[str, icalendar.Calendar] = {}
    for attached in mail.iter_attachments():
        calendar = icalendar.Calendar.from_ical(attached.get_content())
        assert attached.get_param("method") == calendar["METHOD"]
        read[calendar["METHOD"]] = calendar
    return read


def test_a_cancelled_appointment_is_taken_out_of_the_calendar_that_it_was_put_into() -> None:
    booked = email(a_message(text="booked", about=ABOUT), appointments=(appointment(2),))
    ended = email(a_message(text="cancelled", about=ABOUT), appointments=(appointment(3, cancelled=True),))
    (before,) = files(compose(booked, SENDER, "ada@example.org"))["PUBLISH"].walk("VEVENT")
    (calendar,) = files(compose(ended, SENDER, "ada@example.org")).values()
    (after,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], after["STATUS"]) == ("CANCEL", "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    for name in ("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "ORGANIZER"):
        assert after[name] == before[name]
    for name in ("DTSTART", "DTEND"):
        assert after.decoded(name) == before.decoded(name)
    assert not after.walk("VALARM")


def test_a_mail_of_both_has_a_file_for_each() -> None:
    other = Appointment(UUID(int=4), "bc", COHORT, None, "dose:4", TOMORROW, TOMORROW + timedelta(hours=5), 3, True)
    both = email(
        a_message(text="booked", about=ABOUT),
        a_message(text="cancelled", about=ABOUT | {"item": "dose:4"}),
        appointments=(appointment(3), other),
    )
    read = files(compose(both, SENDER, "ada@example.org"))
    assert {method: [str(event["UID"]) for event in calendar.walk("VEVENT")] for method, calendar in read.items()} == {
        "PUBLISH": [f"{UUID(int=3)}@homeward.invalid"],
        "CANCEL": [f"{UUID(int=4)}@homeward.invalid"],
    }


def test_an_appointment_says_where_it_is_who_invites_and_rings_before_it() -> None:
    reminded = email(a_message(text="session_reminder", about=ABOUT), appointments=(appointment(),))
    (event,) = files(compose(reminded, SENDER, "ada@example.org"))["PUBLISH"].walk("VEVENT")
    assert event["LOCATION"] == SITE.address
    assert event["ORGANIZER"] == "mailto:answers@clinic.example"
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [-timedelta(days=1), -timedelta(hours=2)]
    assert event.to_ical().count(b"DTSTART:20300108T170000Z") == 1


def test_a_cancellation_tells_of_what_is_cancelled_and_an_invitation_of_what_is_held() -> None:
    gone, held = appointment(cancelled=True), appointment()
    assert gone.is_told_by(a_message(text="cancelled", about=ABOUT))
    assert not held.is_told_by(a_message(text="cancelled", about=ABOUT))
    assert held.is_told_by(a_message(text="session_reminder", about=ABOUT))
    assert not gone.is_told_by(a_message(text="session_reminder", about=ABOUT))


def test_a_moved_appointment_is_said_by_the_time_that_it_was_known_by() -> None:
    moved = a_message(text="calendar_change", about=ABOUT | {"was": MONDAY_MORNING.isoformat()})
    said = words(compose(email(moved), SENDER, "ada@example.org"))
    assert "appointment on Monday 7 January, 10:00, Vancouver time has moved" in said
    assert "now on Tuesday 8 January, 10:00, Vancouver time" in said


@pytest.mark.parametrize("text", TO_PARTICIPANTS)
def test_a_subject_tells_one_mail_from_the_next(text: str) -> None:
    later = TOMORROW + timedelta(days=7)
    about = ABOUT | {"starts_at": later.isoformat(), "expires_at": later.isoformat()}
    first = compose(email(a_message(text=text, about=ABOUT)), SENDER, "ada@example.org")
    later_letter = Email((a_message(text=text, about=about),), SITE, VANCOUVER, (), later)
    assert first["Subject"] != compose(later_letter, SENDER, "ada@example.org")["Subject"]


@pytest.mark.parametrize("name", ["Harbour Clinic", "Clinique Montréal " * 6, "C" * 70])
@pytest.mark.parametrize("text", TO_PARTICIPANTS)
def test_no_header_is_folded(text: str, name: str) -> None:
    """A line that begins with its fold is an empty subject to some, a folded address one that receivers lose."""
    named = Email((a_message(text=text, about=ABOUT),), replace(SITE, name.strip()), VANCOUVER, (), MONDAY_MORNING)
    head, _, _ = on_the_wire(compose(named, SENDER, "ada@example.org")).partition(b"\r\n\r\n")
    assert not [line for line in head.split(b"\r\n") if line.startswith((b" ", b"\t"))]


def replace(site: Site, name: str) -> Site:
    return site.model_copy(update={"name": name})


def test_a_mail_can_be_unsubscribed_from_with_one_click() -> None:
    """Read off the wire by a parser that knows nothing of encoded words in addresses, as receivers' are."""
    message = a_message(text="session_reminder", about=ABOUT, category=MessageCategory.SESSION_REMINDER)
    wire = on_the_wire(compose(email(message), SENDER, "ada@example.org"))
    headers = dict(line.split(": ", 1) for line in wire.partition(b"\r\n\r\n")[0].decode().split("\r\n"))
    url, mail = re.findall("<([^>]*)>", headers["List-Unsubscribe"])
    base, _, token = url.rpartition("/")
    assert base == "https://messages.clinic.example/unsubscribe"
    assert LINKS.open(token) == Link("bc", PROGRAM, message.id)
    assert mail == "mailto:answers@clinic.example?subject=STOP"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_a_public_address_a_mail_is_unsubscribed_from_by_mail() -> None:
    mail = compose(
        email(a_message()), Sender("care@clinic.example", "answers@clinic.example", LINKS), "ada@example.org"
    )
    assert mail["List-Unsubscribe"] == "<mailto:answers@clinic.example?subject=STOP>"
    assert mail["List-Unsubscribe-Post"] is None


def test_a_mail_says_what_a_stop_stops_and_a_safety_check_in_that_none_does() -> None:
    ordinary, safety = a_message(), a_message(text="check_in", category=MessageCategory.SAFETY_CHECK_IN)
    assert "reply STOP." in words(compose(email(ordinary), SENDER, "ada@example.org"))
    mail = compose(email(safety), SENDER, "ada@example.org")
    assert "STOP" not in words(mail)
    assert mail["List-Unsubscribe"] is None


@pytest.mark.parametrize("token", ["", "x", "ä", "AAAA", "A" * 91, "A" * 5000, "..", "%00"])
def test_a_link_that_was_not_made_here_opens_nothing(token: str) -> None:
    assert LINKS.open(token) is None


def test_a_link_that_was_changed_or_made_with_another_key_opens_nothing() -> None:
    made = LINKS.seal(Link("bc", PROGRAM, UUID(int=1)))
    assert LINKS.open(("B" if made[0] == "A" else "A") + made[1:]) is None
    assert Links(base64.b64encode(bytes(range(32))).decode()).open(made) is None


def test_what_matters_more_leads_the_mail_whichever_message_it_is_sent_for() -> None:
    questions = a_message(text="measure", about=ABOUT)
    appointment_ahead = a_message(text="session_reminder", category=MessageCategory.SESSION_REMINDER, about=ABOUT)
    both = Email(
        (questions, appointment_ahead), SITE, VANCOUVER, (), MONDAY_MORNING, order=(MessageCategory.SESSION_REMINDER,)
    )
    mail = compose(both, SENDER, "ada@example.org")
    body = words(mail)
    assert body.index("reminder of your appointment") < body.index("questions are waiting")
    assert str(questions.id) in mail["Message-ID"]
