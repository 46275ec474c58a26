"""The agenda: everything ahead of one participant, and why. Pure; the heart of the house.

`agenda(protocol, calendar, history)` is what the workflow executes, what staff see as «what is next and why»,
and what an amendment's preview compares.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.domain.history import History
from shared.protocol.calendar import AfterDose, CheckIn, Follows
from shared.protocol.measures import Measure
from shared.protocol.model import Protocol
from shared.protocol.spans import Span, nominal_length
from shared.protocol.vocabulary import SessionKind

ROUNDING = timedelta(minutes=5)
"""What is asked after a dose falls on full five minutes, so that a group dosed together is asked together.

One that is asked sooner than that (a test calendar's) is asked to the second.
"""


class ItemKind(StrEnum):
    PREPARATION = "preparation"
    DOSE = "dose"
    CIRCLE = "circle"
    MAKE_UP = "make_up"
    CHECK_IN = "check_in"
    MEASURE = "measure"
    REMINDER = "reminder"


ASKED = {ItemKind.CHECK_IN, ItemKind.MEASURE, ItemKind.REMINDER}
"""What a participant is asked or told of, announced by their own clock; sessions are announced by the cohort's."""


@dataclass(frozen=True)
class Gate:
    """Something that must be so before an item can happen."""

    name: str
    is_open: bool
    why: str


@dataclass(frozen=True)
class Item:
    """One thing ahead: its stable key, its window in UTC, its gates, and why it is there; what a check-in follows."""

    key: str
    kind: ItemKind
    at: datetime
    until: datetime
    why: str
    gates: tuple[Gate, ...] = ()
    about: str | None = None
    follows: Follows | None = None

    @property
    def is_held(self) -> bool:
        return any(not gate.is_open for gate in self.gates)


def agenda(protocol: Protocol, calendar: Calendar | None, history: History) -> tuple[Item, ...]:
    """Everything ahead of a participant, in the order in which it comes."""
    if history.finished or calendar is None:
        return ()
    match history.left:
        case None:
            items = _on_the_path(protocol, calendar, history)
        case "withdrawn":
            items = _after_leaving(protocol, calendar, history)
        case "transferred" | "died":
            return ()
    return _in_order(_as_asked(history, items))


def forecast(protocol: Protocol, calendar: Calendar | None, history: History) -> tuple[Item, ...]:
    """The agenda, and what follows the doses ahead if each is given when it begins."""
    ahead = agenda(protocol, calendar, history)
    if calendar is None or history.left:
        return ahead
    doses = {item.key: item.at for item in ahead if item.kind == ItemKind.DOSE}
    after_a_dose = [measure for measure in protocol.measures if isinstance(measure.at, AfterDose)]
    asked = _measures(calendar, history, doses, after_a_dose)
    return _in_order([*ahead, *_check_ins(protocol, calendar, history, doses), *asked])


def _in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.at, item.key)))


def _on_the_path(protocol: Protocol, calendar: Calendar, history: History) -> Iterator[Item]:
    sessions = [s for s in calendar.sessions.values() if not history.is_over(s.item)]
    for session in sessions:
        yield _session(protocol, calendar, history, session)
        yield from _reminders(protocol, calendar, history, session)
    yield from _make_ups(history)
    yield from _check_ins(protocol, calendar, history, history.doses)
    yield from _measures(calendar, history, history.doses, protocol.measures)
    yield from _asked_before_amended(protocol, history)


def _after_leaving(protocol: Protocol, calendar: Calendar, history: History) -> Iterator[Item]:
    """Whoever leaves keeps the safety check-in, and a follow-up that they consented to; nothing else."""
    yield from _check_ins(protocol, calendar, history, {})
    if "follow_up_consent" in history.agreements:
        offered = [measure for measure in protocol.measures if measure.offered_after_leaving]
        yield from _measures(calendar, history, history.doses, offered)


def _session(protocol: Protocol, calendar: Calendar, history: History, session: CalendarSession) -> Item:
    planned = protocol.session(session.item)
    gates: tuple[Gate, ...] = ()
    match session.kind:
        case SessionKind.DOSE:
            gates = tuple(_dose_gates(protocol, history, session))
        case SessionKind.PREPARATION | SessionKind.CIRCLE:
            pass
    return Item(
        session.item,
        ItemKind(session.kind),
        session.starts_at,
        session.ends_at,
        f"the calendar: {planned.title}",
        gates,
    )


def _dose_gates(protocol: Protocol, history: History, session: CalendarSession) -> Iterator[Gate]:
    prepared = _owed(protocol, history, SessionKind.PREPARATION)
    yield Gate("preparation_owed", not prepared, _why(prepared, "every preparation is done", "to be made up first"))
    circles = _owed(protocol, history, SessionKind.CIRCLE)
    yield Gate(
        "circle_owed", not circles, _why(circles, "no circle is to be made up", "to be made up, or a signed override")
    )
    held = history.hold is not None
    yield Gate("clinician_hold", not held, "a clinician holds every dose until they release it" if held else "no hold")
    yield minimum_interval(protocol, history, session.starts_at)
    for measure in protocol.measures:
        if session.item in measure.required_for:
            key = f"measure:{measure.key}"
            done = history.measured.get(key, False)
            yield Gate(f"{key}_missing", done, f"{measure.title}: {'complete' if done else 'not complete yet'}")


def _owed(protocol: Protocol, history: History, kind: SessionKind) -> list[str]:
    """The missed sessions of a kind that hold a dose, where the protocol says that they do."""
    holds = any(rules.missed.holds_a_dose for rules in protocol.session_rules if rules.kind == kind)
    return history.owed(kind) if holds else []


def minimum_interval(protocol: Protocol, history: History, at: datetime) -> Gate:
    """At least the protocol's interval since the last dose, wherever it was given; never counted by calendar week."""
    assert protocol.dosing is not None
    last, interval = history.last_dose_at, protocol.dosing.min_interval.value
    is_open = last is None or at - last >= interval
    return Gate(
        "minimum_interval", is_open, "the first dose" if last is None else f"the last dose was {at - last} before"
    )


def _why(owed: list[str], none: str, some: str) -> str:
    return f"{', '.join(owed)}: {some}" if owed else none


def _reminders(protocol: Protocol, calendar: Calendar, history: History, session: CalendarSession) -> Iterator[Item]:
    for number, before in enumerate(protocol.rules_for(session.kind).remind_before, start=1):
        key = f"reminder:{session.item}:{number}"
        at = calendar.shift(session.starts_at, -before)
        known_in_time = history.seated_at is not None and history.seated_at <= at
        if key not in history.announced and known_in_time:
            why = f"{session.item} is near"
            yield Item(key, ItemKind.REMINDER, at, session.starts_at, why, about=session.item)


def _make_ups(history: History) -> Iterator[Item]:
    for make_up in history.make_ups.values():
        missed = history.absences.get(make_up.missed_item)
        if missed and missed.closure is None and history.awaits(make_up):
            why = f"{make_up.missed_item} was missed"
            yield Item(
                make_up.item, ItemKind.MAKE_UP, make_up.starts_at, make_up.ends_at, why, about=make_up.missed_item
            )


def _check_ins(
    protocol: Protocol, calendar: Calendar, history: History, doses: Mapping[str, datetime]
) -> Iterator[Item]:
    for check_in in protocol.check_ins.asked if protocol.check_ins else ():
        for key, since, about, why in _followed(check_in, history, doses):
            at = _after(calendar, since, check_in.after)
            gives_way = about is not None and check_in.coalesce_with_next_dose and key not in history.announced
            if key not in history.check_ins and not (gives_way and calendar.day_of(at) in calendar.dose_days):
                until = at + check_in.answer_within
                yield Item(key, ItemKind.CHECK_IN, at, until, why, about=about, follows=check_in.follows)


def _followed(
    check_in: CheckIn, history: History, doses: Mapping[str, datetime]
) -> Iterable[tuple[str, datetime, str | None, str]]:
    """What happened that this check-in follows: its key, since when it counts, what it is about, why it is asked."""
    match check_in.follows:
        case "dose":
            return [(f"check_in:{dose}:{check_in.key}", at, dose, f"{dose} was given") for dose, at in doses.items()]
        case "leaving" if history.left_at:
            return [(f"check_in:{check_in.key}", history.left_at, None, "safety after leaving the program")]
        case "leaving":
            return []


def _measures(
    calendar: Calendar, history: History, doses: Mapping[str, datetime], measures: Iterable[Measure]
) -> Iterator[Item]:
    for measure in measures:
        key = f"measure:{measure.key}"
        anchor = anchor_of(measure, calendar, doses)
        if key not in history.measured and anchor is not None:
            opens, closes = calendar.shift(anchor, measure.opens), calendar.shift(anchor, measure.closes)
            yield Item(key, ItemKind.MEASURE, opens, closes, measure.title)


def _as_asked(history: History, items: Iterable[Item]) -> Iterator[Item]:
    """What was asked keeps the window in which it was; an amendment asks nothing whose time had passed before it."""
    for item in items:
        asked = history.announced.get(item.key)
        if asked:
            yield replace(item, at=asked.at, until=asked.until)
        elif item.kind not in ASKED or history.amended_at is None or _begins(item) > history.amended_at:
            yield item


def _begins(item: Item) -> datetime:
    """A questionnaire can still be asked while its window is open; anything else at its own time alone."""
    return item.until if item.kind == ItemKind.MEASURE else item.at


def _asked_before_amended(protocol: Protocol, history: History) -> Iterator[Item]:
    """What was asked stays asked, also when the protocol, as it was amended, knows it no more."""
    check_ins = protocol.check_ins.asked if protocol.check_ins else ()
    known = {key for check_in in check_ins for key, *_ in _followed(check_in, history, history.doses)}
    known |= {f"measure:{measure.key}" for measure in protocol.measures}
    for key, window in history.announced.items():
        kind = ItemKind(key.partition(":")[0])
        if key not in known and _is_awaited(history, kind, key):
            yield Item(key, kind, window.at, window.until, "asked before the protocol was amended")


def _is_awaited(history: History, kind: ItemKind, key: str) -> bool:
    """Whether something that was announced is still to be answered."""
    match kind:
        case ItemKind.CHECK_IN:
            return key not in history.check_ins
        case ItemKind.MEASURE:
            return key not in history.measured
        case ItemKind.REMINDER | ItemKind.PREPARATION | ItemKind.DOSE | ItemKind.CIRCLE | ItemKind.MAKE_UP:
            return False


def anchor_of(measure: Measure, calendar: Calendar, doses: Mapping[str, datetime]) -> datetime | None:
    """When a measure is due. One that follows a dose counts from when that was given, and nobody else is asked it."""
    if not isinstance(measure.at, AfterDose):
        return calendar.instant(measure.at)
    given_at = doses.get(measure.at.dose)
    return _after(calendar, given_at, measure.at.offset) if given_at else None


def _after(calendar: Calendar, since: datetime, by: Span) -> datetime:
    return calendar.shift(_rounded(since) if nominal_length(by) >= ROUNDING else since, by)


def _rounded(instant: datetime) -> datetime:
    over = timedelta(minutes=instant.minute % 5, seconds=instant.second, microseconds=instant.microsecond)
    return instant if not over else instant - over + ROUNDING
