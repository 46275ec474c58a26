"""What follows from a program's facts at an instant: the clockwork carries it out and writes it down."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduler.domain.agenda import ASKED, Item, ItemKind, agenda
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.history import Absence, History
from services.scheduler.domain.reviews import reviews_due
from services.scheduler.domain.standing import phase, state
from shared.events.scheduler import Phase, State
from shared.protocol.model import Protocol
from shared.protocol.words import SessionKind

OPEN_STATES = ("in_screening", "waiting", "offered", "active")


@dataclass(frozen=True)
class Decision:
    """What is due now, what is owed, where the program stands, and when to look again (None = at the next fact)."""

    announce: tuple[Item, ...]
    absences: tuple[Absence, ...]
    reviews: tuple[str, ...]
    finished: bool
    over: bool
    state: State
    phase: Phase
    wake_at: datetime | None


def decide(protocol: Protocol | None, calendar: Calendar | None, history: History, now: datetime) -> Decision:
    """Draw every consequence of the facts so far. Drawing them again draws nothing new."""
    ahead = agenda(protocol, calendar, history) if protocol else ()
    own = [item for item in ahead if item.kind in ASKED and item.key not in history.announced]
    due = tuple(item for item in own if item.at <= now)
    reviews = reviews_due(protocol, calendar, history) if protocol and calendar else ()
    finished = not reviews and _is_finished(ahead, calendar, history)
    if finished:
        history.finished = True
        ahead = ()
    return Decision(
        announce=due,
        absences=tuple(history.absences.values()),
        reviews=reviews,
        finished=finished,
        over=not ahead and state(protocol, history) not in OPEN_STATES,
        state=state(protocol, history),
        phase=phase(protocol, calendar, history, now),
        wake_at=min((at for at in (*_times(own, now), *_turns(calendar, history, now))), default=None),
    )


def _times(items: list[Item], now: datetime) -> list[datetime]:
    return [item.at for item in items if item.at > now]


def _turns(calendar: Calendar | None, history: History, now: datetime) -> list[datetime]:
    """When the phase changes by the calendar alone."""
    if calendar is None or history.left or history.finished:
        return []
    ends = (calendar.last(kind) for kind in (SessionKind.DOSE, SessionKind.CIRCLE))
    first = calendar.first(SessionKind.DOSE)
    turns = [session.ends_at for session in ends if session] + ([first.starts_at] if first else [])
    return [turn for turn in turns if turn > now]


def _is_finished(ahead: tuple[Item, ...], calendar: Calendar | None, history: History) -> bool:
    """Nothing is ahead of a member any more, and nothing of theirs stays unexplained."""
    is_member = calendar is not None and history.cohort_id is not None and history.left is None
    explained = all(absence.closure for absence in history.absences.values()) and all(history.reviews.values())
    is_through = explained and not any(item.kind != ItemKind.MAKE_UP for item in ahead)
    return is_member and not history.finished and is_through
