"""An email on the wire: neutral words, the provider's name and phone, and calendar files of appointments."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.clients.calendar_file import calendar_files
from services.notifications.domain.email import Email
from services.notifications.domain.message import Message
from services.notifications.domain.wording import place_and_time
from shared.links import Link, Links

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def _in_words(moment: datetime) -> str:
    assert isinstance(moment.tzinfo, ZoneInfo)
    return place_and_time(moment, moment.tzinfo, moment.tzinfo)


# Plain text: there is no markup to escape.
_words = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)

_words.filters["in_words"] = _in_words
# Python folds headers at 78 characters, a long URL into encoded words that receivers do not decode there. RFC 5322
# allows 998, and no header of ours comes near that.
_UNFOLDED = policy.SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Sender:
    """Who writes: `address` stands in From, answers go to `reply_to`.

    `public_url` is where people's mail programs reach this service; None: they unsubscribe by mail alone.
    """

    address: str
    reply_to: str
    links: Links
    public_url: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True)
class _Said:
    """One message in words: a template's first line is the subject, the rest is the text."""

    subject: str
    text: str


def compose(email: Email, sender: Sender, to: str) -> EmailMessage:
    """Return an email as MIME: the same bytes at every try, known by its Message-ID."""
    first, audience = email.first, "participant" if email.first.to_participant else "staff"
    said = [_say(audience, email, message) for message in email.told]
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(email.provider.name, addr_spec=sender.address)
    mail["Reply-To"], mail["To"] = sender.reply_to, to
    mail["Subject"] = _subject(said)
    mail["Date"] = format_datetime(email.dated.astimezone(UTC))
    mail["Message-ID"] = f"<{first.id}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_render(f"{audience}/email.txt", email, said=said))
    _offer_to_unsubscribe(mail, email, sender)
    _attach_calendar_files(mail, email, sender)
    return mail


def _offer_to_unsubscribe(mail: EmailMessage, email: Email, sender: Sender) -> None:
    """Let mail programs show a button: one click by POST (RFC 8058), or a mail with the word STOP."""
    first, ways = email.first, [f"<mailto:{sender.reply_to}?subject=STOP>"]
    if not email.stoppable or first.program_id is None:
        return
    if sender.public_url:
        token = sender.links.seal(Link(first.site, first.program_id, first.id))
        ways.insert(0, f"<{sender.public_url.rstrip('/')}/unsubscribe/{token}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["List-Unsubscribe"] = ", ".join(ways)


def on_the_wire(mail: EmailMessage, *, utf8: bool = False) -> bytes:
    """Return the mail as it is handed to a server, no header folded; `utf8` for one that speaks SMTPUTF8."""
    return mail.as_bytes(policy=_UNFOLDED.clone(utf8=utf8))


def _say(audience: str, email: Email, message: Message) -> _Said:
    subject, _, text = _render(f"{audience}/{message.text}.txt", email, message=message).partition("\n")
    return _Said(subject.strip(), text.strip())


def _subject(said: list[_Said]) -> str:
    more = len({one.subject for one in said}) - 1
    return f"{said[0].subject}, and {more} more" if more else said[0].subject


def _render(template: str, email: Email, **named: object) -> str:
    return _words.get_template(template).render(email=email, provider=email.provider, **named)


def _attach_calendar_files(mail: EmailMessage, email: Email, sender: Sender) -> None:
    files = calendar_files(email.appointments, email.provider, sender.reply_to, email.dated)
    for file in files:
        mail.add_attachment(file.content, subtype="calendar", filename=file.name, params={"method": file.method})
    if files:
        mail.set_boundary(f"homeward-{email.first.id.hex}")
