"""What a mail says, and what it never says."""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import icalendar
import pytest

from services.notifications.clients.letters import TEMPLATES, compose
from services.notifications.domain.hearing import WHO_HEARS
from services.notifications.domain.letter import Appointment, Letter
from services.notifications.domain.message import Message, Recipient
from services.notifications.domain.tasks import TASKS
from shared.migrations import ROOT
from shared.sites import load_sites
from tests.unit.notifications.letters import MONDAY_MORNING, PROGRAM, VANCOUVER, a_message

SITE = load_sites(ROOT / "deploy" / "sites.yaml")["bc"]
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
    | {"booked", "calendar_change", "cancelled"}
)
TO_STAFF = sorted(
    {line.text for lines in WHO_HEARS.values() for line in lines if line.recipient is not Recipient.PARTICIPANT}
    | {"page", TASKS}
)


def appointment(revision: int = 1) -> Appointment:
    return Appointment(UUID(int=3), "bc", COHORT, None, "dose:3", TOMORROW, TOMORROW + timedelta(hours=5), revision)


def letter(*messages: Message, appointments: tuple[Appointment, ...] = ()) -> Letter:
    return Letter(messages, SITE, VANCOUVER, appointments, MONDAY_MORNING)


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{mail['Subject']}\n{body.get_content()}"


@pytest.mark.parametrize("text", TO_PARTICIPANTS)
def test_a_participants_mail_names_the_provider_and_nothing_clinical(text: str) -> None:
    mail = compose(letter(a_message(text=text, about=ABOUT)), "care@clinic.invalid", "ada@example.org")
    said = words(mail)
    assert SITE.name in said
    assert SITE.phone in said
    assert not TELLING.search(said), TELLING.search(said)
    assert str(PROGRAM) not in said


@pytest.mark.parametrize("text", TO_STAFF)
def test_a_staff_mail_names_an_opaque_task_and_no_person(text: str) -> None:
    message = a_message(text=text, recipient=Recipient.FACILITATOR, about=ABOUT)
    said = words(compose(letter(message), "care@clinic.invalid", "fay@clinic.invalid"))
    assert any(id in said for id in (str(message.id), ABOUT["page_id"], ABOUT["told"][0]["id"]))
    assert str(PROGRAM) not in said
    assert "dose:3" not in said


def test_every_text_is_written_and_no_template_is_left_over() -> None:
    assert sorted(file.stem for file in (TEMPLATES / "participant").glob("*.txt")) == sorted(
        [*TO_PARTICIPANTS, "letter", "subject"]
    )
    assert sorted(file.stem for file in (TEMPLATES / "staff").glob("*.txt")) == sorted([*TO_STAFF, "letter", "subject"])


def test_the_same_letter_is_the_same_mail_byte_for_byte() -> None:
    reminded = letter(a_message(text="session_reminder", about=ABOUT), appointments=(appointment(),))
    first, again = (compose(reminded, "care@clinic.invalid", "ada@example.org") for _ in range(2))
    assert first.as_bytes() == again.as_bytes()
    assert first["Message-ID"] == f"<{reminded.first.id}@homeward.invalid>"


def test_times_are_said_in_the_recipients_zone() -> None:
    said = words(compose(letter(a_message(text="session_reminder", about=ABOUT)), "a@b.invalid", "ada@example.org"))
    assert "Tuesday 8 January, 10:00" in said


def test_an_invitation_keeps_its_uid_and_its_sequence_rises() -> None:
    events = []
    for revision in (1, 2):
        reminded = letter(a_message(text="session_reminder", about=ABOUT), appointments=(appointment(revision),))
        mail = compose(reminded, "care@clinic.invalid", "ada@example.org")
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
            letter(a_message(text="measure"), a_message(text="session_reminder", about=ABOUT)),
            "a@b.invalid",
            "c@d.invalid",
        )
    )
    assert "questions waiting" in said
    assert "reminder of your appointment" in said
