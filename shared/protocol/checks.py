"""What types cannot see: whether the sections of a protocol agree with one another. Pure; each problem has its path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from shared.protocol.base import CONVENTION, Path, Sourced, near_miss, walk
from shared.protocol.calendar import AfterStart, AtSession, ChaseStep, FromInput, OnDay, PlannedSession
from shared.protocol.words import SessionKind

if TYPE_CHECKING:
    from shared.protocol.model import Protocol


class Problem(NamedTuple):
    """A broken rule at a path of the document."""

    path: Path
    sentence: str


def _repeated(path: Path, names: Iterable[str], what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Problem((*path, index), f"the {what} '{name}' is there twice")
        seen.add(name)


def _names_are_unique(p: Protocol) -> Iterator[Problem]:
    yield from _repeated(("sources",), (s.id for s in p.sources), "source")
    yield from _repeated(("inputs",), (i.key for i in p.inputs), "input")
    yield from _repeated(("screening", "rules"), (r.id for r in p.screening.rules), "rule")
    yield from _repeated(("screening", "modality"), (r.id for r in p.screening.modality), "rule")
    yield from _repeated(("sessions",), (s.key for s in p.sessions), "session")
    yield from _repeated(("session_rules",), (r.kind for r in p.session_rules), "session kind")
    yield from _repeated(("instruments",), (i.id for i in p.instruments), "instrument")
    yield from _repeated(("measures",), (m.key for m in p.measures), "measure")
    if p.check_ins:
        yield from _repeated(("check_ins", "asked"), (c.key for c in p.check_ins.asked), "check-in")
        yield from _repeated(("check_ins", "questions"), (q.key for q in p.check_ins.questions), "question")
    if p.dosing:
        yield from _repeated(("dosing", "routes"), (r.route for r in p.dosing.routes), "route")
        yield from _repeated(("dosing", "checklist"), (c.id for c in p.dosing.checklist), "criterion")
        yield from _repeated(
            ("dosing", "discharge", "criteria"), (c.id for c in p.dosing.discharge.criteria), "criterion"
        )


def _sources_exist(p: Protocol) -> Iterator[Problem]:
    known = {source.id for source in p.sources}
    for path, part in walk(p):
        for name in part.source_ids if isinstance(part, Sourced) else ():
            if name != CONVENTION and name not in known:
                yield Problem(
                    (*path, "source"), f"{name!r} is not one of this protocol's sources{near_miss(name, known)}"
                )


def _references_exist(p: Protocol) -> Iterator[Problem]:
    sessions, instruments, inputs = (
        {s.key for s in p.sessions},
        {i.id for i in p.instruments},
        {i.key for i in p.inputs},
    )

    def refers(path: Path, name: str, known: set[str], what: str) -> Iterator[Problem]:
        if name not in known:
            yield Problem(path, f"{name!r} is not one of this protocol's {what}{near_miss(name, known)}")

    for index, measure in enumerate(p.measures):
        for n, instrument in enumerate(measure.instruments):
            yield from refers(("measures", index, "instruments", n), instrument, instruments, "instruments")
        for n, session in enumerate(measure.required_for):
            yield from refers(("measures", index, "required_for", n), session, sessions, "sessions")
        if isinstance(measure.at, AtSession):
            yield from refers(("measures", index, "at", "session"), measure.at.session, sessions, "sessions")
    for index, planned in enumerate(p.sessions):
        if planned.integrates:
            yield from refers(("sessions", index, "integrates"), planned.integrates, sessions, "sessions")
    for path, part in walk(p):
        if isinstance(part, FromInput):
            yield from refers((*path, "input"), part.input, inputs, "inputs")


def nominal(planned: PlannedSession) -> timedelta | None:
    """Where a session lies from the start, ignoring clock changes; None while it waits for a cohort's input."""
    if isinstance(planned.at, OnDay):
        clock = planned.at.time
        return timedelta(days=planned.at.day, hours=clock.hour, minutes=clock.minute, seconds=clock.second)
    return planned.at.offset if isinstance(planned.at, AfterStart) else None


def _kinds_agree(p: Protocol) -> Iterator[Problem]:
    with_rules = {rules.kind for rules in p.session_rules}
    for index, planned in enumerate(p.sessions):
        if planned.key.split(":")[0] != planned.kind:
            yield Problem(("sessions", index, "kind"), f"{planned.key!r} is not a {planned.kind}")
        if planned.kind not in with_rules:
            yield Problem(("sessions", index, "kind"), f"`session_rules` says nothing about the kind '{planned.kind}'")
    for index, rules in enumerate(p.session_rules):
        if rules.late_after.value > rules.grace.value:
            yield Problem(("session_rules", index, "late_after"), "somebody would be a no-show before being late")


def _calendar_is_in_order(p: Protocol) -> Iterator[Problem]:
    if len({type(planned.at) for planned in p.sessions} & {OnDay, AfterStart}) == 2:
        yield Problem(("sessions",), "the calendar is either in days or in elapsed time, not both")
        return
    for kind in SessionKind:
        of_kind = [(index, planned) for index, planned in enumerate(p.sessions) if planned.kind == kind]
        for (_, before), (index, after) in pairwise(of_kind):
            first, second = nominal(before), nominal(after)
            if first is not None and second is not None and second <= first:
                yield Problem(
                    ("sessions", index, "at"), f"{after.key!r} is not after {before.key!r}, which is listed before it"
                )
    yield from _doses_follow_preparation(p)
    yield from _circles_follow_their_dose(p)


def _doses_follow_preparation(p: Protocol) -> Iterator[Problem]:
    prepared = [at for s in p.sessions_of(SessionKind.PREPARATION) if (at := nominal(s)) is not None]
    for index, planned in enumerate(p.sessions):
        at = nominal(planned)
        if planned.kind == SessionKind.DOSE and prepared and at is not None and at <= min(prepared):
            yield Problem(("sessions", index, "at"), f"{planned.key!r} comes before any preparation")


def _circles_follow_their_dose(p: Protocol) -> Iterator[Problem]:
    starts = {planned.key: nominal(planned) for planned in p.sessions}
    for index, planned in enumerate(p.sessions):
        circle, dose = starts[planned.key], starts.get(planned.integrates or "")
        if circle is not None and dose is not None and circle <= dose:
            yield Problem(
                ("sessions", index, "at"), f"{planned.key!r} integrates {planned.integrates!r} but is not after it"
            )


def _doses_agree_with_dosing(p: Protocol) -> Iterator[Problem]:
    doses = [(index, planned) for index, planned in enumerate(p.sessions) if planned.kind == SessionKind.DOSE]
    if p.dosing is None:
        yield from (
            Problem(("sessions", index), f"{s.key!r} is planned but there is no `dosing` section") for index, s in doses
        )
        return
    if len(doses) != p.dosing.doses:
        yield Problem(("dosing", "doses"), f"{p.dosing.doses} doses are promised but {len(doses)} are planned")
    interval = p.dosing.min_interval.value
    for (_, before), (index, after) in pairwise(doses):
        first, second = nominal(before), nominal(after)
        if first is not None and second is not None and second - first < interval:
            sentence = f"{after.key!r} is {second - first} after {before.key!r}: less than the interval {interval}"
            yield Problem(("sessions", index, "at"), sentence)


def _vitals_are_upright(p: Protocol) -> Iterator[Problem]:
    ranks = {"repeat": 0, "prescriber": 1, "hard_hold": 2, "emergency": 3}
    limits = [(index, limit) for index, limit in enumerate(p.dosing.vitals if p.dosing else ()) if limit.level in ranks]
    for index, milder in limits:
        for _, worse in limits:
            if milder.vital != worse.vital or ranks[milder.level] >= ranks[worse.level]:
                continue
            high = (milder.above or milder.from_value, worse.above or worse.from_value)
            low = (worse.below, milder.below)
            if any(a is not None and b is not None and a > b for a, b in (high, low)):
                sentence = f"the {milder.vital} limit for {milder.level} lies beyond the one for {worse.level}"
                yield Problem(("dosing", "vitals", index), sentence)


def _ladders_rise(p: Protocol) -> Iterator[Problem]:
    def rising(path: Path, times: Iterable[timedelta], what: str) -> Iterator[Problem]:
        for index, (before, after) in enumerate(pairwise(times), start=1):
            if after <= before:
                yield Problem((*path, index), f"the {what} are not in rising order")

    def steps(chase: tuple[ChaseStep, ...]) -> Iterator[timedelta]:
        return (step.after for step in chase)

    yield from rising(("screening", "form_reminders"), p.screening.form_reminders, "reminders")
    if p.check_ins:
        yield from rising(("check_ins", "chase"), steps(p.check_ins.chase), "steps of the ladder")
    for index, measure in enumerate(p.measures):
        yield from rising(("measures", index, "reminders"), measure.reminders, "reminders")
        yield from rising(("measures", index, "chase"), steps(measure.chase), "steps of the ladder")
    for index, rules in enumerate(p.session_rules):
        yield from rising(
            ("session_rules", index, "remind_before"), (-lead for lead in rules.remind_before), "reminders"
        )


def _group_agrees(p: Protocol) -> Iterator[Problem]:
    if p.cohort.quorum.value.enrolled > p.cohort.size.value.maximum:
        yield Problem(("cohort", "quorum"), "the quorum asks for more people than the group may have")
    follows_doses = [(i, c) for i, c in enumerate(p.check_ins.asked if p.check_ins else ()) if c.follows == "dose"]
    if not p.sessions_of(SessionKind.DOSE):
        yield from (
            Problem(("check_ins", "asked", i), f"{c.key!r} follows a dose, but none is planned")
            for i, c in follows_doses
        )


CHECKS: tuple[Callable[[Protocol], Iterator[Problem]], ...] = (
    _names_are_unique,
    _sources_exist,
    _references_exist,
    _kinds_agree,
    _calendar_is_in_order,
    _doses_agree_with_dosing,
    _vitals_are_upright,
    _ladders_rise,
    _group_agrees,
)


def problems(protocol: Protocol) -> tuple[Problem, ...]:
    """Every disagreement between the sections, in the order of the checks."""
    return tuple(problem for check in CHECKS for problem in check(protocol))
