"""What the parts of a protocol are called when one of them changes, comes or goes."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.protocol.base import Criterion, Part, Source
from shared.protocol.calendar import (
    Act,
    Advice,
    ChaseStep,
    CheckIn,
    CheckInQuestion,
    CohortInput,
    Follows,
    Missed,
    PlannedSession,
    SessionRules,
)
from shared.protocol.care import CategoryRules, EscalationTier, RiskResponse
from shared.protocol.dosing import Arm, Level, RouteRange, VitalLimit
from shared.protocol.measures import Band, Cluster, Instrument, ItemRisk, Measure, Subscale
from shared.protocol.screening import ModalityRule, OwnCondition, Rule
from shared.protocol.vocabulary import ScreeningOutcome
from shared.protocol.wording import listed, spoken, spoken_day, spoken_key, spoken_offset
from shared.vocabulary import total

SECTIONS = {
    "screening": "screening",
    "cohort": "the group",
    "inputs": "the calendar",
    "sessions": "the calendar",
    "session_rules": "sessions",
    "check_ins": "check-ins",
    "instruments": "questionnaires",
    "measures": "measures",
    "dosing": "the dose day",
    "attendance": "attendance",
    "risk": "risk",
    "messages": "messages",
}
"""Where a field of the protocol belongs; any other is about the protocol itself."""

OUTCOMES = total(
    ScreeningOutcome,
    {
        ScreeningOutcome.EXCLUDE: "exclusion",
        ScreeningOutcome.REVIEW: "reason for review",
        ScreeningOutcome.INFO: "information for the clinician",
    },
)
ACTS: Mapping[Act, str] = total(
    Act,
    {
        "remind": "the reminder",
        "call": "the call",
        "second_call": "the second call",
        "clinician_decides": "the clinician's decision",
    },
)
LEVELS: Mapping[Level, str] = total(
    Level,
    {
        "repeat": "rest and repeat",
        "prescriber": "held for the prescriber",
        "hard_hold": "no dose today",
        "emergency": "emergency",
        "alert": "alert",
    },
)
FOLLOWED: Mapping[Follows, str] = total(Follows, {"dose": "each dose", "leaving": "leaving the program"})
"""What a check-in comes after."""
SHORTER = {"source": "the source", "needs_medical_director_signoff": "to be signed off by the medical director"}
"""Fields whose own description is too long to be said of a change."""


class Name(NamedTuple):
    """The part as a subject, and what is said when it is new or gone, with what it says."""

    subject: str
    new: str
    gone: str
    says: str


def key_of(part: Part) -> str | None:
    """What makes it the same part in another version; None when only its place does."""
    match part:
        case PlannedSession() | Measure() | CheckIn() | CheckInQuestion() | CohortInput():
            return part.key
        case Rule() | ModalityRule() | Instrument() | Criterion() | Advice() | Source() | Subscale() | OwnCondition():
            return part.id
        case Arm():
            return part.id
        case SessionRules():
            return part.kind
        case RiskResponse():
            return part.level
        case CategoryRules():
            return part.category
        case RouteRange():
            return part.route
        case ItemRisk():
            return str(part.item)
        case Cluster():
            return part.name
        case ChaseStep():
            return part.act
        case VitalLimit():
            return f"{part.vital} {part.level} {'below' if part.below is not None else 'above'}"
        case Band():
            return part.says
        case _:
            return None


def name_of(part: Part) -> Name:
    match part:
        case Rule():
            outcome = OUTCOMES[part.outcome]
            return Name(f"{outcome} «{part.says}»", f"new {outcome}", f"no longer: {outcome}", _says(part))
        case ModalityRule():
            care = f"reason for {part.suggests} care"
            return Name(f"{care} «{part.says}»", f"new {care}", f"no longer: {care}", _says(part))
        case CheckInQuestion():
            return Name(f"question «{part.says}»", "newly asked", "no longer asked", _says(part))
        case Criterion():
            return Name(f"«{part.says}»", "newly confirmed", "no longer confirmed", _says(part))
        case Advice():
            return Name(f"«{part.says}»", "participants are newly told", "participants are no longer told", _says(part))
        case PlannedSession():
            key, says = spoken_key(part.key), f"{part.title}, {spoken(part.at)}"
            return Name(key, f"new session {key}", f"no longer held: {key}", says)
        case Measure():
            asked = f"{listed(part.instruments)}, counted from {spoken(part.at)}"
            name = f"measure {part.title}"
            return Name(name, f"new {name}", f"no longer measured: {part.title}", asked)
        case CheckIn():
            name, says = f"check-in {part.key}", f"{spoken_offset(part.after)} {FOLLOWED[part.follows]}"
            return Name(name, f"new {name}", f"no longer asked: {name}", says)
        case SessionRules():
            return Name(
                f"every {part.kind}", f"new rules for every {part.kind}", f"no longer any rules for a {part.kind}", ""
            )
        case _:
            return _lesser_name(part)


def _lesser_name(part: Part) -> Name:
    match part:
        case Source():
            return _plainly(f"source {part.id}", part.reference)
        case CohortInput():
            return _plainly(f"input {spoken_key(part.key)}", part.says)
        case Instrument():
            return _plainly(f"questionnaire {part.id}", part.title)
        case Arm():
            return _plainly(f"arm {spoken_key(part.id)}", f"{part.title}, {spoken(part)}")
        case RouteRange():
            return _plainly(f"the {part.route} range", spoken(part))
        case VitalLimit():
            return _plainly(f"limit for {LEVELS[part.level]}, {spoken(part)}", None)
        case ChaseStep():
            return _plainly(ACTS[part.act], f"{spoken_offset(part.after)}, by the {part.owner}")
        case RiskResponse():
            return _plainly(f"C-SSRS {part.level}", f"a clinician within {spoken(part.task_within)}")
        case CategoryRules():
            return _plainly(
                f"messages of the kind {spoken(part.category)}", f"not sent after {spoken(part.best_before)}"
            )
        case ItemRisk():
            return _plainly(f"item {part.item}", f"{part.at_least} or more asks for a C-SSRS screener: {part.says}")
        case OwnCondition():
            return _plainly(f"condition {spoken_key(part.id)}", _says(part))
        case Subscale():
            return _plainly(f"subscale {part.id}", f"{part.title}, {spoken(part)}")
        case Cluster():
            return _plainly(f"cluster {part.name}", spoken(part))
        case Missed():
            return _plainly("", part.says)
        case EscalationTier():
            return _plainly("tier that is paged", spoken(part))
        case Band():
            return _plainly(f"severity {part.says}", f"from {part.from_total}")
        case _:
            return _plainly("", spoken(part))


def moves(part: Part, field: str) -> bool:
    """Whether this field is when the part happens."""
    return isinstance(part, PlannedSession | Measure) and field == "at"


def spoken_move(before: object, after: object) -> tuple[str, str]:
    """Two moments, without the time of day where it stays the same."""
    if getattr(before, "time", None) == getattr(after, "time", None) and spoken_day(before) != spoken_day(after):
        return spoken_day(before), spoken_day(after)
    return spoken(before), spoken(after)


def _plainly(name: str, says: str | None) -> Name:
    return Name(name, f"new: {name}", f"no longer: {name}", says or "")


def _says(part: Rule | ModalityRule | OwnCondition | CheckInQuestion | Criterion | Advice) -> str:
    return f"{part.says} ({part.source or 'for the medical director to sign off'})"
