"""What calls for a withdrawal review: a clinician decides whether somebody goes on, never the machine."""

from itertools import groupby

from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import FINAL, Absence
from services.scheduler.domain.history import History
from shared.protocol.model import Protocol


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
    is_owed = history.cohort_id is not None and history.decision in FINAL
    key = f"review:{history.decision}"
    return key if is_owed and key not in history.reviews else None


def review_of_absences(protocol: Protocol, calendar: Calendar, history: History) -> str | None:
    """The key of a withdrawal review that is owed: two consecutive unexcused absences, or three in all (convention).

    Never a withdrawal by itself: a clinician decides. A session that nobody had told them of is no absence of theirs.
    """
    key = f"review:{history.absences_told}"
    return key if key not in history.reviews and _calls_for_review(protocol, calendar, history) else None


def reviews_without_ground(protocol: Protocol, calendar: Calendar, history: History) -> tuple[str, ...]:
    """Return the open reviews of absences that were taken back since, so that those left call for none."""
    if _calls_for_review(protocol, calendar, history):
        return ()
    undecided = (key for key, decision in history.reviews.items() if decision is None)
    return tuple(key for key in undecided if key.removeprefix("review:").isdigit())


def _calls_for_review(protocol: Protocol, calendar: Calendar, history: History) -> bool:
    rules = protocol.attendance
    if not history.heard_absences:
        return False
    consecutive = longest_unexcused_run(calendar, history) >= rules.review_after_consecutive_unexcused.value
    return consecutive or len(history.heard_absences) >= rules.review_after_total.value


def longest_unexcused_run(calendar: Calendar, history: History) -> int:
    """The longest run of sessions in a row that the person missed without an excuse.

    It need not reach the newest session: an absence may be heard of after a later attendance, and still counts.
    A session that nobody had told them of neither counts nor ends a run."""
    over = (s for s in calendar.sessions.values() if history.is_over(s.item) and s.item not in history.unheard)
    past = sorted(over, key=lambda s: s.starts_at)
    missed = (_is_unexcused(history.absences.get(session.item)) for session in past)
    return max((len(list(run)) for is_missed, run in groupby(missed) if is_missed), default=0)


def _is_unexcused(absence: Absence | None) -> bool:
    return absence is not None and not absence.excused
