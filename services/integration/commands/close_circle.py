"""A circle whose people are all accounted for is closed; what was rendered can be billed."""

from collections.abc import Sequence
from uuid import UUID

from services.integration.commands.locked import locked_circle
from services.integration.domain.circles import Circle, Place, attended, check_closing
from services.integration.domain.ladder import LOOK_AGAIN
from services.integration.storage import circles, obligations
from shared.auth import Principal
from shared.events.integration import CircleClosed, ServiceRendered
from shared.obligation import Obligation
from shared.work import Work


async def close_circle(work: Work, session_id: UUID, caller: Principal) -> Circle:
    """Close it. Refused: `not_found`, `attendance_missing`, `circle_not_due`, `circle_cancelled`, `circle_closed`."""
    circle = await locked_circle(work, session_id)
    roster = await circles.roster(work.connection, session_id)
    await close_accounted_for(work, circle, roster, closure="closed", closed_by=caller.subject)
    closed = await circles.get(work.connection, session_id)
    assert closed is not None
    return closed


async def close_accounted_for(
    work: Work, circle: Circle, roster: Sequence[Place], *, closure: str, closed_by: str
) -> None:
    """Close a locked circle with what is owed of it, and tell what was rendered; refused as above."""
    check_closing(circle, roster)
    await circles.close(work.connection, circle.session_id, closed_by, work.now)
    for kind in ("attendance", "circle_close"):
        if owed := await obligations.find(work, kind, str(circle.session_id)):
            await obligations.close(work, owed, closure=closure, closed_by=closed_by)
    present = attended(roster)
    for program_id in present:
        rendered = ServiceRendered(
            program_id=program_id,
            session_id=circle.session_id,
            item=circle.item,
            service="integration_circle",
            minutes=circle.minutes,
            participants=len(present),
        )
        await work.emit(rendered, site=circle.site)
    closed = CircleClosed(session_id=circle.session_id, cohort_id=circle.cohort_id, item=circle.item)
    await work.emit(closed, site=circle.site)


async def escalate_close(work: Work, obligation: Obligation) -> None:
    """Give a circle that stays open past its time to the coordinator to close."""
    await obligations.move(work, obligation, wake_at=work.now + LOOK_AGAIN, stage="overdue", owner="coordinator")
