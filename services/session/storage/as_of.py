"""A dose and what was known when it was decided on and given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from services.session.domain.decision import Decision, Readiness
from services.session.domain.dose import Dose
from services.session.domain.roster import Session
from services.session.storage import arms, doses, records, risks
from services.session.storage.tables import decision, discharge, dose, roster, session_staff
from shared.protocol.dosing import Dosing
from shared.refusal import not_found
from shared.work import Work


async def find_dose(work: Work, id: UUID) -> Dose:
    """The dose; refused as not found when the caller may not see it."""
    program = select(dose.c.program_id).where(dose.c.id == id)
    program_id = (await work.connection.execute(program)).scalar_one_or_none()
    given = await doses.doses_of(work, program_id) if program_id else []
    found = next((one for one in given if one.id == id), None)
    if found is None:
        raise not_found("dose", id)
    return found


async def get_decision(work: Work, id: UUID) -> Decision:
    """The decision that a dose rests on."""
    row = (await work.connection.execute(select(decision).where(decision.c.id == id))).mappings().one()
    values = {name: row[name] for name in Decision.__dataclass_fields__}
    return Decision(**values | {"clearances": records.load(row["clearances"])})


async def readiness_at(work: Work, kept: Session, dosing: Dosing, program_id: UUID, at: datetime) -> Readiness:
    """What session knew of a person before their dose: check-in, measurements, staff, others under care, arm."""
    on_site = select(session_staff.c.subject, session_staff.c.role).where(
        session_staff.c.session_id == kept.id, session_staff.c.since <= at
    )
    return Readiness(
        checklist=await records.get_checklist(work, kept.id, program_id),
        measured=[one for one in await records.get_measured(work, kept.id, program_id) if one.at <= at],
        on_site={row.subject: row.role for row in await work.connection.execute(on_site)},
        participants=len(await _under_care(work, kept.id, at) | {program_id}),
        open_risks=await risks.undecided(work, program_id, at),
        arm=await arms.arm_of(work, dosing, program_id, at),
    )


async def _under_care(work: Work, session_id: UUID, at: datetime) -> set[UUID]:
    """Who was there with a go or a dose, and not discharged yet."""
    latest = (
        select(decision.c.program_id, decision.c.decision)
        .where(decision.c.session_id == session_id, decision.c.decided_at <= at)
        .order_by(decision.c.decided_at, decision.c.id)
    )
    decided = {row.program_id: row.decision for row in await work.connection.execute(latest)}
    here = (
        select(roster.c.program_id)
        .outerjoin(
            discharge,
            (discharge.c.session_id == roster.c.session_id) & (discharge.c.program_id == roster.c.program_id),
        )
        .where(roster.c.session_id == session_id, roster.c.arrived_at <= at)
        .where(or_(discharge.c.discharged_at.is_(None), discharge.c.discharged_at > at))
    )
    there = set((await work.connection.execute(here)).scalars())
    return {program_id for program_id in there if decided.get(program_id) == "go"}
