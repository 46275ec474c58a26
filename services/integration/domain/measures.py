"""Measurement points: a window, a chase, and a person who closes what stays incomplete."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.integration.domain.ladder import FIRST_OWNER, Rung, Standing, rungs, standing
from shared.protocol.calendar import ChaseStep
from shared.protocol.measures import Measure as PlannedMeasure
from shared.protocol.model import Protocol
from shared.protocol.spans import later
from shared.refusal import Refused

Closure = Literal["completed", "missed", "program_closed"]


@dataclass(frozen=True)
class Measure:
    """One measurement point of one person. `due_at` is the anchor that its protocol's offsets count from."""

    program_id: UUID
    item: str
    site: str
    cohort_id: UUID | None
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    zone: str
    protocol_id: str
    protocol_version: str
    protocol_hash: str | None
    closed_at: datetime | None
    closed_by: str | None
    closure: Closure | None
    late: bool

    @property
    def key(self) -> str:
        return self.item.removeprefix("measure:")

    @property
    def wall(self) -> ZoneInfo:
        """The zone whose wall clock its days keep."""
        return ZoneInfo(self.zone)


def ladder(planned: PlannedMeasure, due_at: datetime, zone: ZoneInfo) -> list[Rung]:
    """Reminders, calls, a clinician; at its end a person closes what nobody waits for any more."""
    reminders = [Rung(later(due_at, offset, zone), "remind", FIRST_OWNER) for offset in planned.reminders]
    chased = rungs(planned.chase, due_at, zone)
    last_owner = chased[-1].owner if chased else FIRST_OWNER
    end = Rung(later(due_at, planned.ends, zone), "close_as_missed", last_owner)
    return sorted([*reminders, *chased, end], key=lambda rung: rung.at)


def chase(protocol: Protocol, measure: Measure, now: datetime) -> Standing:
    """Return where the chase stands. Whoever closes a missed measure has as long as for a missed session."""
    within = protocol.attendance.absence_close_within.value
    return standing(ladder(protocol.measure(measure.key), measure.due_at, measure.wall), within, now)


def is_late(measure: Measure, now: datetime) -> bool:
    """After its window an answer is late, and still welcome while the measure is open."""
    return now > measure.closes_at


def is_complete(planned: PlannedMeasure, complete: Collection[str]) -> bool:
    """Return whether every instrument has an answer without a missing item."""
    return set(planned.instruments) <= set(complete)


def check_answer(measure: Measure, planned: PlannedMeasure, instrument: str, complete: Collection[str]) -> None:
    if instrument not in planned.instruments:
        asked = ", ".join(planned.instruments)
        raise Refused("unknown_instrument", f"{measure.item} asks for {asked}", status=404, field="instrument")
    if measure.closed_at is not None:
        raise Refused("measure_closed", f"{measure.item} is closed already ({measure.closure})")
    if instrument in complete:
        raise Refused("already_answered", f"{instrument} of {measure.item} is complete already", field="instrument")


def check_closing(measure: Measure, chase: Iterable[ChaseStep], now: datetime) -> None:
    """Refuse to give up a measure while its window is open or before it was chased to the last rung of `chase`."""
    if measure.closed_at is not None:
        raise Refused("measure_closed", f"{measure.item} is closed already ({measure.closure})")
    chased_until = max([measure.closes_at, *(rung.at for rung in rungs(chase, measure.due_at, measure.wall))])
    if now < chased_until:
        raise Refused("chase_not_over", f"{measure.item} is chased until {chased_until.isoformat()}")
