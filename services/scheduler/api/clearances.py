"""The scheduler's word on a dose that was given, asked again."""

from services.scheduler.domain import clearance
from services.scheduler.domain.agenda import agenda
from services.scheduler.storage import as_of
from shared.clearances import Then, clearance_router
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def _recompute(work: Work, then: Then) -> tuple[str, ...]:
    try:
        stood = await as_of.view(work, then.program_id, then.revision, then.at)
    except ProtocolGone as gone:
        return (gone.rule,)
    if stood.protocol is None or stood.calendar is None or stood.protocol.dosing is None:
        return ("program_not_active",)
    ahead = agenda(stood.protocol, stood.calendar, stood.history)
    return clearance.refusals(stood.protocol, stood.calendar, stood.history, ahead, then.item, then.at)


router = clearance_router(_recompute)
