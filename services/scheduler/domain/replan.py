"""What newer zone data changes in a booked calendar: the time on the wall stays, so the instant moves. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from services.scheduler.domain.calendar import Calendar, CalendarSession
from shared.protocol.model import Protocol


@dataclass(frozen=True)
class Move:
    """One session, as it is booked and as the zone's rules of today plan it."""

    booked: CalendarSession
    planned: CalendarSession


def moves(protocol: Protocol, booked: Calendar, fixed: Collection[str]) -> tuple[Move, ...]:
    """Every session ahead whose wall-clock time is another instant by now, in the order of time.

    What was announced or has begun (`fixed`) stays: people are on their way.
    """
    planned = Calendar.plan(protocol, booked.starts_on, booked.zone, booked.starts_at).sessions
    ahead = (session for item, session in booked.sessions.items() if item not in fixed and item in planned)
    moved = (Move(session, planned[session.item]) for session in ahead if planned[session.item] != as_planned(session))
    return tuple(sorted(moved, key=lambda move: move.booked.starts_at))


def as_planned(session: CalendarSession) -> CalendarSession:
    """The session without what its booking added."""
    return CalendarSession(session.item, session.kind, session.starts_at, session.ends_at)
