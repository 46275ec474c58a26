"""What follows from a program's facts at an instant: a workflow carries it out and writes it down."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.scheduler.domain.agenda import ASKED, Item, ItemKind, agenda
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import Absence
from services.scheduler.domain.foreseen import Foreseen, foreseen
from services.scheduler.domain.history import History
from services.scheduler.domain.reviews import reviews_due, reviews_without_ground
from services.scheduler.domain.standing import phase, state
from shared.events.scheduler import Phase, State
from shared.obligation_kinds import Kind
from shared.program_states import ON_THE_WAY
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind

TAKEN_BACK = "taken_back"
"""How a review ends whose absences were taken back."""


@dataclass(frozen=True)
class Decision:
    """What is due now, what is owed, where the program stands, and when to look again (None = at the next fact).

    `foreseen` are refusals that become somebody's task now, `averted` the items and kinds of those that are none now.
    """

    announce: tuple[Item, ...]
    absences: tuple[Absence, ...]
    reviews: tuple[str, ...]
    foreseen: tuple[Foreseen, ...]
    averted: tuple[tuple[str, Kind], ...]
    without_ground: tuple[str, ...]
    finished: bool
    over: bool
    state: State
    phase: Phase
    wake_at: datetime | None


def decide(protocol: Protocol | None, calendar: Calendar | None, history: History, now: datetime) -> Decision:
    """Draw every consequence of the facts so far. Drawing them again draws nothing new; `history` is not changed."""
    ahead = agenda(protocol, calendar, history) if protocol else ()
    own = [item for item in ahead if item.kind in ASKED and item.key not in history.announced]
    due = tuple(item for item in own if item.at <= now)
    reviews = reviews_due(protocol, calendar, history) if protocol and calendar else ()
    refusals = foreseen(protocol, calendar, history) if protocol and calendar else ()
    without_ground = reviews_without_ground(protocol, calendar, history) if protocol and calendar else ()
    history = replace(history, reviews=history.reviews | dict.fromkeys(without_ground, TAKEN_BACK))
    finished = not reviews and _is_finished(ahead, calendar, history)
    if finished:
        history = replace(history, finished=True)
        ahead = ()
    moments = (*(item.at for item in own), *(one.opens_at for one in refusals), *_turns(calendar, history))
    return Decision(
        announce=due,
        absences=tuple(history.absences.values()),
        reviews=reviews,
        foreseen=tuple(one for one in refusals if one.opens_at <= now and one.item not in history.foreseen),
        averted=tuple(one for one in history.foreseen.items() if one[0] not in {refusal.item for refusal in refusals}),
        without_ground=without_ground,
        finished=finished,
        over=not ahead and state(protocol, history) not in ON_THE_WAY,
        state=state(protocol, history),
        phase=phase(protocol, calendar, history, now),
        wake_at=min((at for at in moments if at > now), default=None),
    )


def _turns(calendar: Calendar | None, history: History) -> list[datetime]:
    """When the phase changes by the calendar alone."""
    if calendar is None or history.left or history.finished:
        return []
    ends = (calendar.last(kind) for kind in (SessionKind.DOSE, SessionKind.CIRCLE))
    first = calendar.first(SessionKind.DOSE)
    return [session.ends_at for session in ends if session] + ([first.starts_at] if first else [])


def _is_finished(ahead: tuple[Item, ...], calendar: Calendar | None, history: History) -> bool:
    """Nothing is ahead of a member any more, and nothing of theirs stays unexplained."""
    is_member = calendar is not None and history.cohort_id is not None and history.left is None
    explained = all(absence.closure for absence in history.absences.values()) and all(history.reviews.values())
    is_through = explained and not any(item.kind != ItemKind.MAKE_UP for item in ahead)
    return is_member and not history.finished and is_through
