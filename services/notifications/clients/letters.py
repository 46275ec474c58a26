"""A letter as a mail: neutral words, the provider's name and phone, and invitations to appointments."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import icalendar
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.domain.letter import Letter

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
DOMAIN = "homeward.invalid"
INVITED = ("session_reminder", "make_up", "booked", "calendar_change")


def in_words(moment: datetime) -> str:
    """A wall-clock time as a person reads it: `Tuesday 3 March, 10:00 (PST)`."""
    return f"{moment:%A} {moment.day} {moment:%B, %H:%M (%Z)}"


# Plain text: there is no markup to escape.
_words = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)
_words.filters["in_words"] = in_words


def compose(letter: Letter, sender: str, to: str) -> EmailMessage:
    """The mail of a letter: the same bytes at every try, known by its Message-ID."""
    first = letter.first
    audience = "participant" if first.to_participant else "staff"
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = _render(f"{audience}/subject.txt", letter)
    mail["Date"] = format_datetime(letter.dated.astimezone(UTC))
    mail["Message-ID"] = f"<{first.id}@{DOMAIN}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_render(f"{audience}/letter.txt", letter))
    if letter.appointments and any(message.text in INVITED for message in letter.messages):
        mail.add_attachment(
            invitation(letter), subtype="calendar", filename="appointment.ics", params={"method": "PUBLISH"}
        )
        mail.set_boundary(f"homeward-{first.id.hex}")
    return mail


def _render(template: str, letter: Letter) -> str:
    return _words.get_template(template).render(letter=letter, provider=letter.provider, messages=letter.messages)


def invitation(letter: Letter) -> str:
    """The appointments as iCalendar: a stable UID each, and a SEQUENCE that rises when one moves."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Homeward//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for appointment in letter.appointments:
        event = icalendar.Event()
        event.add("uid", f"{appointment.session_id}@{DOMAIN}")
        event.add("sequence", appointment.revision)
        event.add("dtstamp", letter.dated.astimezone(UTC))
        event.add("dtstart", appointment.starts_at.astimezone(UTC))
        event.add("dtend", appointment.ends_at.astimezone(UTC))
        event.add("summary", f"Appointment with {letter.provider.name}")
        event.add("description", f"Questions? Please call {letter.provider.phone}.")
        calendar.add_component(event)
    return str(calendar.to_ical().decode())
