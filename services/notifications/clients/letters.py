"""A letter as a mail: neutral words, the provider's name and phone, and calendar files of appointments."""

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
from services.notifications.domain.letter import Letter
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


def compose(letter: Letter, sender: Sender, to: str) -> EmailMessage:
    """Return the mail of a letter: the same bytes at every try, known by its Message-ID."""
    first, audience = letter.first, "participant" if letter.first.to_participant else "staff"
    said = [_say(audience, letter, message) for message in letter.told]
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(letter.provider.name, addr_spec=sender.address)
    mail["Reply-To"], mail["To"] = sender.reply_to, to
    mail["Subject"] = _subject(said)
    mail["Date"] = format_datetime(letter.dated.astimezone(UTC))
    mail["Message-ID"] = f"<{first.id}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_render(f"{audience}/letter.txt", letter, said=said))
    _offer_to_unsubscribe(mail, letter, sender)
    _attach_calendar_files(mail, letter, sender)
    return mail


def _offer_to_unsubscribe(mail: EmailMessage, letter: Letter, sender: Sender) -> None:
    """Let mail programs show a button: one click by POST (RFC 8058), or a mail with the word STOP."""
    first, ways = letter.first, [f"<mailto:{sender.reply_to}?subject=STOP>"]
    if not letter.stoppable or first.program_id is None:
        return
    if sender.public_url:
        token = sender.links.seal(Link(first.site, first.program_id, first.id))
        ways.insert(0, f"<{sender.public_url.rstrip('/')}/unsubscribe/{token}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["List-Unsubscribe"] = ", ".join(ways)


def on_the_wire(mail: EmailMessage, *, utf8: bool = False) -> bytes:
    """Return the mail as it is handed to a server, no header folded; `utf8` for one that speaks SMTPUTF8."""
    return mail.as_bytes(policy=_UNFOLDED.clone(utf8=utf8))


def _say(audience: str, letter: Letter, message: Message) -> _Said:
    subject, _, text = _render(f"{audience}/{message.text}.txt", letter, message=message).partition("\n")
    return _Said(subject.strip(), text.strip())


def _subject(said: list[_Said]) -> str:
    more = len({one.subject for one in said}) - 1
    return f"{said[0].subject}, and {more} more" if more else said[0].subject


def _render(template: str, letter: Letter, **named: object) -> str:
    return _words.get_template(template).render(letter=letter, provider=letter.provider, **named)


def _attach_calendar_files(mail: EmailMessage, letter: Letter, sender: Sender) -> None:
    files = calendar_files(letter.appointments, letter.provider, sender.reply_to, letter.dated)
    for file in files:
        mail.add_attachment(file.content, subtype="calendar", filename=file.name, params={"method": file.method})
    if files:
        mail.set_boundary(f"homeward-{letter.first.id.hex}")
