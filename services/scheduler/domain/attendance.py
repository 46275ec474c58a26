"""What an absence owes, and what calls for a review."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.history import Absence, History
from shared.protocol.model import Protocol
from shared.protocol.words import Role, SessionKind


@dataclass(frozen=True)
class Remedy:
    """Who sees to an absence, and until when."""

    owner: Role
    deadline: datetime


def remedy(protocol: Protocol, absence: Absence, missed_at: datetime | None = None) -> Remedy:
    """A missed preparation or circle is made up through the coordinator. A missed dose is never doubled:
    the prescriber decides whether the person goes on (esketamine guide: not worse, go on; worse, ask).

    The time for it counts from `missed_at`, the session's start, when the absence was told before."""
    missed = protocol.rules_for(kind_of(absence.item)).missed
    within = missed.make_up_within or protocol.attendance.absence_close_within.value
    since = max(absence.at, missed_at or absence.at)
    return Remedy(missed.if_worse_ask or Role.COORDINATOR, since + within)


def kind_of(item: str) -> SessionKind:
    return SessionKind(item.partition(":")[0])


def can_be_made_up(protocol: Protocol, item: str) -> bool:
    """Preparations and circles can be made up, a dose never."""
    return protocol.rules_for(kind_of(item)).missed.make_up_within is not None


def holds_a_dose(protocol: Protocol, calendar: Calendar, history: History, item: str) -> bool:
    """A missed preparation or circle holds the next dose, as long as a dose is ahead at all."""
    if protocol.rules_for(kind_of(item)).missed.effect not in ("holds_next_dose", "blocks_first_dose"):
        return False
    doses = (session.item for session in calendar.sessions.values() if session.kind == SessionKind.DOSE)
    return any(not history.is_over(dose) for dose in doses)


def reviews_due(protocol: Protocol, calendar: Calendar, history: History) -> tuple[str, ...]:
    """The keys of the withdrawal reviews that are owed and not yet open; whoever left is not reviewed any more."""
    if history.left or history.finished:
        return ()
    due = (review_of_absences(protocol, calendar, history), review_of_screening(history))
    return tuple(key for key in due if key)


def review_of_screening(history: History) -> str | None:
    """Owed when a member is screened again and is not eligible any more.

    They stay active until a clinician decides, for nobody leaves a group behind a clinician's back. Nothing is held
    here meanwhile: intake, whose decision it is, refuses every dose.
    """
    is_owed = history.cohort_id is not None and history.decision not in (None, "eligible")
    key = f"review:{history.decision}"
    return key if is_owed and key not in history.reviews else None


def review_of_absences(protocol: Protocol, calendar: Calendar, history: History) -> str | None:
    """The key of a withdrawal review that is owed: two consecutive unexcused absences, or three in all (convention).

    Never a withdrawal by itself: a clinician decides.
    """
    rules = protocol.attendance
    key = f"review:{len(history.absences)}"
    if key in history.reviews or not history.absences:
        return None
    consecutive = longest_unexcused_run(calendar, history)
    if consecutive >= rules.review_after_consecutive_unexcused.value:
        return key
    return key if len(history.absences) >= rules.review_after_total.value else None


def longest_unexcused_run(calendar: Calendar, history: History) -> int:
    """The longest run of sessions in a row that the person missed without an excuse.

    It need not reach the newest session: an absence may be heard of after a later attendance, and still counts."""
    past = sorted((s for s in calendar.sessions.values() if history.is_over(s.item)), key=lambda s: s.starts_at)
    missed = (_is_unexcused(history.absences.get(session.item)) for session in past)
    return max((len(list(run)) for is_missed, run in groupby(missed) if is_missed), default=0)


def _is_unexcused(absence: Absence | None) -> bool:
    return absence is not None and not absence.excused
