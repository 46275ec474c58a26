"""A measure is complete: each of its questionnaires is answered without a missing item."""

from services.integration.commands.close_measure import settle_measure
from services.integration.domain.measures import Measure
from services.integration.storage import measures
from shared.events.integration import MeasureCompleted
from shared.work import Work


async def complete_measure(work: Work, measure: Measure, answered_by: str, *, late: bool) -> None:
    """Close a locked measure and its chase; `late` is after its window."""
    await measures.close(work.connection, measure, "completed", closed_by=answered_by, now=work.now, late=late)
    await settle_measure(work, measure, "completed", answered_by)
    completed = MeasureCompleted(program_id=measure.program_id, item=measure.item, late=late)
    await work.emit(completed, site=measure.site)
