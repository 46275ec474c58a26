"""Who is in which arm: written once, never changed, and kept through an amendment whose protocol has it too."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from services.session.domain.roster import Session
from services.session.storage.tables import arm_assignment
from shared.auth import Principal
from shared.protocol.dosing import Dosing
from shared.refusal import Refused
from shared.work import Work


async def add_assignment(work: Work, kept: Session, program_id: UUID, arm: str, caller: Principal) -> None:
    """Keep a person's arm. Refused (`arm_assigned`) when one was kept that this transaction could not see.

    Two sessions of one person have two locks, and another site's rows are hidden: the primary key sees both.
    """
    made = insert(arm_assignment).values(
        program_id=program_id,
        protocol_hash=kept.protocol.hash,
        site=kept.site,
        arm=arm,
        assigned_at=work.now,
        assigned_by=caller.subject,
        assigned_role=caller.role,
    )
    if not (await work.connection.execute(made.on_conflict_do_nothing())).rowcount:
        raise Refused("arm_assigned", "this person's arm was assigned by somebody else just now, or at another site")


async def arms_of(work: Work, dosing: Dosing, program_ids: Collection[UUID], at: datetime) -> dict[UUID, str]:
    """Return the arm that each of these people had at a moment; an arm that the protocol does not have is none."""
    table = arm_assignment.c
    query = (
        select(table.program_id, table.arm)
        .where(table.program_id.in_(program_ids), table.arm.in_([arm.id for arm in dosing.arms]))
        .where(table.assigned_at <= at)
        .ext(distinct_on(table.program_id))
        .order_by(table.program_id, table.assigned_at.desc())
    )
    return {row.program_id: row.arm for row in await work.connection.execute(query)}


async def arm_of(work: Work, dosing: Dosing, program_id: UUID, at: datetime) -> str | None:
    """Return one person's arm; None when none was assigned by then."""
    return (await arms_of(work, dosing, [program_id], at)).get(program_id)
