"""Everything that was owed: by whom, until when, and how it ended; in the tables and in the log alike."""

from collections.abc import Iterator
from typing import Any

from chaos.invariants.evidence import Evidence, Violation
from chaos.invariants.mail import gathered
from shared.events import SERVICES, Envelope, Event, base, integration, notifications, session
from shared.obligation import HOMEWARD

MAKE_UP = "make_up:"
CALLS_FOR: dict[type[Event], tuple[str, tuple[str, ...]]] = {
    session.AbsenceRecorded: ("scheduler", ("absence", "orphan_fact")),
    integration.AbsenceRecorded: ("scheduler", ("absence", "orphan_fact")),
    integration.CheckInOpened: ("integration", ("check_in",)),
    integration.MeasureOpened: ("integration", ("measure",)),
    integration.RiskRaised: ("integration", ("risk",)),
    notifications.PageRaised: ("notifications", ("page",)),
}


def everything_owed_was_closed(seen: Evidence) -> Iterator[Violation]:
    """Each obligation has an owner, a deadline and a closure, but for a mail about tasks that waits for others."""
    waiting = {str(id) for id in gathered(seen)}
    for service in SERVICES:
        for row in seen.rows[f"{service}.obligation"]:
            about = frozenset({row["id"], row["program_id"] or row["id"]})
            what = f"{service}'s {row['kind']} of {row['item']}"
            if not row["owner"].strip() or row["deadline"] is None:
                yield Violation("owed_by_nobody", f"{what} has no owner or no deadline", about)
            if (row["closed_at"] is None or not row["closure"]) and row["item"] not in waiting:
                words = f"{what} is still owed by {row['owner']}, stage {row['stage']}, wakes at {row['wake_at']}"
                yield Violation("never_closed", words, about)


def told_as_it_is_kept(seen: Evidence) -> Iterator[Violation]:
    """What the log says of an obligation is what its row says: opened once, closed once, by the same last owner."""
    kept = {row["id"]: (s, row) for s in SERVICES for row in seen.rows[f"{s}.obligation"] if row["owner"] != HOMEWARD}
    owners: dict[Any, str] = {}
    closures: dict[Any, str] = {}
    for one in seen.log:
        match one.data:
            case (
                base.ObligationOpened(obligation_id=id, owner=owner)
                | base.ObligationEscalated(obligation_id=id, owner=owner)
            ):
                owners[id] = owner
            case base.ObligationClosed(obligation_id=id, owner=owner, closure=closure):
                owners[id], closures[id] = owner, closure
            case _:
                pass
    for id in kept.keys() | owners.keys():
        service, row = kept.get(id, ("nobody", None))
        said = (owners.get(id), closures.get(id))
        holds = (row["owner"], row["closure"]) if row else None
        if said != holds:
            words = f"obligation {id}: the log says {said}, {service} holds {holds}"
            yield Violation("owed_otherwise", words, frozenset({id}))


def nobody_is_forgotten(seen: Evidence) -> Iterator[Violation]:
    """Every absence, check-in, questionnaire, risk and page of the log is somebody's obligation.

    A missed make-up is no other absence: what it should have made up is owed still.
    """
    for one in seen.told(*CALLS_FOR):
        if one.data.item.startswith(MAKE_UP) or _is_taken_back(seen, one):
            continue
        service, kinds = CALLS_FOR[type(one.data)]
        if not any(_is_owed(row, kinds, one) for row in seen.rows[f"{service}.obligation"]):
            words = f"{one.type} of {_item(one)} became nobody's obligation"
            yield Violation("forgotten", words, frozenset({one.id, one.data.program_id or one.id}))


def _is_taken_back(seen: Evidence, absence: Envelope[Any]) -> bool:
    """An absence that was corrected since may have become nobody's: there was nothing to remedy."""
    if type(absence.data) not in (session.AbsenceRecorded, integration.AbsenceRecorded):
        return False
    about = (absence.data.program_id, absence.data.item)
    corrections = seen.told(session.AttendanceCorrected, integration.AttendanceCorrected)
    return any((c.data.program_id, c.data.item) == about and c.time >= absence.time for c in corrections)


def _is_owed(row: Any, kinds: tuple[str, ...], told: Envelope[Any]) -> bool:
    return row["kind"] in kinds and row["program_id"] == told.data.program_id and _item(told) in row["item"]


def _item(told: Envelope[Any]) -> str:
    data = told.data
    if isinstance(data, integration.RiskRaised):
        return str(data.risk_id)
    if isinstance(data, notifications.PageRaised):
        return str(data.page_id)
    return str(data.item)
