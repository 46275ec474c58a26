"""Refusals that are known before their dose: each is somebody's task in time, and not first a refusal on the day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.scheduler.domain.agenda import minimum_interval
from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.domain.history import History
from shared.obligation_kinds import Kind
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import Role, SessionKind


@dataclass(frozen=True)
class Foreseen:
    """A dose that would be refused as things stand: who can change that, from when on, and until the dose begins."""

    kind: Kind
    item: str
    owner: Role
    opens_at: datetime
    deadline: datetime


def foreseen(protocol: Protocol, calendar: Calendar, history: History) -> tuple[Foreseen, ...]:
    """Return the refusals that can be seen now, `dosing.foreseen_before` the dose that they would be of.

    A missing or closed agreement and too short an interval are looked for at the next dose; the end of the screening
    decision at the first dose that begins after it. Missing questionnaires and missed sessions have tasks of their own.
    """
    doses = sorted(
        (s for s in calendar.sessions.values() if s.kind == SessionKind.DOSE and not history.is_over(s.item)),
        key=lambda session: session.starts_at,
    )
    if not doses or protocol.dosing is None or history.left or history.finished:
        return ()
    return tuple(_foreseen(protocol, history, doses))


def _foreseen(protocol: Protocol, history: History, doses: list[CalendarSession]) -> Iterator[Foreseen]:
    assert protocol.dosing is not None
    before = protocol.dosing.foreseen_before.value

    def refusal(kind: Kind, item: str, owner: Role, dose: CalendarSession) -> Foreseen:
        return Foreseen(kind, item, owner, dose.starts_at - before, dose.starts_at)

    ends_at = decision_ends_at(protocol, history)
    refused = next((dose for dose in doses if ends_at and dose.starts_at >= ends_at), None)
    if refused and ends_at:
        yield refusal("screening_renewal", f"decision:{ends_at:%Y-%m-%dT%H:%M}", Role.CLINICIAN, refused)
    for kind in protocol.cohort.start_needs:
        if kind not in history.agreements:
            revoked_at = history.revoked.get(kind)
            since = f":{revoked_at:%Y-%m-%dT%H:%M:%S}" if revoked_at else ""
            yield refusal("agreement_missing", f"agreement:{kind}:{doses[0].item}{since}", Role.COORDINATOR, doses[0])
    if not minimum_interval(protocol, history, doses[0].starts_at).is_open:
        yield refusal("interval_too_short", f"interval:{doses[0].item}", Role.PRESCRIBER, doses[0])


def decision_ends_at(protocol: Protocol, history: History) -> datetime | None:
    """Return when the newest `eligible` expires: as it was signed, or sooner by the protocol that is followed now."""
    if history.decision != "eligible" or history.eligible is None:
        return None
    decided_at, valid_until = history.eligible
    valid_for = protocol.screening.decision_valid_for
    ends = [valid_until, decided_at + valid_for.value if valid_for else None]
    return min((at for at in ends if at), default=None)
