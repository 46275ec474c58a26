"""The calendar: what comes first, how far apart, and whether each kind of session has its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from shared.protocol.calendar import (
    BLOCKS_FIRST_DOSE,
    AfterDose,
    AfterStart,
    AtSession,
    Effect,
    FromInput,
    OnDay,
    PlannedSession,
)
from shared.protocol.checks.problem import Problem
from shared.protocol.spans import nominal_length
from shared.protocol.vocabulary import SessionKind
from shared.protocol.wording import spoken_duration
from shared.vocabulary import total

if TYPE_CHECKING:
    from shared.protocol.model import Protocol

Moment = OnDay | AfterStart | FromInput
ABOUT: Mapping[Effect, SessionKind | None] = total(
    Effect,
    {
        "blocks_first_dose": SessionKind.PREPARATION,
        "holds_next_dose": None,
        "never_doubled": SessionKind.DOSE,
        "none": None,
    },
)
"""The only kind of session that an absence of this effect can be from."""


def nominal(at: Moment) -> timedelta | None:
    """Where a moment lies from the start, ignoring clock changes; None while it waits for a cohort's input."""
    match at:
        case OnDay():
            return timedelta(days=at.day, hours=at.time.hour, minutes=at.time.minute, seconds=at.time.second)
        case AfterStart():
            return at.offset
        case FromInput():
            return None


def apart(before: Moment, after: Moment) -> timedelta | None:
    """The time between two moments; two that wait for the same input have one all the same."""
    if isinstance(before, FromInput) and isinstance(after, FromInput) and before.input == after.input:
        return _after_input(after) - _after_input(before)
    first, second = nominal(before), nominal(after)
    return None if first is None or second is None else second - first


def _after_input(at: FromInput) -> timedelta:
    return timedelta(days=at.plus_days, hours=at.time.hour, minutes=at.time.minute, seconds=at.time.second)


def anchored(p: Protocol, at: Moment | AtSession | AfterDose) -> timedelta | None:
    """Where the anchor of a measure lies from the start; a dose is taken to be given when its session starts."""
    if not isinstance(at, AtSession | AfterDose):
        return nominal(at)
    key = at.session if isinstance(at, AtSession) else at.dose
    start = next((nominal(s.at) for s in p.sessions if s.key == key), None)
    return None if start is None else start + nominal_length(at.offset)


def of_kind(p: Protocol, kind: SessionKind) -> list[tuple[int, PlannedSession]]:
    return [(index, planned) for index, planned in enumerate(p.sessions) if planned.kind == kind]


def keys_name_their_kind(p: Protocol) -> Iterator[Problem]:
    for index, planned in enumerate(p.sessions):
        if planned.key.split(":")[0] != planned.kind:
            yield Problem(("sessions", index, "kind"), f"{planned.key!r} is not a {planned.kind}")


def each_kind_has_rules(p: Protocol) -> Iterator[Problem]:
    with_rules = {rules.kind for rules in p.session_rules}
    for index, planned in enumerate(p.sessions):
        if planned.kind not in with_rules:
            yield Problem(("sessions", index, "kind"), f"`session_rules` says nothing about the kind '{planned.kind}'")


def rules_have_sessions(p: Protocol) -> Iterator[Problem]:
    planned = {session.kind for session in p.sessions}
    for index, rules in enumerate(p.session_rules):
        if rules.kind not in planned:
            yield Problem(
                ("session_rules", index, "kind"), f"no {rules.kind} is planned, so these rules hold for nothing"
            )


def days_or_elapsed_time(p: Protocol) -> Iterator[Problem]:
    if len({type(planned.at) for planned in p.sessions} & {OnDay, AfterStart}) == 2:
        yield Problem(("sessions",), "the calendar is either in days or in elapsed time, not both")


def sessions_of_a_kind_are_in_order(p: Protocol) -> Iterator[Problem]:
    for kind in SessionKind:
        for (_, before), (index, after) in pairwise(of_kind(p, kind)):
            gap = apart(before.at, after.at)
            if gap is not None and gap <= timedelta(0):
                yield Problem(
                    ("sessions", index, "at"), f"{after.key!r} is not after {before.key!r}, which is listed before it"
                )


def sessions_do_not_overlap(p: Protocol) -> Iterator[Problem]:
    """Nobody can be in two sessions of one cohort at a time."""
    for (_, one), (index, other) in combinations(enumerate(p.sessions), 2):
        gap = apart(one.at, other.at)
        if gap is not None and -other.duration < gap < one.duration:
            yield Problem(("sessions", index, "at"), f"{other.key!r} is held while {one.key!r} goes on")


def doses_follow_preparation(p: Protocol) -> Iterator[Problem]:
    """No dose before the end of the first preparation; where a missed one blocks the first dose, before that of any."""
    preparations = [planned for _, planned in of_kind(p, SessionKind.PREPARATION)]
    blocking = any(r.kind == SessionKind.PREPARATION and r.missed.effect in BLOCKS_FIRST_DOSE for r in p.session_rules)
    needed = preparations if blocking else preparations[:1]
    for index, dose in of_kind(p, SessionKind.DOSE):
        for preparation in needed:
            gap = apart(preparation.at, dose.at)
            if gap is not None and gap < preparation.duration:
                yield Problem(("sessions", index, "at"), f"{dose.key!r} comes before the end of {preparation.key!r}")
                break


def circles_follow_their_dose(p: Protocol) -> Iterator[Problem]:
    sessions = {planned.key: planned for planned in p.sessions}
    for index, circle in of_kind(p, SessionKind.CIRCLE):
        dose = sessions.get(circle.integrates or "")
        gap = apart(dose.at, circle.at) if dose else None
        if dose and gap is not None and gap < dose.duration:
            yield Problem(
                ("sessions", index, "at"), f"{circle.key!r} integrates {dose.key!r} but is not after it has ended"
            )


def doses_keep_their_interval(p: Protocol) -> Iterator[Problem]:
    """Every dose against the nearest one before it whose distance is known."""
    if p.dosing is None:
        return
    interval = p.dosing.min_interval.value
    doses = of_kind(p, SessionKind.DOSE)
    for position, (index, after) in enumerate(doses):
        known = ((before, apart(before.at, after.at)) for _, before in reversed(doses[:position]))
        before, gap = next(((b, g) for b, g in known if g is not None), (None, None))
        if before and gap is not None and gap < interval:
            sentence = f"{after.key!r} is {spoken_duration(gap)} after {before.key!r}: "
            yield Problem(("sessions", index, "at"), f"{sentence}less than the interval of {spoken_duration(interval)}")


def late_comes_before_absent(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        if rules.late_after.value > rules.grace.value:
            yield Problem(("session_rules", index, "late_after"), "somebody would be a no-show before being late")


def doses_have_their_own_checklist(p: Protocol) -> Iterator[Problem]:
    """Two lists before one dose would be confirmed in two places."""
    for index, rules in enumerate(p.session_rules):
        match rules.kind:
            case SessionKind.DOSE if rules.checks:
                sentence = "a dose has a checklist of its own: give these lines under `dosing.checklist`"
                yield Problem(("session_rules", index, "checks"), sentence)
            case SessionKind.DOSE | SessionKind.PREPARATION | SessionKind.CIRCLE:
                pass


def absences_have_an_effect_that_can_happen(p: Protocol) -> Iterator[Problem]:
    doses = of_kind(p, SessionKind.DOSE)
    for index, rules in enumerate(p.session_rules):
        path = ("session_rules", index, "missed")
        missed = rules.missed
        about = ABOUT[missed.effect]
        if missed.holds_a_dose and not doses:
            yield Problem((*path, "effect"), f"{missed.effect} refers to a dose, but none is planned")
        if about is not None and rules.kind != about:
            yield Problem((*path, "effect"), f"{missed.effect} is about a {about}, not about a {rules.kind}")
        if missed.make_up_within is not None and rules.kind == SessionKind.DOSE:
            yield Problem((*path, "make_up_within"), "a dose is never made up")


def make_ups_end_with_the_program(p: Protocol) -> Iterator[Problem]:
    """Where a follow-up ends the program: no time for a make-up runs beyond it."""
    times = [(anchored(p, m.at), nominal_length(m.ends)) for m in p.measures]
    follow_up = max((at + ends for at, ends in times if at is not None), default=None)
    starts = [(nominal(s.at), s.duration) for s in p.sessions]
    last_session = max((at + duration for at, duration in starts if at is not None), default=None)
    if follow_up is None or last_session is None or follow_up <= last_session:
        return
    for index, rules in enumerate(p.session_rules):
        for planned in (s for s in p.sessions if s.kind == rules.kind):
            start, within = nominal(planned.at), rules.missed.make_up_within
            if start is not None and within is not None and start + planned.duration + within > follow_up:
                path = ("session_rules", index, "missed", "make_up_within")
                yield Problem(path, f"{planned.key!r} could be made up after the program has ended")
                break
