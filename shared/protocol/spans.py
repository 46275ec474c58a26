"""How long: exact time on the time line, and days on the calendar of a place. The two cannot be mixed.

Exact time is Python's `timedelta`, and an instant plus a `timedelta` is an instant. `CalendarDays` are no such length:
between nine o'clock today and nine o'clock tomorrow lie 23, 24 or 25 hours. So they are added to an instant with the
zone of the wall clock that they keep, or not at all: mypy refuses `instant + days`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, TypeAdapter, WithJsonSchema
from pydantic_core.core_schema import SerializationInfo

Elapsed: TypeAlias = timedelta
"""Exact time on the time line."""


@dataclass(frozen=True)
class CalendarDays:
    """Days on the calendar of a place; fewer than none are days before."""

    count: int

    def __neg__(self) -> "CalendarDays":
        return CalendarDays(-self.count)

    def __bool__(self) -> bool:
        return self.count != 0

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """Return the same wall time so many days on, as a UTC instant.

        A wall time that the clocks leave out that day lies as much later as they jump; of one that comes twice, it is
        the first.
        """
        if not self.count:
            return instant.astimezone(UTC)
        wall = instant.astimezone(zone)
        day = wall.date() + timedelta(days=self.count)
        return datetime.combine(day, wall.time().replace(fold=0), zone).astimezone(UTC)


Span: TypeAlias = Elapsed | CalendarDays


def later(instant: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """Return the UTC instant that lies `span` after `instant` in this zone, or before it where the span is negative."""
    if isinstance(span, CalendarDays):
        return span.after(instant, zone)
    return instant.astimezone(UTC) + span


def nominal_length(span: Span) -> timedelta:
    """Return how long it is where no clock is changed: to compare values of a protocol, never to move an instant."""
    return timedelta(days=span.count) if isinstance(span, CalendarDays) else span


_ELAPSED = re.compile(r"-?PT(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?")
_DAYS = re.compile(r"-?P(?=\d)(?:(\d+)W)?(?:(\d+)D)?")
_MIXED = re.compile(r"-?P(?=\d)(\d+W)?(\d+D)?T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?")
_EITHER = re.compile(r"-?P((?=\d)(\d+W)?(\d+D)?|T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)")
_WRITTEN = "is written in ISO-8601 with its unit, such as PT20S, PT4H, P6D or P2W"
_MOST_DAYS = 36_525
_TIMEDELTA = TypeAdapter(timedelta)
AS_HASHED = "as hashed"
"""The context in which `Protocol.content_hash` writes: spans as they were written before the two kinds were told apart,
so that no pin of an unchanged file is broken."""


def iso(span: Span) -> str:
    """The one way each kind is written in JSON: `-P14D` for days, `PT24H`, `PT90M` or `PT20S` for exact time."""
    sign = "-" if nominal_length(span) < timedelta(0) else ""
    if isinstance(span, CalendarDays):
        return f"{sign}P{abs(span.count)}D"
    for unit, size in (("H", timedelta(hours=1)), ("M", timedelta(minutes=1))):
        if span and not span % size:
            return f"{sign}PT{abs(span) // size}{unit}"
    return f"{sign}PT{_seconds(abs(span))}S"


def hashed(span: Span) -> str:
    """How either kind stands in a content hash, for ever: days and seconds, such as `P6D`, `-P1DT43200S`, `PT5400S`."""
    length = abs(nominal_length(span))
    days = f"{length.days}D" if length.days else ""
    clock = f"T{_seconds(length - timedelta(days=length.days))}S" if length % timedelta(days=1) or not days else ""
    return f"{'-' if nominal_length(span) < timedelta(0) else ''}P{days}{clock}"


def _seconds(length: timedelta) -> str:
    whole, rest = divmod(length, timedelta(seconds=1))
    return f"{whole}.{rest.microseconds:06d}".rstrip("0") if rest else f"{whole}"


def _not_mixed(text: str) -> str:
    if _MIXED.fullmatch(text):
        raise ValueError(
            f"{text} mixes days of the calendar with exact time: give only days, such as P1D, for the same time of "
            "day, or only hours, such as PT26H, for exact time"
        )
    return text


def _elapsed(value: object) -> object:
    """Bare numbers have no unit, and months and years no fixed length: both are refused, and so is a mixture."""
    if isinstance(value, timedelta) or (isinstance(value, str) and _EITHER.fullmatch(_not_mixed(value))):
        return value
    raise ValueError(f"a duration {_WRITTEN}")


def _days(value: object) -> CalendarDays:
    if isinstance(value, CalendarDays):
        return value
    found = _DAYS.fullmatch(_not_mixed(value)) if isinstance(value, str) else None
    if not found:
        raise ValueError("days of the calendar are written in ISO-8601, such as P30D or P2W; hours are none")
    count = int(found[1] or 0) * 7 + int(found[2] or 0)
    if count > _MOST_DAYS:
        raise ValueError("this is more than a hundred years")
    return CalendarDays(-count if str(value).startswith("-") else count)


def _span(value: object) -> Span:
    if isinstance(value, timedelta | CalendarDays):
        return value
    if isinstance(value, str) and _DAYS.fullmatch(_not_mixed(value)):
        return _days(value)
    if isinstance(value, str) and _ELAPSED.fullmatch(value):
        return _TIMEDELTA.validate_python(value)
    raise ValueError(f"a time {_WRITTEN}")


def _written(span: Span, info: SerializationInfo) -> str:
    return hashed(span) if info.context == AS_HASHED else iso(span)


def _not_negative(value: Any) -> Any:
    if nominal_length(value) < timedelta(0):
        raise ValueError("this duration cannot be negative")
    return value


def _not_nothing(value: Any) -> Any:
    if not value:
        raise ValueError("this time closes the moment it opens: give a duration of more than zero")
    return value


def _text(pattern: re.Pattern[str], description: str, *, signed: bool = False) -> WithJsonSchema:
    """How an editor checks a value that is written as text."""
    written = pattern.pattern if signed else pattern.pattern.removeprefix("-?")
    return WithJsonSchema({"type": "string", "pattern": f"^{written}$", "description": description})


_SAYS_ELAPSED = "exact time, such as PT20S or PT4H; a day (P6D, P2W) is 24 hours of it"
_SAYS_SPAN = "exact time in hours, minutes or seconds (PT24H), or days of the calendar that keep the time of day (P1D)"

Offset = Annotated[
    Elapsed,
    BeforeValidator(_elapsed),
    PlainSerializer(_written, when_used="json"),
    _text(_EITHER, f"{_SAYS_ELAPSED}; with a minus sign, before", signed=True),
]
"""Exact time, which may be negative: before its anchor."""

Duration = Annotated[Offset, AfterValidator(_not_negative), _text(_EITHER, _SAYS_ELAPSED)]
"""Exact time of zero or more; a day is 24 hours of it."""

Window = Annotated[Duration, AfterValidator(_not_nothing)]
"""Exact time of more than zero, within which something can be done."""

Days = Annotated[
    CalendarDays,
    PlainValidator(_days),
    AfterValidator(_not_negative),
    AfterValidator(_not_nothing),
    PlainSerializer(_written, when_used="json"),
    _text(_DAYS, "days of the calendar, such as P30D or P2W"),
]
"""Days of the calendar, of which there is at least one: what is compared with dates."""

SignedSpan = Annotated[
    Span,
    PlainValidator(_span),
    PlainSerializer(_written, when_used="json"),
    _text(_EITHER, f"{_SAYS_SPAN}; with a minus sign, before", signed=True),
]
"""Exact time or days, as it is written; `-P14D` is the same time of day, fourteen days before its anchor."""

ForwardSpan = Annotated[SignedSpan, AfterValidator(_not_negative), _text(_EITHER, _SAYS_SPAN)]
"""Exact time or days, as it is written, and never before its anchor."""
