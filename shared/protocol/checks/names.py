"""Names: each is given once, and whatever is referred to is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.protocol.base import CONVENTION, Sourced, near_miss, walk
from shared.protocol.calendar import AfterDose, AtSession, FromInput
from shared.protocol.checks.problem import Problem, repeated, unknown
from shared.protocol.items import session_kind
from shared.protocol.vocabulary import SessionKind

if TYPE_CHECKING:
    from shared.protocol.model import Protocol


def names_are_unique(p: Protocol) -> Iterator[Problem]:
    yield from repeated(("sources",), (s.id for s in p.sources), "source")
    yield from repeated(("inputs",), (i.key for i in p.inputs), "input")
    yield from repeated(("screening", "conditions"), (c.id for c in p.screening.conditions), "condition")
    yield from repeated(("screening", "rules"), (r.id for r in p.screening.rules), "rule")
    yield from repeated(("screening", "modality"), (r.id for r in p.screening.modality), "rule")
    yield from repeated(("sessions",), (s.key for s in p.sessions), "session")
    yield from repeated(("session_rules",), (r.kind for r in p.session_rules), "session kind")
    yield from repeated(("instruments",), (i.id for i in p.instruments), "instrument")
    yield from repeated(("measures",), (m.key for m in p.measures), "measure")
    for index, instrument in enumerate(p.instruments):
        yield from repeated(("instruments", index, "subscales"), (s.id for s in instrument.subscales), "subscale")
    if p.check_ins:
        yield from repeated(("check_ins", "asked"), (c.key for c in p.check_ins.asked), "check-in")
        yield from repeated(("check_ins", "questions"), (q.key for q in p.check_ins.questions), "question")
    if p.dosing:
        yield from repeated(("dosing", "routes"), (r.route for r in p.dosing.routes), "route")
        yield from repeated(("dosing", "arms"), (arm.id for arm in p.dosing.arms), "arm")
        for index, arm in enumerate(p.dosing.arms):
            yield from repeated(("dosing", "arms", index, "routes"), (r.route for r in arm.routes), "route")
        yield from repeated(("dosing", "checklist"), (c.id for c in p.dosing.checklist), "criterion")
        yield from repeated(
            ("dosing", "discharge", "criteria"), (c.id for c in p.dosing.discharge.criteria), "criterion"
        )


def sources_exist(p: Protocol) -> Iterator[Problem]:
    known = {source.id for source in p.sources}
    for path, part in walk(p):
        for name in part.source_ids if isinstance(part, Sourced) else ():
            if name != CONVENTION and name not in known:
                yield Problem(
                    (*path, "source"), f"{name!r} is not one of this protocol's sources{near_miss(name, known)}"
                )


def measured_instruments_exist(p: Protocol) -> Iterator[Problem]:
    for index, measure in enumerate(p.measures):
        for n, instrument in enumerate(measure.instruments):
            yield from unknown(
                ("measures", index, "instruments", n), instrument, (i.id for i in p.instruments), "instruments"
            )


def gates_refer_to_sessions(p: Protocol) -> Iterator[Problem]:
    for index, measure in enumerate(p.measures):
        for n, session in enumerate(measure.required_for):
            path = ("measures", index, "required_for", n)
            yield from unknown(path, session, (s.key for s in p.sessions), "sessions")


def anchors_refer_to_sessions(p: Protocol) -> Iterator[Problem]:
    for index, measure in enumerate(p.measures):
        if isinstance(measure.at, AtSession):
            path = ("measures", index, "at", "session")
            yield from unknown(path, measure.at.session, (s.key for s in p.sessions), "sessions")
        if isinstance(measure.at, AfterDose):
            doses = (s.key for s in p.sessions if s.kind == SessionKind.DOSE)
            yield from unknown(("measures", index, "at", "dose"), measure.at.dose, doses, "doses")


def circles_integrate_doses(p: Protocol) -> Iterator[Problem]:
    for index, planned in enumerate(p.sessions):
        if not planned.integrates:
            continue
        path = ("sessions", index, "integrates")
        yield from unknown(path, planned.integrates, (s.key for s in p.sessions), "sessions")
        if session_kind(planned.integrates) is not SessionKind.DOSE:
            yield Problem(path, f"{planned.integrates!r} is not a dose, so there is nothing to integrate")
        if planned.kind != SessionKind.CIRCLE:
            yield Problem(path, f"a {planned.kind} integrates nothing: only a circle does")


def inputs_exist(p: Protocol) -> Iterator[Problem]:
    for path, part in walk(p):
        if isinstance(part, FromInput):
            days = (i.key for i in p.inputs if i.says_a_day)
            yield from unknown((*path, "input"), part.input, days, "inputs that say a day or a week")
    for index, measure in enumerate(p.measures):
        if measure.only_if:
            answers = (i.key for i in p.inputs if not i.says_a_day)
            yield from unknown(("measures", index, "only_if"), measure.only_if, answers, "yes_no inputs")


def inputs_are_used(p: Protocol) -> Iterator[Problem]:
    used = {part.input for _, part in walk(p) if isinstance(part, FromInput)} | {m.only_if for m in p.measures}
    for index, wanted in enumerate(p.inputs):
        if wanted.key not in used:
            yield Problem(("inputs", index), f"nothing uses the input {wanted.key!r}: no session or measure lies on it")
