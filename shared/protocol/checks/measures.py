"""Windows and ladders: each opens before it closes, and what is done in it lies within it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.document import Path
from shared.protocol.calendar import AtSession, ChaseStep
from shared.protocol.checks.calendar import anchored, nominal
from shared.protocol.checks.problem import Problem, falling
from shared.protocol.measures import Instrument
from shared.protocol.spans import nominal_length
from shared.protocol.vocabulary import SessionKind
from shared.protocol.wording import spoken_offset

if TYPE_CHECKING:
    from shared.protocol.model import Protocol


def reminders_rise(p: Protocol) -> Iterator[Problem]:
    yield from falling(("screening", "form_reminders"), p.screening.form_reminders, "reminders")
    for index, measure in enumerate(p.measures):
        yield from falling(("measures", index, "reminders"), map(nominal_length, measure.reminders), "reminders")
    for index, rules in enumerate(p.session_rules):
        path = ("session_rules", index, "remind_before")
        yield from falling(path, (-nominal_length(lead) for lead in rules.remind_before), "reminders")


def ladders_rise(p: Protocol) -> Iterator[Problem]:
    def steps(chase: tuple[ChaseStep, ...]) -> Iterable[timedelta]:
        return (nominal_length(step.after) for step in chase)

    if p.check_ins:
        yield from falling(("check_ins", "chase"), steps(p.check_ins.chase), "steps of the ladder")
    for index, measure in enumerate(p.measures):
        yield from falling(("measures", index, "chase"), steps(measure.chase), "steps of the ladder")


def form_reminders_come_in_time(p: Protocol) -> Iterator[Problem]:
    for index, after in enumerate(p.screening.form_reminders):
        if after >= p.screening.forms_within.value:
            yield Problem(("screening", "form_reminders", index), "this reminder comes when the forms are closed")


def measure_reminders_lie_in_the_window(p: Protocol) -> Iterator[Problem]:
    for index, measure in enumerate(p.measures):
        for n, at in enumerate(measure.reminders):
            if not nominal_length(measure.opens) <= nominal_length(at) < nominal_length(measure.closes):
                sentence = f"a reminder {spoken_offset(at)} lies outside the window of {measure.key!r}"
                yield Problem(("measures", index, "reminders", n), sentence)


def measure_ladders_lie_in_the_window(p: Protocol) -> Iterator[Problem]:
    """From when the measure opens until nobody waits for an answer any more."""
    for index, measure in enumerate(p.measures):
        for n, step in enumerate(measure.chase):
            if not nominal_length(measure.opens) <= nominal_length(step.after) <= nominal_length(measure.ends):
                sentence = f"this step, {spoken_offset(step.after)}, lies outside the time in which "
                yield Problem(("measures", index, "chase", n), f"{sentence}{measure.key!r} can be answered")


def check_ins_are_chased_when_due(p: Protocol) -> Iterator[Problem]:
    for index, step in enumerate(p.check_ins.chase if p.check_ins else ()):
        if nominal_length(step.after) < timedelta(0):
            yield Problem(("check_ins", "chase", index), "this step comes before the check-in is asked")


def required_measures_open_before_their_session(p: Protocol) -> Iterator[Problem]:
    starts = {session.key: nominal(session.at) for session in p.sessions}
    for index, measure in enumerate(p.measures):
        for n, key in enumerate(measure.required_for):
            anchor, start = anchored(p, measure.at), starts.get(key)
            if isinstance(measure.at, AtSession) and measure.at.session == key:
                anchor, start = nominal_length(measure.at.offset), timedelta(0)
            if anchor is not None and start is not None and anchor + nominal_length(measure.opens) >= start:
                path = ("measures", index, "required_for", n)
                yield Problem(path, f"{key!r} needs {measure.key!r}, which only opens once {key!r} has begun")


def check_ins_follow_something(p: Protocol) -> Iterator[Problem]:
    dosed = any(session.kind == SessionKind.DOSE for session in p.sessions)
    for index, check_in in enumerate(p.check_ins.asked if p.check_ins else ()):
        match check_in.follows:
            case "dose" if not dosed:
                yield Problem(("check_ins", "asked", index), f"{check_in.key!r} follows a dose, but none is planned")
            case "dose" | "leaving":
                pass


def answers_can_signal_risk(p: Protocol) -> Iterator[Problem]:
    """A threshold of nothing is always reached, and yes is 1."""
    for index, question in enumerate(p.check_ins.questions if p.check_ins else ()):
        highest = question.highest
        if question.signals_risk_from is not None and not 1 <= question.signals_risk_from <= highest:
            path = ("check_ins", "questions", index, "signals_risk_from")
            yield Problem(path, f"{question.key!r} is answered 0 to {highest}: give a number from 1 to {highest}")


def thresholds_are_within_the_score(p: Protocol) -> Iterator[Problem]:
    for index, instrument in enumerate(p.instruments):
        least, most = instrument.total_min + 1, instrument.total_max
        for name, low, high in (
            ("screen_from", least, most),
            ("reliable_change", 1, instrument.total_max - instrument.total_min),
            ("response_percent", 1, 100),
            ("remission_below", least, most),
        ):
            cited = getattr(instrument, name)
            if cited is not None and not low <= cited.value <= high:
                sentence = f"{cited.value} is outside {low} to {high} of {instrument.id!r}"
                yield Problem(("instruments", index, name), sentence)
        yield from _thresholds_of_subscales(instrument, ("instruments", index))


def _thresholds_of_subscales(instrument: Instrument, path: Path) -> Iterator[Problem]:
    for n, subscale in enumerate(instrument.subscales):
        lowest, highest = instrument.ends(subscale)
        for name, low, high in (("screen_from", lowest, highest), ("reliable_change", 0, highest - lowest)):
            cited = getattr(subscale, name)
            if cited is not None and not low < cited.value <= high:
                sentence = f"{cited.value:g} is not above {low} and up to {high}, as subscale {subscale.id!r} is scored"
                yield Problem((*path, "subscales", n, name), sentence)


def clusters_can_be_reached(p: Protocol) -> Iterator[Problem]:
    for index, instrument in enumerate(p.instruments):
        for n, cluster in enumerate(instrument.provisional):
            items = cluster.last - cluster.first + 1
            if cluster.count > items or cluster.at_least > instrument.item_max:
                answers = f"{instrument.item_min}–{instrument.item_max}"
                sentence = f"cluster {cluster.name} has {items} items of {answers}: "
                path = ("instruments", index, "provisional", n)
                yield Problem(path, f"{sentence}{cluster.count} of {cluster.at_least} or more cannot happen")
