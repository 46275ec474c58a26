"""What an absence owes."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import Absence
from services.scheduler.domain.history import History
from shared.protocol.items import session_kind
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import Role, SessionKind


@dataclass(frozen=True)
class Remedy:
    """Who sees to an absence, and until when."""

    owner: Role
    deadline: datetime


def remedy(protocol: Protocol, absence: Absence, missed_at: datetime | None = None) -> Remedy:
    """A missed preparation or circle is made up through the coordinator. A missed dose is never doubled:
    the prescriber decides whether the person goes on (esketamine guide: not worse, go on; worse, ask).

    The time for it counts from `missed_at`, the session's start, when the absence was told before."""
    missed = protocol.rules_for(session_kind(absence.item)).missed
    within = missed.make_up_within or protocol.attendance.absence_close_within.value
    since = max(absence.at, missed_at or absence.at)
    return Remedy(missed.if_worse_ask or Role.COORDINATOR, since + within)


def can_be_made_up(protocol: Protocol, item: str) -> bool:
    """Preparations and circles can be made up, a dose never."""
    return protocol.rules_for(session_kind(item)).missed.make_up_within is not None


def holds_a_dose(protocol: Protocol, calendar: Calendar, history: History, item: str) -> bool:
    """A missed preparation or circle holds the next dose, as long as a dose is ahead at all."""
    if not protocol.rules_for(session_kind(item)).missed.holds_a_dose:
        return False
    doses = (session.item for session in calendar.sessions.values() if session.kind == SessionKind.DOSE)
    return any(not history.is_over(dose) for dose in doses)
