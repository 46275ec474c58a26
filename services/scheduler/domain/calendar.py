"""A cohort's calendar: the protocol's moments as wall-clock times in the site's zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from shared.protocol.calendar import AfterDose, AfterStart, AtSession, FromInput, OnDay
from shared.protocol.model import Protocol
from shared.protocol.spans import Span, later
from shared.protocol.vocabulary import SessionKind

Anchor = OnDay | AfterStart | FromInput | AtSession | AfterDose


@dataclass(frozen=True)
class CalendarSession:
    """One session of a cohort; its times are UTC instants of the site's wall clock."""

    item: str
    kind: SessionKind
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Calendar:
    """When a cohort starts, in which zone, and its sessions by item. `starts_on` is day 0, on the wall of that zone."""

    starts_on: date
    starts_at: datetime
    zone: ZoneInfo
    sessions: Mapping[str, CalendarSession]

    @classmethod
    def plan(cls, protocol: Protocol, starts_on: date, zone: ZoneInfo, starts_at: datetime | None = None) -> Self:
        """The calendar that the protocol asks for.

        Days count from `starts_on` on the wall clock, so 09:00 stays 09:00 over a change of the clocks;
        offsets are exact and count from `starts_at` (default: midnight of `starts_on`).
        """
        begins = starts_at or datetime.combine(starts_on, time(), zone).astimezone(UTC)
        empty = cls(starts_on, begins, zone, {})
        sessions = {}
        for planned in protocol.sessions:
            start = empty.instant(planned.at)
            sessions[planned.key] = CalendarSession(planned.key, planned.kind, start, start + planned.duration)
        return cls(starts_on, begins, zone, sessions)

    def instant(self, anchor: Anchor) -> datetime:
        """The UTC instant of a moment of the protocol, in this calendar; a dose is given when its session begins."""
        if isinstance(anchor, OnDay):
            day = self.starts_on + timedelta(days=anchor.day)
            return datetime.combine(day, anchor.time, self.zone).astimezone(UTC)
        if isinstance(anchor, AfterStart):
            return self.starts_at + anchor.offset
        if isinstance(anchor, AtSession):
            return self.shift(self.sessions[anchor.session].starts_at, anchor.offset)
        if isinstance(anchor, AfterDose):
            return self.shift(self.sessions[anchor.dose].starts_at, anchor.offset)
        raise TypeError(f"{anchor!r} needs the cohort's inputs first")

    def shift(self, instant: datetime, by: Span) -> datetime:
        """`instant` moved by `by`: days keep the wall clock of the cohort's zone."""
        return _shifted(instant, by, self.zone)

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def first(self, kind: SessionKind) -> CalendarSession | None:
        return min((s for s in self.sessions.values() if s.kind == kind), key=lambda s: s.starts_at, default=None)

    @cached_property
    def dose_days(self) -> frozenset[date]:
        """The days on which the cohort is dosed, on the wall."""
        return frozenset(self.day_of(s.starts_at) for s in self.sessions.values() if s.kind == SessionKind.DOSE)

    def last(self, kind: SessionKind) -> CalendarSession | None:
        return max((s for s in self.sessions.values() if s.kind == kind), key=lambda s: s.starts_at, default=None)


_shifted = lru_cache(maxsize=16384)(later)
"""The people of a cohort share their sessions, so the same shift is asked for again and again."""
