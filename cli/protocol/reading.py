"""A protocol as a clinician would want to read it: one page, whatever it is then shown on."""

from collections.abc import Collection, Iterator

from cli.protocol import caring, measuring, weeks
from cli.protocol.page import Page, Section, Table, filled
from cli.protocol.saying import SIGN_OFF
from shared.document import Path
from shared.protocol.base import Cited, Criterion, Part, Sourced
from shared.protocol.calendar import CheckInQuestion
from shared.protocol.differences.naming import LEVELS, SECTIONS, SHORTER, name_of
from shared.protocol.dosing import VitalLimit
from shared.protocol.flagged import path_of
from shared.protocol.model import Protocol
from shared.protocol.screening import ModalityRule, Rule
from shared.protocol.vocabulary import SessionKind
from shared.protocol.wording import listed, spoken


def reading(p: Protocol, signed: Collection[str] = ()) -> Page:
    """Optional parts that a protocol has not are left out; so are the flagged values that `signed` names."""
    sections = (
        weeks.weeks(p),
        measuring.measures(p),
        caring.screening(p),
        caring.group(p),
        caring.dose_day(p),
        weeks.missed(p),
        measuring.check_ins(p),
        caring.risk(p),
        caring.messages(p),
        measuring.questionnaires(p),
        sign_off(p, signed),
        sources(p),
    )
    lead = (
        f"{p.summary}",
        f"`{p.id}` version {p.version}, content {p.content_hash[:12]}. {_shape(p)} By {listed(p.authors)}.",
        f"Every value is a default with its source; {SIGN_OFF} marks a convention that a medical director has to "
        "sign off.",
    )
    return Page(p.title, lead, filled(*sections))


def _shape(p: Protocol) -> str:
    counts = [(len(p.sessions_of(kind)), kind.value) for kind in SessionKind]
    sessions = listed(f"{count} {kind}{'s' if count != 1 else ''}" for count, kind in counts if count)
    size = p.cohort.size
    group = f"a group of {spoken(size)}" if size.value else "a group whose size is to be set"
    return f"{sessions[:1].upper()}{sessions[1:]} in {group}."


def sign_off(p: Protocol, signed: Collection[str] = ()) -> Section:
    """List the flagged values by their path; those in `signed` are signed off at the site that is asked about."""
    rows = tuple(row for row in _flagged(p) if row[-1] not in signed)
    said = f"{len(rows)} values are conventions or choices without a publication that settles them." if rows else ""
    return Section(
        "For the medical director to sign off", (said, Table(("Where", "What", "Value", "Source", "Path"), rows))
    )


def _flagged(p: Protocol) -> Iterator[tuple[str, str, str, str, str]]:
    for name, field in Protocol.model_fields.items():
        section = SECTIONS.get(name, "the protocol")
        for what, part, path in _sourced_in(getattr(p, name), field.description or name, "", (field.alias or name,)):
            if part.needs_medical_director_signoff:
                yield section, what, _value(part), part.source or "none", path_of(path)


def _value(part: Sourced) -> str:
    match part:
        case Cited() | VitalLimit():
            return spoken(part)
        case Rule() | ModalityRule():
            return spoken(part.when)
        case CheckInQuestion():
            return "–" if part.signals_risk_from is None else f"signals risk from {part.signals_risk_from}"
        case Criterion():
            return "–"
        case _:
            return name_of(part).says


def _sourced_in(value: object, phrase: str, subject: str, path: Path) -> Iterator[tuple[str, Sourced, Path]]:
    """Every part with a source, what it is called and its path, in the order of the document."""
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            if isinstance(item, Part):
                called = LEVELS[item.level] if isinstance(item, VitalLimit) else name_of(item).subject
                yield from _sourced_in(item, called or phrase, subject, (*path, place))
        return
    if not isinstance(value, Part):
        return
    called = f"{subject}: {phrase}" if subject else phrase
    if isinstance(value, Sourced):
        yield called, value, path
    within = called if name_of(value).subject else subject
    for name, field in type(value).model_fields.items():
        if name not in SHORTER:
            below = (*path, field.alias or name)
            yield from _sourced_in(getattr(value, name), field.description or name, within, below)


def sources(p: Protocol) -> Section:
    rows = tuple((s.id, s.reference, "yes" if s.read else "no: well known") for s in p.sources)
    return Section("Sources", (Table(("Id", "Reference", "Read again for this protocol"), rows),))
