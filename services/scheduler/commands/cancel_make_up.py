"""A make-up that has not begun is cancelled: what was missed is still to be made up."""

from uuid import UUID

from services.scheduler.commands.members import active
from services.scheduler.domain.facts import FactKind, MakeUp
from services.scheduler.domain.make_ups import to_be_cancelled
from services.scheduler.storage import programs
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.events import scheduler as events
from shared.protocol.items import session_kind
from shared.work import Work


async def cancel_make_up(work: Work, program_id: UUID, item: str, caller: Principal, *, reason: str) -> Program:
    """Cancel it, and tell everybody who heard of it. Refused: `program_not_active`, `no_make_up`, `make_up_begun`."""
    view = await active(work, program_id)
    make_up = to_be_cancelled(view.history, item, work.now)
    assert view.cohort is not None
    by, role = caller.subject, caller.role
    return await record_cancellation(work, view.program, view.cohort, make_up, by=by, role=role, reason=reason)


async def record_cancellation(
    work: Work,
    program: Program,
    cohort: Cohort,
    make_up: MakeUp,
    *,
    by: str,
    role: str = "",
    reason: str = "",
    nudge: bool = True,
) -> Program:
    """Record that a make-up is not held, and tell everybody who heard that it was booked."""
    item, data = make_up.item, {"by": by, "role": role, "reason": reason}
    changed = await programs.record(
        work, program, FactKind.MAKE_UP_CANCELLED, item, key=f"cancelled:{item}", data=data, nudge=nudge
    )
    cancelled = events.MakeUpCancelled(
        program_id=program.id,
        cohort_id=cohort.id,
        session_id=make_up.session_id,
        item=item,
        missed_item=make_up.missed_item,
        kind=session_kind(make_up.missed_item).value,
        starts_at=make_up.starts_at,
        ends_at=make_up.ends_at,
        zone=cohort.zone,
        protocol=cohort.pin,
    )
    await work.emit(cancelled, site=program.site)
    return changed
