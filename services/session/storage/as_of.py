"""A dose and what was known when it was decided on and given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from services.session.domain.decision import Decision, Readiness
from services.session.domain.dose import Dose
from services.session.domain.proof import Basis
from services.session.domain.roster import Session
from services.session.storage import arms, doses, records, risks, second_persons
from services.session.storage.tables import decision, discharge, dose, roster, session_staff
from shared.protocol.dosing import Dosing
from shared.refusal import not_found
from shared.work import Work


async def find_dose(work: Work, id: UUID) -> Dose:
    """Return the dose; refused as not found when the caller may not see it."""
    program = select(dose.c.program_id).where(dose.c.id == id)
    program_id = (await work.connection.execute(program)).scalar_one_or_none()
    given = await doses.doses_of(work, program_id) if program_id else []
    found = next((one for one in given if one.id == id), None)
    if found is None:
        raise not_found("dose", id)
    return found


async def get_decision(work: Work, id: UUID) -> Decision:
    """Return the decision that a dose rests on."""
    row = (await work.connection.execute(select(decision).where(decision.c.id == id))).mappings().one()
    values = {name: row[name] for name in Decision.__dataclass_fields__}
    return Decision(**values | {"clearances": records.load(row["clearances"])})


async def basis_of(work: Work, kept: Session, dosing: Dosing, given: Dose) -> Basis:
    """Return what a dose rested on, as it was known when it was decided on and when it was given."""
    program_id, decided = given.program_id, await get_decision(work, given.decision_id)
    earlier = await doses.doses_of(work, program_id)
    return Basis(
        decision=decided,
        at_decision=await _readiness_at(work, kept, dosing, program_id, decided.decided_at),
        at_dose=await _readiness_at(work, kept, dosing, program_id, given.administered_at),
        given_before=[one for one in earlier if one.administered_at < given.administered_at],
        verification=await second_persons.get_verification(work, given.verification_id, kept.id, program_id),
        zone=kept.zone,
    )


async def _readiness_at(work: Work, kept: Session, dosing: Dosing, program_id: UUID, at: datetime) -> Readiness:
    """Return what session knew of a person before their dose: check-in, measurements, staff, others under care, arm."""
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
    """Return who was there with a go or a dose, and not discharged yet."""
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
