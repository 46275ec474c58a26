"""The rules that nobody is lost by: absences, reviews, whoever leaves, and everything that is owed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from rehearsal.audit.path import Log, Path
from shared.events import base, integration, notifications, scheduler, session
from shared.protocol.items import is_make_up
from shared.protocol.model import Protocol
from shared.protocol.spans import nominal_length

CLOSED = (
    "excluded",
    "redirected",
    "declined",
    "lapsed",
    "completed",
    "lost_to_follow_up",
    "withdrawn",
    "transferred",
    "died",
)
ROUNDING = timedelta(minutes=5)
"""Check-ins fall on full five minutes."""


def absence_without_remedy(path: Path, protocol: Protocol) -> Iterator[str]:
    """Every absence becomes somebody's obligation, and it is closed by the end of the log.

    One that comes to light after the person left is kept as an orphaned fact, and owned too.
    """
    opened = path.told(scheduler.ObligationOpened)
    closed = {event.data.obligation_id for event in path.told(scheduler.ObligationClosed)}
    for item in [absence.item for absence in path.absences()]:
        owed = [e.data for e in opened if e.data.item == item and e.data.kind in ("absence", "orphan_fact")]
        if not owed:
            yield f"the absence from {item} became nobody's obligation"
        elif all(obligation.obligation_id not in closed for obligation in owed):
            yield f"the absence from {item} was never closed by its {owed[-1].owner}"


def review_not_opened(path: Path, protocol: Protocol) -> Iterator[str]:
    """Two consecutive unexcused absences, or three in all, open a withdrawal review of whoever is still active.

    A session that nobody had told the person of does not count.
    """
    due = _review_due(path, protocol)
    if due is None or path.state(due) != "active":
        return
    if not any(event.time >= due for event in path.told(scheduler.ObligationOpened, kind="withdrawal_review")):
        yield f"no withdrawal review was opened after the absences up to {due:%Y-%m-%d %H:%M}"


def _review_due(path: Path, protocol: Protocol) -> datetime | None:
    """When the absences first called for a review, as it turned out: a later attendance may have broken a run.

    They call once they are known, which is when somebody owes their remedy: news may come late, after the person left.
    """
    unheard = _unheard(path)
    told = {
        absence.item: _known_at(path, absence.item, time)
        for time, absence in path.absences_told()
        if absence.item not in unheard
    }
    in_all, in_a_row = (
        protocol.attendance.review_after_total.value,
        protocol.attendance.review_after_consecutive_unexcused.value,
    )
    due = [max(told[item] for item in run[:in_a_row]) for run in _unexcused_runs(path) if len(run) >= in_a_row]
    due += sorted(told.values())[in_all - 1 : in_all]
    return min(due, default=None)


def _known_at(path: Path, item: str, told_at: datetime) -> datetime:
    owed = [e.time for e in path.told(scheduler.ObligationOpened, item=item) if e.data.kind == "absence"]
    return max(told_at, min(owed, default=told_at))


def _unexcused_runs(path: Path) -> list[list[str]]:
    """The runs of sessions in a row that were missed without an excuse."""
    unexcused = {absence.item for absence in path.absences() if not absence.excused}
    starts = {
        one.item: path.starts.get(one.session_id, path.ends_at) for one in (*path.attendances(), *path.absences())
    }
    runs: list[list[str]] = [[]]
    for item in sorted(starts.keys() - _unheard(path), key=lambda item: starts[item]):
        if item in unexcused:
            runs[-1].append(item)
        elif not is_make_up(item):
            runs.append([])
    return runs


def _unheard(path: Path) -> set[str]:
    return {event.data.item for event in path.told(notifications.AbsenceUnheard)}


def unheard_absence_without_a_call(path: Path, protocol: Protocol) -> Iterator[str]:
    """Whoever missed a session that nobody had told them of is somebody's call."""
    for event in path.told(notifications.AbsenceUnheard):
        owed = [e.data.kind for e in path.told(scheduler.ObligationOpened) if e.data.item == event.data.item]
        if not {"unheard_absence", "orphan_fact"} & set(owed) and path.state(event.time) == "active":
            yield f"{event.data.item} was missed unheard, and nobody was to call"


def left_without_safety_check_in(path: Path, protocol: Protocol) -> Iterator[str]:
    """Whoever withdraws after taking a seat keeps every check-in that the protocol asks after leaving."""
    withdrawn = path.told(scheduler.StateChanged, state="withdrawn")
    if not withdrawn or not path.told(scheduler.SeatAccepted) or protocol.check_ins is None:
        return
    left_at = withdrawn[0].time
    for check_in in protocol.check_ins.asked:
        match check_in.follows:
            case "dose":
                continue
            case "leaving":
                item = f"check_in:{check_in.key}"
        by = left_at + nominal_length(check_in.after) + ROUNDING + timedelta(hours=1)
        asked = [event for event in path.told(integration.CheckInOpened, item=item) if event.time >= left_at]
        if by < path.ends_at and not asked:
            yield f"somebody who left on {left_at:%Y-%m-%d} was never asked {item}"


def left_open_when_closed(path: Path, protocol: Protocol) -> Iterator[str]:
    """When a program is closed, nothing is owed to it any more by the end of the log."""
    if path.state(path.ends_at) not in CLOSED:
        return
    closed = {e.data.obligation_id for e in path.events if isinstance(e.data, base.ObligationClosed)}
    for event in path.events:
        owed = event.data
        if isinstance(owed, base.ObligationOpened) and owed.obligation_id not in closed:
            yield f"{owed.kind} of {owed.item} is still due from the {owed.owner} though the program is closed"


def correction_out_of_nothing(path: Path, protocol: Protocol) -> Iterator[str]:
    """An absence is taken back only after it was told, and then nothing of it is owed any more."""
    corrected = [(event.data.item, event.time) for event in path.told(session.AttendanceCorrected)]
    corrected += [(event.data.item, event.time) for event in path.told(integration.AttendanceCorrected)]
    for item, before in corrected:
        told = path.told(session.AbsenceRecorded, before=before, item=item)
        if not told and not path.told(integration.AbsenceRecorded, before=before, item=item):
            yield f"an absence from {item} was taken back that nobody had recorded"
        closed = {e.data.obligation_id for e in path.told(scheduler.ObligationClosed)}
        opened = path.told(scheduler.ObligationOpened, before=before, item=item, kind="absence")
        if any(one.data.obligation_id not in closed for one in opened):
            yield f"the absence from {item} was taken back, and is still open"


def expected_after_leaving(log: Log) -> Iterator[str]:
    """Nobody who has left stands on the roster of a session that is announced later: a place is a person's."""
    states: dict[UUID, str] = {}
    for event in sorted(log, key=lambda one: one.time):
        match event.data:
            case scheduler.StateChanged(program_id=id, state=state):
                states[id] = state
            case scheduler.SessionDue(roster=roster, item=item):
                for id in roster:
                    if states.get(id) in ("withdrawn", "transferred", "died"):
                        yield f"{id} is {states[id]}, and expected at {item}"
            case _:
                pass


def obligation_without_owner(log: Log) -> Iterator[str]:
    """Whatever is owed has an owner from its first moment to its end."""
    for event in log:
        owed = event.data
        if isinstance(owed, base.ObligationOpened | base.ObligationEscalated) and not owed.owner.strip():
            yield f"{owed.kind} of {owed.item} has no owner"


def obligation_closed_out_of_nothing(log: Log) -> Iterator[str]:
    """An obligation is closed once, and only after it was opened, or was handed over by the system itself."""
    is_open: dict[object, bool] = {}
    for event in log:
        owed = event.data
        if isinstance(owed, base.ObligationOpened | base.ObligationEscalated):
            is_open[owed.obligation_id] = True
        elif isinstance(owed, base.ObligationClosed):
            if not is_open.get(owed.obligation_id):
                word = "twice" if owed.obligation_id in is_open else "before it was opened"
                yield f"{owed.kind} of {owed.item} was closed {word}"
            is_open[owed.obligation_id] = False
