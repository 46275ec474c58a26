"""A program that was kept in every rule, as its events; each test breaks one thing of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from rehearsal.audit import violations
from shared.events import Envelope, Event, ProtocolPin, intake, integration, notifications, scheduler, session, wrap
from shared.events.questions import AUTHORITIES
from shared.protocol.load import load_protocol

PROTOCOL = load_protocol(Path(__file__).parents[3] / "protocols" / "weekly6.yaml")
PIN = ProtocolPin(id=PROTOCOL.id, version=PROTOCOL.version, hash=PROTOCOL.content_hash)
MONDAY = datetime(2030, 1, 7, 17, tzinfo=UTC)
ROWAN = uuid5(UUID(int=0), "rowan")
COHORT = uuid5(UUID(int=0), "cohort")
PATH = ["preparation:1", "preparation:2", "dose:1", "circle:1", "dose:2", "circle:2", "dose:3", "circle:3"]
DAYS = dict(zip(PATH, (0, 7, 14, 15, 21, 22, 28, 29), strict=True))
END = 40.0


def id_of(name: str) -> UUID:
    return uuid5(ROWAN, name)


def at(day: float) -> datetime:
    """An instant, in days since the cohort's first Monday."""
    return MONDAY + timedelta(days=day)


@dataclass
class Told:
    """Events with their times; `log()` puts them into envelopes with the sequence that they would have had."""

    events: list[tuple[float, Event]] = field(default_factory=list)

    def tell(self, day: float, event: Event) -> "Told":
        self.events.append((day, event))
        return self

    def without(self, event: type[Event], **fields: Any) -> "Told":
        """As if this had never happened."""
        return self.changed(event, lambda day, old: None, **fields)

    def moved(self, event: type[Event], day: float, **fields: Any) -> "Told":
        """As if this had happened on another day."""
        return self.changed(event, lambda _, old: (day, old), **fields)

    def said(self, event: type[Event], change: dict[str, Any], **fields: Any) -> "Told":
        """As if this had been said with other values."""
        return self.changed(event, lambda day, old: (day, old.model_copy(update=change)), **fields)

    def changed(
        self, event: type[Event], change: Callable[[float, Event], tuple[float, Event] | None], **fields: Any
    ) -> "Told":
        found = [(day, e) for day, e in self.events if type(e) is event and _says(e, fields)]
        assert found, f"no {event.__name__} with {fields} was told"
        self.events = [new for old in self.events if (new := change(*old) if old in found else old)]
        return self

    def log(self) -> list[Envelope[Event]]:
        given: Counter[tuple[str, UUID]] = Counter()
        sealed = []
        for number, (day, event) in enumerate(sorted(self.events, key=lambda told: told[0])):
            given[key := (event.producer, event.aggregate_id)] += 1
            sealed.append(wrap(event, id=id_of(f"event {number}"), site="bc", sequence=given[key], time=at(day)))
        return sealed

    def broken(self) -> set[str]:
        """The names of the rules that the audit finds broken."""
        return {violation.partition(":")[0] for violation in violations(self.log(), PROTOCOL)}


def _says(event: Event, fields: dict[str, Any]) -> bool:
    return all(getattr(event, name) == value for name, value in fields.items())


def a_kept_program() -> Told:
    """Rowan is referred, screened, seated, prepared, dosed three times with a circle after each, and completes."""
    told = Told()
    told.tell(-20, intake.ReferralReceived(program_id=ROWAN, protocol_id="weekly6"))
    told.tell(-19, intake.ScreeningDecided(program_id=ROWAN, protocol_id="weekly6", decision="eligible"))
    for kind in ("treatment_consent", "group_agreement"):
        told.tell(-15, intake.AgreementSigned(program_id=ROWAN, kind=kind))
    opened = scheduler.CohortOpened(
        cohort_id=COHORT, protocol=PIN, starts_on=date(2030, 1, 7), zone="America/Vancouver"
    )
    told.tell(-18, opened)
    for day, state in (
        (-20, "in_screening"),
        (-18, "waiting"),
        (-17, "offered"),
        (-15, "active"),
        (END - 1, "completed"),
    ):
        told.tell(day, scheduler.StateChanged(program_id=ROWAN, cohort_id=None, state=state))
    seat = {"program_id": ROWAN, "cohort_id": COHORT}
    told.tell(-15, scheduler.SeatAccepted(**seat, protocol=PIN, zone="America/Vancouver"))
    for item, day in DAYS.items():
        _book(told, item, day)
        attended(told, item, day)
    told.tell(13, integration.MeasureCompleted(program_id=ROWAN, item="measure:baseline", late=False))
    for dose in ("dose:1", "dose:2", "dose:3"):
        dosed(told, dose, DAYS[dose] + 0.05)
    return told.tell(END, scheduler.CohortClosed(cohort_id=COHORT))


def _book(told: Told, item: str, day: float) -> None:
    booked = scheduler.SessionBooked(
        session_id=id_of(item),
        cohort_id=COHORT,
        item=item,
        kind=item.partition(":")[0],
        starts_at=at(day),
        ends_at=at(day) + timedelta(hours=2),
        zone="America/Vancouver",
        calendar_revision=1,
        protocol=PIN,
    )
    told.tell(-18, booked)


def attended(told: Told, item: str, day: float) -> None:
    about = {"program_id": ROWAN, "session_id": id_of(item), "item": item}
    by = integration if "circle" in item else session
    told.tell(day, by.AttendanceRecorded(**about, status="attended"))


def dosed(told: Told, item: str, day: float) -> None:
    about = {"program_id": ROWAN, "session_id": id_of(item), "item": item}
    told.tell(day - 0.01, session.DoseDecided(**about, decision="go"))
    clearances = tuple(
        session.Clearance(authority=a, revision=1, answered_at=at(day - 0.0001), valid_until=at(day + 0.01))
        for a in AUTHORITIES
    )
    staff = {"administered_by": "nurse", "verified_by": "doctor"}
    dose = session.DoseAdministered(**about, **staff, administered_at=at(day), clearances=clearances)
    told.tell(day, dose)


def missed(told: Told, item: str, *, excused: bool = False, closed: float | None = None) -> Told:
    """Rowan is not there, and the scheduler owes a remedy, closed on a day (default: the next)."""
    day = DAYS[item]
    by = integration if "circle" in item else session
    told.without(by.AttendanceRecorded, item=item)
    if item.startswith("dose:"):
        told.without(session.DoseAdministered, item=item)
    about = {"program_id": ROWAN, "session_id": id_of(item), "item": item}
    told.tell(day, by.AbsenceRecorded(**about, excused=excused, no_show=not excused))
    told.tell(day, by.AttendanceRecorded(**about, status="absent"))
    return owed(told, "absence", item, day, day + 1 if closed is None else closed)


def owed(told: Told, kind: str, item: str, opened: float, closed: float | None, owner: str = "coordinator") -> Told:
    about = {"obligation_id": id_of(f"{kind} {item}"), "program_id": ROWAN, "kind": kind, "item": item, "owner": owner}
    told.tell(opened, scheduler.ObligationOpened(**about, deadline=at(opened + 3)))
    if closed is not None:
        told.tell(closed, scheduler.ObligationClosed(**about, closure="go_on", closed_by="someone"))
    return told


def made_up(told: Told, item: str, day: float) -> Told:
    """A make-up is booked, told and attended."""
    booked = scheduler.MakeUpBooked(
        program_id=ROWAN,
        cohort_id=COHORT,
        session_id=id_of(f"make_up:{item}"),
        item=f"make_up:{item}",
        missed_item=item,
        kind=item.partition(":")[0],
        starts_at=at(day),
        ends_at=at(day) + timedelta(hours=1),
        no_show_at=at(day) + timedelta(minutes=30),
        zone="America/Vancouver",
        protocol=PIN,
    )
    told.tell(day - 0.5, booked)
    mail = notifications.ParticipantTold(
        message_id=id_of(f"mail of {booked.item}"),
        program_id=ROWAN,
        category="calendar_change",
        item=booked.item,
        cohort_id=COHORT,
        caused_at=at(day - 0.5),
        by="mail",
    )
    told.tell(day - 0.5, mail)
    attended(told, f"make_up:{item}", day)
    return told
