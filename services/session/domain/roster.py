"""A session, who is expected, and where each of them stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.events import ProtocolPin
from shared.events.scheduler import SessionKind as Kind
from shared.events.scheduler import State
from shared.projection.calendar import is_news
from shared.protocol.vocabulary import SessionKind
from shared.refusal import Refused
from shared.vocabulary import those

LEFT_FOR_GOOD: frozenset[State] = those(
    State,
    are=("excluded", "withdrawn", "transferred", "died", "lost_to_follow_up", "completed"),
    are_not=("in_screening", "redirected", "declined", "lapsed", "waiting", "offered", "active"),
)
"""States of a program in which nobody is expected any more."""
ADMITS_LATE = frozenset({"clinician", "prescriber"})


class Presence(StrEnum):
    """Where one person of a roster stands. `removed`: they left the program before the session."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    ABSENT = "absent"
    DOSED = "dosed"
    WITHHELD = "withheld"
    DISCHARGED = "discharged"
    REMOVED = "removed"


ATTENDED: frozenset[Presence] = those(
    Presence,
    are=(Presence.ARRIVED, Presence.DOSED, Presence.WITHHELD, Presence.DISCHARGED),
    are_not=(Presence.EXPECTED, Presence.ABSENT, Presence.REMOVED),
)
UNDER_WAY: frozenset[Presence] = those(
    Presence,
    are=(Presence.EXPECTED, Presence.ARRIVED, Presence.DOSED),
    are_not=(Presence.ABSENT, Presence.WITHHELD, Presence.DISCHARGED, Presence.REMOVED),
)
"""Somebody whose day is not over."""


@dataclass(frozen=True)
class Session:
    """One preparation or dosing session. `no_show_at` None: the scheduler has not said yet that it is due."""

    id: UUID
    site: str
    cohort_id: UUID
    item: str
    kind: SessionKind
    starts_at: datetime
    ends_at: datetime
    no_show_at: datetime | None
    zone: str
    calendar_revision: int
    protocol: ProtocolPin
    closed_at: datetime | None = None
    cancelled: bool = False

    @property
    def is_dosing(self) -> bool:
        match self.kind:
            case SessionKind.DOSE:
                return True
            case SessionKind.PREPARATION | SessionKind.CIRCLE:
                return False

    @property
    def is_due(self) -> bool:
        return self.no_show_at is not None

    @property
    def wall(self) -> ZoneInfo:
        """Return the zone of the clock on the wall there: it says what day it is."""
        return ZoneInfo(self.zone)


def is_held_here(kind: Kind) -> bool:
    """Return whether sessions of this kind are this service's; circles are integration's."""
    match kind:
        case "preparation" | "dose":
            return True
        case "circle":
            return False


def is_made_up_here(kind: Kind) -> bool:
    """Return whether a make-up of this kind is held here: a dose is never made up."""
    match kind:
        case "preparation":
            return True
        case "dose" | "circle":
            return False


@dataclass(frozen=True)
class Entry:
    """One person of a session's roster."""

    session_id: UUID
    program_id: UUID
    state: Presence
    arrived_at: datetime | None = None
    discharged_at: datetime | None = None
    excused: bool | None = None
    no_show: bool | None = None


def must_be_held(session: Session) -> None:
    """Refuse (`session_cancelled`, `session_closed`) what is too late; nothing is too early here."""
    if session.cancelled:
        raise Refused("session_cancelled", f"{session.item} is no longer in the cohort's calendar")
    if session.closed_at:
        raise Refused("session_closed", f"{session.item} was closed at {session.closed_at.isoformat()}")


def must_be_open(session: Session) -> None:
    """Refuse as `must_be_held` does, and (`session_not_due`) what is recorded before the session is due."""
    must_be_held(session)
    if session.no_show_at is None:
        raise Refused("session_not_due", f"{session.item} is not due yet: it starts at {session.starts_at.isoformat()}")


def must_be_watched(session: Session, entry: Entry) -> None:
    """Refuse as `must_be_open` does, but for somebody who is dosed: they are watched until they are discharged, also
    after the session was closed on a discharge that was taken back since."""
    if not (session.closed_at and entry.state == Presence.DOSED):
        must_be_open(session)


def must_be_discharged(entry: Entry) -> None:
    """Refuse (`not_discharged`) unless there is a discharge to take back."""
    if entry.state != Presence.DISCHARGED:
        raise Refused("not_discharged", f"this person is {entry.state} in this session")


def must_be_dosing(session: Session) -> None:
    """Refuse (`not_a_dosing_session`) what is done for a dose alone."""
    if not session.is_dosing:
        raise Refused("not_a_dosing_session", f"nobody is dosed in {session.item}")


def must_stand(entry: Entry, *states: Presence) -> None:
    """Refuse with the name of the state that is in the way, such as `already_dosed` or `not_arrived`."""
    if entry.state in states:
        return
    if entry.state == Presence.EXPECTED:
        raise Refused("not_arrived", "this person has not arrived yet")
    if entry.state == Presence.ARRIVED:
        raise Refused(
            "not_dosed" if Presence.DOSED in states else "already_arrived", "this person has arrived and is not dosed"
        )
    raise Refused(f"already_{entry.state}", f"this person is {entry.state} in this session")


def may_arrive(
    session: Session, entry: Entry, now: datetime, late_after: timedelta, role: str, admitted_by_clinician: bool
) -> None:
    """Refuse whoever comes later than `late_after`, unless a clinician lets them in (`late_needs_clinician`).

    Somebody who stands there before the planned end is not absent, whatever was told before; after it a clinician
    corrects the absence.
    """
    must_stand(entry, Presence.EXPECTED, Presence.ABSENT)
    if entry.state == Presence.ABSENT and now > session.ends_at:
        detail = f"{session.item} ended at {session.ends_at.isoformat()}: a clinician corrects the absence, signed"
        raise Refused("session_over", detail)
    late = now > session.starts_at + late_after
    if late and not (admitted_by_clinician and role in ADMITS_LATE):
        raise Refused("late_needs_clinician", f"more than {late_after} late: a clinician or the prescriber decides")


def may_be_corrected(session: Session, entry: Entry, now: datetime, *, was_there: bool, awaited: bool) -> None:
    """Refuse to take back what is no absence, or to expect somebody whom nobody waits for any more.

    `awaited`: attendance is still owed, or the session is not due yet. Whoever comes before the end simply arrives.
    """
    if session.cancelled:
        raise Refused("session_cancelled", f"{session.item} is no longer in the cohort's calendar")
    if entry.state != Presence.ABSENT:
        raise Refused("not_absent", f"this person is {entry.state} in this session")
    if was_there and now < session.starts_at:
        raise Refused("session_not_begun", f"{session.item} starts at {session.starts_at.isoformat()}")
    if not was_there and not awaited:
        raise Refused("attendance_settled", "everybody is accounted for: say whether this person was there")


def corrected(session: Session, *, was_there: bool) -> Presence:
    """Return where somebody stands whose absence is taken back. Who was there and was not dosed is not dosed later."""
    if not was_there:
        return Presence.EXPECTED
    return Presence.WITHHELD if session.is_dosing and session.closed_at else Presence.ARRIVED


def rebooked(known: Session, booked: Session) -> Session:
    """Return a session as it is once this booking, or its cancellation, was heard of."""
    return booked if is_news(booked.calendar_revision, known.calendar_revision, is_due=known.is_due) else known


def declared_due(known: Session | None, due: Session) -> Session:
    """Return a session as it is once it was declared due: as this says, whatever booking is known of it, unless it is
    closed."""
    if known is None:
        return due
    return known if known.closed_at else replace(due, calendar_revision=known.calendar_revision)


def no_shows(roster: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return whoever is still expected when the grace time is over."""
    return tuple(entry for entry in roster if entry.state == Presence.EXPECTED)


def all_accounted_for(roster: Sequence[Entry]) -> bool:
    return not no_shows(roster)


def attended(roster: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in roster if entry.state in ATTENDED)


def may_close(session: Session, roster: Sequence[Entry], now: datetime) -> None:
    """Refuse to close before everyone is absent, not dosed, or discharged: nobody is on the premises unseen.

    Refused: `session_not_begun`, `still_expected`, `not_discharged`.
    """
    if now < session.starts_at:
        raise Refused("session_not_begun", f"{session.item} starts at {session.starts_at.isoformat()}")
    if waiting := no_shows(roster):
        raise Refused("still_expected", f"{len(waiting)} expected: {_ids(waiting)}")
    if here := [entry for entry in roster if entry.state == Presence.DOSED]:
        raise Refused("not_discharged", f"{len(here)} dosed and not discharged: {_ids(here)}")


def withheld_at_close(session: Session, roster: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return who came to be dosed and was not: the dose is withheld, never given later."""
    return tuple(entry for entry in roster if session.is_dosing and entry.state == Presence.ARRIVED)


def minutes_rendered(session: Session, entry: Entry, closed_at: datetime) -> int:
    """Return the whole minutes in the session: from arrival (or the start) to discharge, close or planned end."""
    begins = max(entry.arrived_at or session.starts_at, session.starts_at)
    ends = entry.discharged_at or min(closed_at, session.ends_at)
    return max(int((ends - begins).total_seconds() // 60), 0)


def removed_when_leaving(state: State, presence: Presence) -> bool:
    """Return whether a leaving takes a person off the roster: whoever is here is still seen home, unless they died."""
    return presence == Presence.EXPECTED or (state == "died" and presence in UNDER_WAY)


def _ids(entries: Sequence[Entry]) -> str:
    return ", ".join(str(entry.program_id) for entry in entries)
