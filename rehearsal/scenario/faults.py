"""What cannot be in a scenario: items the protocol does not have, and remedies that do not fit."""

from collections.abc import Iterator, Mapping

from rehearsal.scenario.script import Absence, Cohort, Person, Script, Signal
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.base import near_miss
from shared.protocol.calendar import CheckIn
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind
from shared.sites import Site

Fault = tuple[tuple[str | int, ...], str]


def person_faults(person: Person, protocol: Protocol) -> Iterator[Fault]:
    """Items the protocol does not have, and remedies that do not fit."""
    items = Items(protocol)
    for index, item in enumerate(person.comes_after_all):
        yield from _unknown(("comes_after_all", index), item, items.sessions)
        if item.startswith("circle:"):
            yield ("comes_after_all", index), "is told of a preparation or a dose: a circle is recorded when it is held"
    for index, absence in enumerate(person.absences):
        yield from _unknown(("absences", index, "item"), absence.item, items.sessions)
        if absence.item in items.sessions:
            yield from _unfit_remedy(("absences", index, "remedy"), absence, protocol)
    for index, pressure in enumerate(person.blood_pressure):
        yield from _unknown(("blood_pressure", index, "item"), pressure.item, items.doses)
    for index, event in enumerate(person.adverse_events):
        yield from _unknown(("adverse_events", index, "item"), event.item, items.doses)
    for index, silence in enumerate(person.silent):
        yield from _unknown(("silent", index, "item"), silence.item, items.check_ins | items.measures)
    for index, item in enumerate(person.answers_late):
        yield from _unknown(("answers_late", index), item, items.measures)
    if person.stops_at:
        yield from _unknown(("stops_at",), person.stops_at, items.measures)
    for index, signal in enumerate(person.signals):
        yield from _signal_faults(("signals", index), signal, items, protocol)
    for name in person.corrects.answers if person.corrects else ():
        if name not in ScreeningAnswers.model_fields:
            sentence = f"{name!r} is no screening answer{near_miss(name, ScreeningAnswers.model_fields)}"
            yield ("corrects", "answers", name), sentence


def script_faults(script: Script, protocol: Protocol) -> Iterator[Fault]:
    """Means of questionnaires that the protocol does not ask, or outside what they can reach."""
    asked = {instrument.id: instrument for instrument in protocol.instruments}
    for name, mean in script.before.items():
        yield from _unknown(("before", name), name, set(asked))
        if name in asked and mean > asked[name].total_max:
            yield ("before", name), f"{mean:g} is above the highest total, {asked[name].total_max}"
        if name in asked and mean < asked[name].total_min:
            yield ("before", name), f"{mean:g} is below the lowest total, {asked[name].total_min}"


class Items:
    """Every item of a protocol that a scenario may name."""

    def __init__(self, protocol: Protocol) -> None:
        asked = protocol.check_ins.asked if protocol.check_ins else ()
        self.sessions = {session.key for session in protocol.sessions}
        self.doses = {session.key for session in protocol.sessions_of(SessionKind.DOSE)}
        self.check_ins = {item for each in asked for item in self._items(each)}
        self.measures = {f"measure:{measure.key}" for measure in protocol.measures}

    def _items(self, check_in: CheckIn) -> set[str]:
        match check_in.follows:
            case "dose":
                return {f"check_in:{dose}:{check_in.key}" for dose in self.doses}
            case "leaving":
                return {f"check_in:{check_in.key}"}


def _unknown(path: tuple[str | int, ...], item: str, known: set[str]) -> Iterator[Fault]:
    if item not in known:
        yield path, f"{item!r} is no such item of the protocol{near_miss(item, known)}"


def _unfit_remedy(path: tuple[str | int, ...], absence: Absence, protocol: Protocol) -> Iterator[Fault]:
    """What can be made up is made up or overridden; what holds no dose can be gone on from."""
    kind = protocol.session(absence.item).kind
    missed = protocol.rules_for(kind).missed
    fitting: tuple[str, ...] = ("make_up", "override") if missed.make_up_within else ()
    fitting += () if missed.holds_a_dose else ("go_on",)
    if absence.remedy not in fitting:
        yield path, f"an absence from a {kind} is closed by {' or '.join(fitting)}, not by {absence.remedy}"


def _signal_faults(path: tuple[str | int, ...], signal: Signal, items: Items, protocol: Protocol) -> Iterator[Fault]:
    yield from _unknown((*path, "item"), signal.item, items.check_ins | items.measures)
    if signal.item in items.measures:
        yield from _question_faults(path, signal, protocol)
    elif protocol.check_ins:
        questions = {question.key for question in protocol.check_ins.questions}
        for key in signal.answers:
            yield from ((path_, said) for path_, said in _unknown((*path, "answers", key), key, questions))
        if not signal.answers:
            yield (*path, "answers"), "is missing: which question is answered how"


def _question_faults(path: tuple[str | int, ...], signal: Signal, protocol: Protocol) -> Iterator[Fault]:
    instruments = protocol.measure(signal.item.partition(":")[2]).instruments
    if signal.instrument not in instruments:
        yield (
            (*path, "instrument"),
            f"{signal.instrument!r} is not asked then; expected one of {', '.join(instruments)}",
        )
        return
    instrument = protocol.instrument(str(signal.instrument))
    if not 1 <= (signal.question or 0) <= instrument.items:
        yield (*path, "question"), f"expected a question from 1 to {instrument.items}"
    least, most = instrument.item_min, instrument.item_max
    if not least <= (-1 if signal.score is None else signal.score) <= most:
        yield (*path, "score"), f"expected a score from {least} to {most}"


def cohort_faults(cohort: Cohort, protocol: Protocol, sites: Mapping[str, Site]) -> Iterator[tuple[str, str]]:
    size = protocol.cohort.decided_size
    if cohort.site not in sites:
        yield "site", f"{cohort.site!r} is not one of {', '.join(sorted(sites))}{near_miss(cohort.site, sites)}"
    if protocol.cohort.starts_on_monday and cohort.starts_on.weekday() != 0:
        yield "starts_on", f"{cohort.starts_on} is a {cohort.starts_on:%A}; {protocol.id} starts on a Monday"
    if cohort.opens_on and cohort.opens_on >= cohort.starts_on:
        yield "opens_on", f"{cohort.opens_on} is not before the start on {cohort.starts_on}"
    if not size.minimum <= cohort.capacity <= size.maximum:
        yield "capacity", f"{cohort.capacity} is not within {size.minimum} to {size.maximum}"
    yield from _input_faults(cohort, protocol)


def _input_faults(cohort: Cohort, protocol: Protocol) -> Iterator[tuple[str, str]]:
    known = [wanted.key for wanted in protocol.inputs]
    for unknown in cohort.inputs.keys() - set(known):
        yield "inputs", f"{protocol.id} asks for no {unknown!r}{near_miss(unknown, known)}"
    lacking = protocol.missing_inputs(cohort.inputs)
    for wanted in lacking:
        yield "inputs", f"{protocol.id} needs {wanted.key}: {wanted.says}"
    if protocol.inputs and not lacking:
        try:
            protocol.with_inputs(cohort.inputs)
        except ValueError as impossible:
            yield "inputs", f"no calendar can be made of this: {impossible}"
