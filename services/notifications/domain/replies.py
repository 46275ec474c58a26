"""What people answer to our mails, by mail: read above the quotation for the words that stop messages.

Read here and not by a library: the three that are kept (`mail-parser-reply`, `email-reply-parser`, `quotequail`) each
lose one of these usual forms, a `-- ` signature and French Outlook among them, so that a STOP would go unheard.
"""

import re
import unicodedata
from enum import StrEnum

from services.notifications.domain.message import Message
from shared.protocol.vocabulary import MessageCategory
from shared.vocabulary import those


class Wish(StrEnum):
    """What somebody who answers wants to stop: messages like the one that they answer, or all."""

    STOP = "stop"
    STOP_ALL = "stop_all"


STOP_ALL = frozenset(
    {"STOPALL", "STOP ALL", "STOP EVERYTHING", "UNSUBSCRIBE ALL", "ARRET TOUT", "TOUT ARRETER", "STOP TOUT"}
)
STOP = frozenset(
    {
        *(
            "STOP",
            "QUIT",
            "END",
            "REVOKE",
            "OPT OUT",
            "OPTOUT",
            "CANCEL",
            "UNSUBSCRIBE",
            "STOP MESSAGES",
            "STOP EMAILS",
        ),
        *("ARRET", "ARRETER", "ARRETEZ", "DESABONNER", "DESABONNEMENT", "ME DESABONNER", "SE DESABONNER"),
        *("DESINSCRIRE", "DESINSCRIPTION", "ANNULER"),
    }
)
AMBIGUOUS = frozenset({"CANCEL", "ANNULER"})
"""May be meant for an appointment: the messages stop, and a person asks."""
COURTESY = re.compile(r"\b(PLEASE|THANK YOU|THANKS|MERCI|SVP|S IL VOUS PLAIT|HELLO|HI|BONJOUR)\b")

_QUOTED = re.compile(r"\s*>")
_ATTRIBUTION = re.compile(r"\s*(On|Le)\b.*\b(wrote|a écrit)\s*:\s*$", re.IGNORECASE)
_ATTRIBUTION_LINES = 3
"""Mail programs fold the line at 72 characters."""
_END = re.compile(
    r"--\s*$"
    r"|\s*-{2,}\s*(original message|message d['’]origine|forwarded message|message transféré)\s*-{2,}"
    r"|\s*_{10,}\s*$"
    r"|\s*(sent from my|sent from outlook|get outlook for)\b"
    r"|\s*(envoyé de mon|envoyé à partir de|obtenir outlook|télécharger outlook)\b",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*(From|De)\s*:\s*\S", re.IGNORECASE)
_NEXT_HEADER = re.compile(r"\s*(Sent|Date|To|Envoyé|À|Subject|Objet)\s*:", re.IGNORECASE)


def own_words(text: str) -> str:
    """Return what somebody wrote themself: without what they quote, and without their signature.

    Words below a quotation that is marked with `>` are theirs too; below any other quotation nothing is.
    """
    lines, own, at = text.splitlines(), [], 0
    while at < len(lines):
        attribution = _attribution(lines, at)
        if _END.match(lines[at]) or _is_header(lines, at) or (attribution and not _quoted_after(lines, attribution)):
            break
        if not attribution and not _QUOTED.match(lines[at]):
            own.append(lines[at])
        at = attribution or at + 1
    return "\n".join(own).strip()


def _attribution(lines: list[str], at: int) -> int:
    """Return the line after an «On … wrote:» that begins here; 0: none does."""
    ends = range(at + 1, min(at + _ATTRIBUTION_LINES, len(lines)) + 1)
    return next((end for end in ends if _ATTRIBUTION.match(" ".join(lines[at:end]))), 0)


def _quoted_after(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return bool(_QUOTED.match(following))


def _is_header(lines: list[str], at: int) -> bool:
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(_HEADER.match(lines[at]) and _NEXT_HEADER.match(following))


def plain(text: str) -> str:
    """Return words in capitals without accents, punctuation and courtesy, one space between them."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(COURTESY.sub(" ", " ".join(re.findall(r"[A-Z0-9]+", bare.upper()))).split())


def wish(text: str, subject: str = "") -> Wish | None:
    """Return what an answer asks to stop, if it asks that and nothing else; an empty one is read by its subject."""
    said = _asked(text, subject)
    return Wish.STOP_ALL if said in STOP_ALL else Wish.STOP if said in STOP else None


def is_ambiguous(text: str, subject: str = "") -> bool:
    """Return whether the word may be meant for an appointment instead of the messages."""
    return _asked(text, subject) in AMBIGUOUS


def _asked(text: str, subject: str) -> str:
    return plain(own_words(text) or subject)


NEVER_BY_A_WORD = those(
    MessageCategory,
    are=(
        MessageCategory.SAFETY_CHECK_IN,
        MessageCategory.PAGE,
        MessageCategory.STAFF_TASK,
    ),
    are_not=(
        MessageCategory.FORMS,
        MessageCategory.SEAT_OFFER,
        MessageCategory.AGREEMENT,
        MessageCategory.SESSION_REMINDER,
        MessageCategory.CALENDAR_CHANGE,
        MessageCategory.MEASURE,
        MessageCategory.CHECK_IN,
        MessageCategory.ABSENCE,
    ),
)
"""A safety check-in asks whether somebody is well: a word does not end that, a conversation does."""


def stoppable(messages: tuple[Message, ...]) -> frozenset[MessageCategory]:
    """Return the categories of a mail that a bare STOP stops: what the mail itself says."""
    return frozenset(message.category for message in messages if message.to_participant) - NEVER_BY_A_WORD


EVERYTHING = frozenset(MessageCategory) - NEVER_BY_A_WORD
"""What STOPALL stops."""
_MESSAGE_ID = re.compile(r"<?\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)


def answered(in_reply_to: str) -> str | None:
    """Return the id of our message that an In-Reply-To header names, if it names one."""
    found = _MESSAGE_ID.match(in_reply_to.strip())
    return found.group(1) if found else None
