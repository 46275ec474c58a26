"""A measure that is not answered: the person is reminded and called as the protocol says; at the end one closes it."""

from services.integration.commands.chase import stand
from services.integration.commands.locked import locked_measure
from services.integration.domain.measures import chase
from services.integration.storage.pinned import protocol_of
from shared.events.integration import MeasureReminderDue
from shared.obligation import Obligation
from shared.work import Work


async def chase_measure(work: Work, obligation: Obligation) -> None:
    """Move the chase to where the measure's `reminders` and `chase` stand now, and remind once a stage."""
    assert obligation.program_id is not None
    measure = await locked_measure(work, obligation.program_id, obligation.item)
    standing = chase(protocol_of(work, measure), measure, work.now)
    if standing.reminder and standing.stage != obligation.stage:
        reminder = MeasureReminderDue(program_id=measure.program_id, item=measure.item, reminder=standing.reminder)
        await work.emit(reminder, site=measure.site)
    await stand(work, obligation, standing)
