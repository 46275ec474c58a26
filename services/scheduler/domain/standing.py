"""Where a program stands: its state in the ledger and its phase on the path."""

from datetime import datetime

from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.history import History
from shared.events.scheduler import Phase, State
from shared.protocol.calendar import AfterDose
from shared.protocol.measures import Measure
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind

PHASES: tuple[Phase, ...] = (
    "screening",
    "cohort_assignment",
    "preparation",
    "dosing",
    "integration",
    "follow_up",
    "closed",
)


def state(protocol: Protocol | None, history: History) -> State:
    """The one state of the ledger that a program is in."""
    if history.left:
        return history.left
    if history.finished:
        return "completed" if _followed_up(protocol, history) else "lost_to_follow_up"
    if history.cohort_id:
        return "active"
    if history.declined:
        return "declined"
    if history.screening_lapsed or _out_of_offers(protocol, history):
        return "lapsed"
    match history.decision:
        case "excluded" | "redirected":
            return history.decision
        case "eligible":
            return "offered" if history.offer else "waiting"
        case "reopened" | None:
            return "offered" if history.offer else "in_screening"


def _followed_up(protocol: Protocol | None, history: History) -> bool:
    """The last measure that was theirs is complete; one after a dose that they were not given is not theirs."""
    theirs = [measure.key for measure in (protocol.measures if protocol else ()) if _is_theirs(measure, history)]
    return not theirs or history.measured.get(f"measure:{theirs[-1]}", False)


def _is_theirs(measure: Measure, history: History) -> bool:
    return not isinstance(measure.at, AfterDose) or measure.at.dose in history.doses


def _out_of_offers(protocol: Protocol | None, history: History) -> bool:
    return protocol is not None and history.offers_expired >= protocol.cohort.max_offers.value


def phase(protocol: Protocol | None, calendar: Calendar | None, history: History, now: datetime) -> Phase:
    """The phase of the brochure that a program is in."""
    match state(protocol, history):
        case "in_screening":
            return "screening"
        case "waiting" | "offered":
            return "cohort_assignment"
        case "active":
            return _phase_of_the_calendar(calendar, now) if calendar else "closed"
        case "excluded" | "redirected" | "declined" | "lapsed":
            return "closed"
        case "completed" | "lost_to_follow_up" | "withdrawn" | "transferred" | "died":
            return "closed"


def _phase_of_the_calendar(calendar: Calendar, now: datetime) -> Phase:
    first_dose, last_dose = calendar.first(SessionKind.DOSE), calendar.last(SessionKind.DOSE)
    last_circle = calendar.last(SessionKind.CIRCLE)
    if first_dose and now < first_dose.starts_at:
        return "preparation"
    if last_dose and now < last_dose.ends_at:
        return "dosing"
    if last_circle and now < last_circle.ends_at:
        return "integration"
    return "follow_up"
