"""A check-in that nobody answers: the person is reminded, called, called again; then a clinician decides."""

from services.integration.commands.chase import stand
from services.integration.commands.locked import locked_check_in
from services.integration.domain.check_ins import chase
from services.integration.storage.pinned import check_ins_of
from shared.events.integration import CheckInReminderDue
from shared.obligation import Obligation
from shared.work import Work


async def chase_check_in(work: Work, obligation: Obligation) -> None:
    """Move the chase to where the protocol's `check_ins.chase` stands now, and remind once a stage."""
    assert obligation.program_id is not None
    check_in = await locked_check_in(work, obligation.program_id, obligation.item)
    standing = chase(check_ins_of(work, check_in), check_in.item, check_in.due_at, check_in.wall, work.now)
    if standing.reminder and standing.stage != obligation.stage:
        reminder = CheckInReminderDue(
            program_id=check_in.program_id,
            item=check_in.item,
            reminder=standing.reminder,
            follows=check_in.follows,
        )
        await work.emit(reminder, site=check_in.site)
    await stand(work, obligation, standing)
