"""One person's path as the event log tells it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from shared.events import Envelope, Event, integration, scheduler, session
from shared.protocol.items import is_make_up

E = TypeVar("E", bound=Event)
Absence = session.AbsenceRecorded | integration.AbsenceRecorded
Attendance = session.AttendanceRecorded | integration.AttendanceRecorded
Log = Iterable[Envelope[Event]]


@dataclass(frozen=True)
class Path:
    """The events that name one program, in the order of the time at which they happened.

    `starts` holds every booked session's latest start, by session id; `ends_at` is the time of the log's last event;
    `rosters` are the sessions that expected this person.
    """

    program_id: UUID
    events: tuple[Envelope[Event], ...]
    starts: dict[UUID, datetime]
    ends_at: datetime
    rosters: tuple[scheduler.SessionDue, ...] = ()

    def told(self, event_type: type[E], /, *, before: datetime | None = None, **fields: Any) -> list[Envelope[E]]:
        """The events of a type, with these values in its fields, that happened at or before an instant."""
        found = [
            event
            for event in self.events
            if type(event.data) is event_type
            and (before is None or event.time <= before)
            and all(getattr(event.data, name) == value for name, value in fields.items())
        ]
        return cast(list[Envelope[E]], found)

    @property
    def doses(self) -> list[session.DoseAdministered]:
        """The doses in the order in which they were given."""
        given = [event.data for event in self.told(session.DoseAdministered)]
        return sorted(given, key=lambda dose: dose.administered_at)

    def attendances(self, before: datetime | None = None) -> list[Attendance]:
        """Who was there or not, as session and integration told it."""
        in_sessions = [event.data for event in self.told(session.AttendanceRecorded, before=before)]
        in_circles = [event.data for event in self.told(integration.AttendanceRecorded, before=before)]
        return [*in_sessions, *in_circles]

    def attended(self, item: str, before: datetime | None = None) -> bool:
        """Whether the person was there: at the session itself, or at a make-up of it."""
        there = {attendance.item for attendance in self.attendances(before) if attendance.status == "attended"}
        made_up = {event.data.item for event in self.told(scheduler.MakeUpBooked, before=before, missed_item=item)}
        return bool(there & (made_up | {item}))

    def absences_told(self, before: datetime | None = None) -> list[tuple[datetime, Absence]]:
        """When each absence was told, and the absence, unless it was taken back until then; a missed make-up is not
        another one."""
        in_sessions = [(event.time, event.data) for event in self.told(session.AbsenceRecorded, before=before)]
        in_circles = [(event.time, event.data) for event in self.told(integration.AbsenceRecorded, before=before)]
        both: list[tuple[datetime, Absence]] = [*in_sessions, *in_circles]
        stands = [(time, one) for time, one in both if not self._is_taken_back(one.item, time, before)]
        return [(time, absence) for time, absence in stands if not is_make_up(absence.item)]

    def _is_taken_back(self, item: str, told_at: datetime, before: datetime | None) -> bool:
        in_sessions = self.told(session.AttendanceCorrected, before=before, item=item)
        in_circles = self.told(integration.AttendanceCorrected, before=before, item=item)
        return any(event.time >= told_at for event in (*in_sessions, *in_circles))

    def absences(self, before: datetime | None = None) -> list[Absence]:
        """The absences from booked sessions, each once, in the order of the sessions."""
        told = {
            absence.item: (self.starts.get(absence.session_id, time), absence)
            for time, absence in self.absences_told(before)
        }
        return [absence for _, absence in sorted(told.values(), key=lambda one: one[0])]

    def state(self, at: datetime) -> str | None:
        """The state of the ledger at an instant; None before the first."""
        changes = self.told(scheduler.StateChanged, before=at)
        return changes[-1].data.state if changes else None


def paths(log: Log) -> list[Path]:
    """Everybody's path, in the order in which they were first told of."""
    told: dict[UUID, list[Envelope[Event]]] = defaultdict(list)
    starts: dict[UUID, datetime] = {}
    rosters: dict[UUID, list[scheduler.SessionDue]] = defaultdict(list)
    last = None
    for event in log:
        if isinstance(program_id := getattr(event.data, "program_id", None), UUID):
            told[program_id].append(event)
        if isinstance(event.data, scheduler.SessionBooked | scheduler.MakeUpBooked):
            starts[event.data.session_id] = event.data.starts_at
        if isinstance(event.data, scheduler.SessionDue):
            for expected in event.data.roster:
                rosters[expected].append(event.data)
        last = event.time if last is None else max(last, event.time)
    assert last is not None or not told
    return [
        Path(
            program_id,
            tuple(sorted(events, key=lambda e: e.time)),
            starts,
            last or events[-1].time,
            tuple(rosters[program_id]),
        )
        for program_id, events in told.items()
    ]
