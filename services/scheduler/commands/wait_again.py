"""A seat in a cohort is taken back: its person waits where they stood in the line."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program
from shared.events import scheduler as events
from shared.work import Work


async def wait_again(work: Work, row: Program, cohort_id: UUID, data: Mapping[str, Any]) -> Program:
    """Take the seat, or the offer of one, back, and tell everybody; under the locks of the cohort and the program."""
    waits = await programs.change(work, row, cohort_id=None)
    key = f"taken_back:{cohort_id}:{row.revision + 1}"
    told = {"cohort_id": str(cohort_id)} | dict(data)
    waits = await programs.record(work, waits, FactKind.SEAT_TAKEN_BACK, "seat", key=key, data=told)
    taken_back = events.SeatTakenBack(program_id=row.id, cohort_id=cohort_id, was_offered=row.cohort_id is None)
    await work.emit(taken_back, site=row.site)
    return waits
