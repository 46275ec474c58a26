"""Who is referred, and what they answer: read from files and checked before anything starts."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from shared.document import Fault, FaultyFile, read_document
from shared.fields import EARLIEST_BIRTH, Email, Name, Phone, Reference, same_reference, zones
from shared.model_file import model_faults, said
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.base import near_miss
from shared.protocol.model import Protocol

MOST_BYTES = 1024 * 1024
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _is_day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("expected a day as YYYY-MM-DD")
    return value


def _is_zone(value: str) -> str:
    if value not in zones():
        raise ValueError("expected an IANA zone, such as America/Vancouver, or nothing")
    return value


def _is_birth(day: date) -> date:
    if day < EARLIEST_BIRTH:
        raise ValueError(f"expected a day since {EARLIEST_BIRTH}")
    return day


def _is_within_reach(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"expected a day from {FIRST_DAY} to {LAST_DAY}")
    return day


Day = Annotated[date, BeforeValidator(_is_day)]
StoryDay = Annotated[Day, AfterValidator(_is_within_reach)]
"""A day on which something is done: within reach of every calendar that is reckoned from it."""


class Referral(BaseModel):
    """One row of the referrals file: a person, who refers to them by `reference`, and the site that takes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Reference
    site: str
    referred_on: StoryDay
    given_name: Name
    family_name: Name
    date_of_birth: Annotated[Day, AfterValidator(_is_birth)]
    email: Email
    phone: Phone | None = None
    zone: Annotated[str, AfterValidator(_is_zone)] | None = None

    @model_validator(mode="after")
    def _born_before(self) -> "Referral":
        if self.date_of_birth >= self.referred_on:
            raise ValueError(f"date_of_birth: {self.date_of_birth} is not before the referral on {self.referred_on}")
        return self

    def moved(self, by: timedelta) -> "Referral":
        """The same person, referred later."""
        return self.model_copy(update={"referred_on": self.referred_on + by})


COLUMNS = tuple(Referral.model_fields)
OPTIONAL_COLUMNS = ("phone", "zone")
EXPECTED = f"expected comma-separated values in UTF-8 under the columns {', '.join(COLUMNS)}"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_referrals(file: Path, sites: Iterable[str]) -> tuple[Referral, ...]:
    """Every row of the file; raises FaultyFile, which names each wrong row's line, field and what is expected."""
    known = sorted(sites)
    rows = _rows(file)
    errors: list[Fault] = []
    referrals: dict[str, Referral] = {}
    first_lines: dict[str, int] = {}
    for line, row in rows:
        try:
            referral = Referral.model_validate(row)
        except ValidationError as invalid:
            errors += [_row_error(file, line, error) for error in invalid.errors(include_url=False)]
            continue
        if referral.site not in known:
            sentence = f"{referral.site!r} is not one of {', '.join(known)}{near_miss(referral.site, known)}"
            errors.append(Fault(str(file), line, "site", sentence))
        same = same_reference(referral.reference)
        if same in first_lines:
            sentence = f"{referral.reference} is already on line {first_lines[same]}"
            errors.append(Fault(str(file), line, "reference", sentence))
        referrals[referral.reference] = referral
        first_lines.setdefault(same, line)
    if not rows:
        errors.append(Fault(str(file), 2, "", "there is no referral; expected one row a person"))
    if errors:
        raise FaultyFile(errors)
    return tuple(referrals.values())


def _rows(file: Path) -> list[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header(file, header)
        found: list[tuple[int, dict[str, Any]]] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                sentence = f"has {len(cells)} cells; expected {len(header)}: {', '.join(header)}"
                raise FaultyFile([Fault(str(file), reader.line_num, "row", sentence)])
            filled = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            found.append((reader.line_num, {k: v or None if k in OPTIONAL_COLUMNS else v for k, v in filled.items()}))
        return found
    except csv.Error as wrong:
        raise FaultyFile([Fault(str(file), reader.line_num, "row", f"is not valid CSV: {wrong}")]) from wrong


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as wrong:
        raise FaultyFile([Fault(str(file), 1, "", f"cannot be read: {wrong.strerror}")]) from wrong
    if len(content) > MOST_BYTES:
        raise FaultyFile([Fault(str(file), 1, "", f"is larger than {MOST_BYTES // 1024} KiB")])
    if not content.strip():
        raise FaultyFile([Fault(str(file), 1, "", f"is empty; {EXPECTED}")])
    if content.startswith(UTF_16) or b"\0" in content[:100]:
        raise FaultyFile([Fault(str(file), 1, "", "is UTF-16 text; save it again as CSV in UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        raise FaultyFile([Fault(str(file), line, "", "is not UTF-8 text")]) from wrong


def _check_header(file: Path, header: list[str]) -> None:
    if not set(header) & set(COLUMNS):
        separator = next((mark for mark in (";", "\t", "|") if len(header) == 1 and mark in header[0]), None)
        wrong = f"has {separator!r} between its cells" if separator else "has no line with the names of its columns"
        raise FaultyFile([Fault(str(file), 1, "", f"{wrong}; {EXPECTED}")])
    errors = [
        Fault(str(file), 1, name or "header", f"is not a known column{near_miss(name, COLUMNS)}")
        for name in header
        if name not in COLUMNS
    ]
    errors += [
        Fault(str(file), 1, name, f"the column is missing; expected {', '.join(COLUMNS)}")
        for name in COLUMNS
        if name not in header and name not in OPTIONAL_COLUMNS
    ]
    errors += [Fault(str(file), 1, name, "the column is there twice") for name in header if header.count(name) > 1]
    if errors:
        raise FaultyFile(errors)


def _row_error(file: Path, line: int, error: ErrorDetails) -> Fault:
    sentence = said(error)
    field = str(error["loc"][0]) if error["loc"] else ""
    if not field and ": " in sentence:
        field, _, sentence = sentence.partition(": ")
    given = f" ({error['input']!r} was given)" if error["loc"] and isinstance(error["input"], str) else ""
    return Fault(str(file), line, field, sentence + given)


def read_answers(
    file: Path, referrals: Iterable[Referral], protocol: Protocol, *, some: bool = False
) -> Mapping[str, ScreeningAnswers]:
    """The screening answers by reference of everyone referred, or with `some` of those whom the file names.

    Raises FaultyFile, also for somebody whom nobody referred and for a condition that the protocol does not know.
    """
    document = read_document(file)
    people = {referral.reference: referral for referral in referrals}
    if not isinstance(document.data, dict):
        raise FaultyFile([Fault(str(file), 1, "", "expected a mapping from reference to screening answers")])
    errors = [
        Fault(str(file), 1, reference, "the screening answers are missing")
        for reference in people
        if reference not in document.data and not some
    ]
    if some:
        for name in document.data.keys() - people.keys():
            sentence = f"nobody is referred under this reference{near_miss(str(name), people)}"
            errors.append(document.fault(file, (name,), sentence))
    answers: dict[str, ScreeningAnswers] = {}
    for reference in people.keys() & document.data.keys():
        try:
            answers[reference] = ScreeningAnswers.model_validate(document.data[reference])
        except ValidationError as invalid:
            errors += model_faults(file, document, invalid, (reference,), ScreeningAnswers)
            continue
        for index, condition in enumerate(answers[reference].conditions):
            if unknown := protocol.screening.unknown_condition(condition.code):
                errors.append(document.fault(file, (reference, "conditions", index, "code"), unknown))
        if answers[reference].date_of_birth != people[reference].date_of_birth:
            path = (reference, "date_of_birth")
            sentence = f"differs from the referral's {people[reference].date_of_birth}"
            errors.append(document.fault(file, path, sentence))
    if errors:
        raise FaultyFile(errors)
    return {reference: answers[reference] for reference in people if reference in answers}
