"""A check-in ends: what is owed of it is closed, and everybody hears how."""

from services.integration.domain.check_ins import CheckIn
from services.integration.storage import check_ins, obligations
from shared.events.integration import CheckInClosed, CheckInClosure
from shared.work import Work


async def close_check_in(work: Work, check_in: CheckIn, closure: CheckInClosure, closed_by: str) -> None:
    """Close a locked check-in and its chase."""
    await check_ins.close(work.connection, check_in, closure, closed_by, work.now)
    if owed := await obligations.find(work, "check_in", check_in.item, check_in.program_id):
        await obligations.close(work, owed, closure=closure, closed_by=closed_by)
    await tell_closed(work, check_in, closure)


async def tell_closed(work: Work, check_in: CheckIn, closure: CheckInClosure) -> None:
    """Tell that a check-in is closed, also one that was never asked because its person had left."""
    closed = CheckInClosed(program_id=check_in.program_id, item=check_in.item, closure=closure)
    await work.emit(closed, site=check_in.site)
