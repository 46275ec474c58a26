"""Uses that the type check refuses: one that it let pass would leave its `type: ignore` unused, which fails `check`."""

from datetime import datetime, timedelta

from shared.protocol.spans import CalendarDays, Span


def days_without_a_zone(instant: datetime, days: CalendarDays) -> datetime:
    return instant + days  # type: ignore[operator]


def days_before_without_a_zone(instant: datetime, days: CalendarDays) -> datetime:
    moved: datetime = instant - days  # type: ignore[operator]
    return moved


def either_kind_without_a_zone(instant: datetime, span: Span) -> datetime:
    moved: datetime = instant + span  # type: ignore[operator]
    return moved


def days_as_a_length(days: CalendarDays) -> timedelta:
    return days  # type: ignore[return-value]


def days_compared_with_a_length(days: CalendarDays, length: timedelta) -> bool:
    return days < length  # type: ignore[operator]
