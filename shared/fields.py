"""What a field that people fill in may hold: one set of rules for every service's requests and for input files.

Text is what its reader sees. Characters that cannot be seen, or that turn the direction of those beside them, let two
names look alike, or one text read as another: they are refused wherever a person writes.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

EARLIEST_BIRTH = date(1900, 1, 1)
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what is not drawn: controls, formats (zero width, direction), halves, unassigned, breaks."""
DRAWN_AS_NOTHING = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters, marks and symbols drawn as nothing (Unicode: Default_Ignorable_Code_Point), and the empty Braille cell."""
LINE_BREAKS = "\n\r\t"
NON_JOINER, JOINER = "\u200c", "\u200d"
EMOJI_STYLE = "\ufe0f"
VIRAMA = 9
"""The canonical combining class of a virama, which ends an Indic consonant."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+"
_PHONE = r"\+[1-9][0-9]{6,14}"
_REFERENCE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


def unseen(text: str, allowed: str = "") -> Iterator[str]:
    """Each character of a text that its reader cannot see, or that changes how the others are read.

    A joiner is part of the spelling in Arabic and Indic scripts and is let through there (RFC 5892, appendix A).
    """
    for place, character in enumerate(text):
        invisible = unicodedata.category(character) in INVISIBLE or character in DRAWN_AS_NOTHING
        if invisible and character not in allowed and not _spells(text, place):
            yield character


def _spells(text: str, place: int) -> bool:
    """Whether the character at this place is a joiner that the script around it is spelt with."""
    before, character, after = text[place - 1 : place], text[place], text[place + 1 : place + 2]
    if character not in (NON_JOINER, JOINER) or not before or not after:
        return False
    between_arabic = unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    return unicodedata.combining(before) == VIRAMA or (character == NON_JOINER and between_arabic)


def is_line(text: str) -> str:
    """Refuse a text of more than one line, or with characters that cannot be seen."""
    return _seen(text, "")


def is_prose(text: str) -> str:
    """Refuse characters that cannot be seen in a text of several lines; what emoji are composed with is let through."""
    return _seen(text, LINE_BREAKS + JOINER + EMOJI_STYLE)


def _seen(text: str, allowed: str) -> str:
    if found := next(unseen(text, allowed), None):
        name = unicodedata.name(found, "a control character" if unicodedata.category(found) == "Cc" else "no name")
        raise ValueError(f"holds a character that cannot be seen (U+{ord(found):04X}, {name.lower()}): leave it out")
    return text


def is_name(text: str) -> str:
    """Refuse a name without a letter, of more than one line, or with characters that cannot be seen."""
    is_line(text)
    if not any(character.isalpha() for character in text):
        raise ValueError("expected a name: there is no letter in it")
    return unicodedata.normalize("NFC", text)


def _is_email(text: str) -> str:
    if not re.fullmatch(_EMAIL, text):
        raise ValueError("expected an e-mail address, such as rowan@example.org")
    return text


def _without_separators(phone: object) -> object:
    return re.sub(r"[ ().-]", "", phone) if isinstance(phone, str) else phone


def _is_phone(text: str) -> str:
    if not re.fullmatch(_PHONE, text):
        raise ValueError("expected a telephone number with its country, such as +1 604 555 0123")
    return text


def _is_reference(text: str) -> str:
    if not re.fullmatch(_REFERENCE, text):
        raise ValueError("expected a letter or digit, then letters, digits, `.`, `_` or `-` (64 at most), such as R-01")
    return text


@cache
def zones() -> frozenset[str]:
    """The IANA zones that can be used."""
    return frozenset(available_timezones())


def _like(pattern: str, **limits: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", **limits})


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(is_line)]
"""A text of one line: a medication, a lot, a term."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(is_name)]
"""A person's name, in Unicode's composed form."""
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(is_prose)
]
"""A reason, a meaning, a remark: several lines at most."""
Reference = Annotated[str, AfterValidator(_is_reference), _like(_REFERENCE)]
"""The referrer's own code of a person. `R-1` and `r-1` are the same one: see `same_reference`."""
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_is_email), _like(_EMAIL, maxLength=254)]
Phone = Annotated[str, BeforeValidator(_without_separators), AfterValidator(_is_phone), _like(_PHONE, maxLength=40)]
"""A telephone number, kept as E.164 without separators."""


def same_reference(reference: str) -> str:
    """What two spellings of one reference have in common: their letters without case."""
    return reference.lower()
