"""A person gives up a measure that was chased to its end and stays incomplete."""

from uuid import UUID

from services.integration.commands.locked import locked_measure
from services.integration.domain.measures import Measure, check_closing
from services.integration.storage import measures, obligations
from services.integration.storage.pinned import protocol_of
from shared.auth import Principal
from shared.events.integration import MeasureMissed
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def close_measure(work: Work, program_id: UUID, item: str, caller: Principal, *, reason: str) -> None:
    """Close the measure as missed. Refused: `not_found`, `measure_closed`, `chase_not_over`."""
    measure = await locked_measure(work, program_id, item)
    try:
        chase = protocol_of(work, measure).measure(measure.key).chase
    except ProtocolGone:
        chase = ()
    check_closing(measure, chase, work.now)
    by = caller.subject
    await measures.close(work.connection, measure, "missed", closed_by=by, now=work.now, reason=reason)
    await settle_measure(work, measure, "missed", by)
    await work.emit(MeasureMissed(program_id=program_id, item=item), site=measure.site)


async def settle_measure(work: Work, measure: Measure, closure: str, closed_by: str) -> None:
    """Close the chase of a measure that ended."""
    if owed := await obligations.find(work, "measure", measure.item, measure.program_id):
        await obligations.close(work, owed, closure=closure, closed_by=closed_by)
