"""What a protocol's new version changes ahead of people: their calendar, and every item of theirs. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from services.scheduler.domain.agenda import Item, forecast
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.domain.history import History
from shared.protocol.measures import Measure
from shared.protocol.model import Protocol


class ChangeKind(StrEnum):
    ADDED = "added"
    MOVED = "moved"
    DROPPED = "dropped"
    RE_GATED = "re_gated"


@dataclass(frozen=True)
class Change:
    """One item of a person's agenda, before and after. What moves may be gated otherwise as well."""

    kind: ChangeKind
    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        item = self.after or self.before
        assert item is not None
        return item


def changes(before: Collection[Item], after: Collection[Item]) -> tuple[Change, ...]:
    """Every item that is not the same in both agendas, in the order of time."""
    old, new = {item.key: item for item in before}, {item.key: item for item in after}
    found = (_change(old.get(key), new.get(key)) for key in {**old, **new})
    return tuple(sorted((one for one in found if one), key=lambda one: (one.item.at, one.item.key)))


def _change(before: Item | None, after: Item | None) -> Change | None:
    if before is None or after is None:
        return Change(ChangeKind.DROPPED if before else ChangeKind.ADDED, before, after)
    if (before.at, before.until) != (after.at, after.until):
        return Change(ChangeKind.MOVED, before, after)
    if _gates(before) != _gates(after):
        return Change(ChangeKind.RE_GATED, before, after)
    return None


def _gates(item: Item) -> set[tuple[str, bool]]:
    return {(gate.name, gate.is_open) for gate in item.gates}


@dataclass(frozen=True)
class Amendment:
    """Two versions of a cohort's protocol and the calendar that each asks for: what the change would do to the cohort.

    `booked` is the calendar as it stands; `fixed` are the sessions that were announced or have begun.
    """

    before: Protocol
    after: Protocol
    booked: Calendar
    fixed: Collection[str]

    @cached_property
    def planned_before(self) -> Calendar:
        return self._planned(self.before)

    @cached_property
    def planned_after(self) -> Calendar:
        return self._planned(self.after)

    def _planned(self, protocol: Protocol) -> Calendar:
        return Calendar.plan(protocol, self.booked.starts_on, self.booked.zone, self.booked.starts_at)

    @cached_property
    def rebooked(self) -> Calendar:
        """The calendar after the amendment: what both versions plan alike stays where it is booked."""
        old, new = self.planned_before.sessions, self.planned_after.sessions
        sessions = {
            item: self.booked.sessions[item] if item in self.booked.sessions and old.get(item) == planned else planned
            for item, planned in new.items()
        }
        return replace(self.booked, sessions=sessions)

    def changes_for(self, facts: tuple[ProgramFact, ...], now: datetime) -> tuple[Change, ...]:
        """What it would change for one member, if it were applied now."""
        amended = (*facts, ProgramFact(len(facts) + 1, FactKind.AMENDED, "amendment", now))
        before = forecast(self.before, self.booked, History.of(facts))
        return changes(before, forecast(self.after, self.rebooked, History.of(amended)))

    def changes_of_the_past(self, now: datetime) -> tuple[str, ...]:
        """Why the amendment cannot be: each thing that happened, was announced or was asked and would be otherwise."""
        return (*self._sessions_of_the_past(now), *self._measures_of_the_past(now))

    def _sessions_of_the_past(self, now: datetime) -> Iterator[str]:
        after = self.rebooked.sessions
        for item, session in self.booked.sessions.items():
            if item in self.fixed and item not in after:
                yield f"{item} was announced or has begun, and the new version has no {item}"
            elif item in self.fixed and after[item] != session:
                yield f"{item} was announced or has begun, and the new version would move it"
        for item, session in after.items():
            if item not in self.fixed and session.starts_at <= now:
                yield f"{item} would have begun on {session.starts_at:%Y-%m-%d %H:%M} UTC"

    def _measures_of_the_past(self, now: datetime) -> Iterator[str]:
        known = {measure.key: measure for measure in self.before.measures}
        for measure in self.after.measures:
            closes = self._window(measure, self.planned_after)[1]
            earlier = known.get(measure.key)
            asked = earlier is not None and self._window(earlier, self.planned_before)[0] <= now
            if closes <= now and not asked:
                yield f"measure:{measure.key} would have closed on {closes:%Y-%m-%d %H:%M} UTC"

    def _window(self, measure: Measure, calendar: Calendar) -> tuple[datetime, datetime]:
        anchor = calendar.instant(measure.at)
        return calendar.shift(anchor, measure.opens), calendar.shift(anchor, measure.closes)
