"""What is recorded of a person before and after a dose. These rows are written once and never changed."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from uuid_utils.compat import uuid7

from services.session.domain.checklist import Checklist
from services.session.domain.decision import Decision
from services.session.domain.roster import Entry, Session
from services.session.domain.signature import Signed
from services.session.domain.vitals import Measurement, Vitals
from services.session.storage import tables
from shared.events.session import Clearance
from shared.work import Work


def _json(signed: Signed) -> dict[str, Any]:
    return asdict(signed) | {"at": signed.at.isoformat()}


def dump(clearances: Iterable[Clearance]) -> list[dict[str, Any]]:
    return [clearance.model_dump(mode="json") for clearance in clearances]


def load(clearances: Iterable[dict[str, Any]]) -> tuple[Clearance, ...]:
    return tuple(Clearance.model_validate(clearance) for clearance in clearances)


async def _add(work: Work, table: Table, kept: Session, program_id: UUID, **values: Any) -> None:
    about = {"session_id": kept.id, "program_id": program_id, "site": kept.site}
    await work.connection.execute(insert(table).values(about | values))


async def add_arrival(
    work: Work, kept: Session, program_id: UUID, *, checklist: Checklist | None, by: str, role: str, admitted_late: bool
) -> None:
    await _add(
        work,
        tables.arrival,
        kept,
        program_id,
        arrived_at=work.now,
        recorded_by=by,
        recorded_role=role,
        admitted_late=admitted_late,
        checklist=asdict(checklist) if checklist else None,
    )


async def add_correction(
    work: Work, entry: Entry, site: str, status: str, by: str, role: str, signed: Signed | None = None
) -> None:
    """Keep the absence as it was recorded, and who took it back; the roster says from now on how it is."""
    told = (
        select(tables.roster.c.reason, tables.roster.c.recorded_by)
        .where(tables.roster.c.session_id == entry.session_id)
        .where(tables.roster.c.program_id == entry.program_id)
    )
    absence = (await work.connection.execute(told)).one()
    values = {"session_id": entry.session_id, "program_id": entry.program_id, "site": site, "status": status}
    values |= {"corrected_at": work.now, "corrected_by": by, "role": role}
    values |= {"excused": bool(entry.excused), "no_show": bool(entry.no_show), "absence_reason": absence.reason}
    values |= {"absence_recorded_by": absence.recorded_by, "reason": signed.reason if signed else None}
    values |= {"signature": _json(signed) if signed else None}
    await work.connection.execute(insert(tables.attendance_correction).values(id=uuid7(), **values))


async def get_checklist(work: Work, session_id: UUID, program_id: UUID) -> Checklist | None:
    query = select(tables.arrival.c.checklist).where(
        tables.arrival.c.session_id == session_id, tables.arrival.c.program_id == program_id
    )
    kept = (await work.connection.execute(query)).scalar_one_or_none()
    return Checklist(**kept) if kept else None


async def add_vitals(work: Work, kept: Session, program_id: UUID, vitals: Vitals, by: str) -> None:
    measured = {"id": uuid7(), "measured_at": work.now, "measured_by": by, "vitals": asdict(vitals)}
    await _add(work, tables.vitals, kept, program_id, **measured)


async def get_measured(work: Work, session_id: UUID, program_id: UUID) -> list[Measurement]:
    """Return the measurements before the dose, in their order."""
    table = tables.vitals
    query = (
        select(table.c.vitals, table.c.measured_at)
        .where(table.c.session_id == session_id, table.c.program_id == program_id)
        .order_by(table.c.measured_at, table.c.id)
    )
    return [Measurement(Vitals(**row.vitals), row.measured_at) for row in await work.connection.execute(query)]


async def add_decision(work: Work, kept: Session, program_id: UUID, decision: Decision, signed: Signed) -> None:
    values = asdict(decision) | {"clearances": dump(decision.clearances)}
    await _add(work, tables.decision, kept, program_id, **values, signature=_json(signed))


async def latest_decisions(work: Work, session_id: UUID, program_id: UUID | None = None) -> dict[UUID, Decision]:
    """Return the decision that counts for each person: the latest."""
    table = tables.decision
    query = (
        select(table)
        .where(table.c.session_id == session_id)
        .ext(distinct_on(table.c.program_id))
        .order_by(table.c.program_id, table.c.decided_at.desc(), table.c.id.desc())
    )
    if program_id:
        query = query.where(table.c.program_id == program_id)
    rows = (await work.connection.execute(query)).mappings()
    return {
        row["program_id"]: Decision(
            id=row["id"],
            decision=row["decision"],
            decided_at=row["decided_at"],
            decided_by=row["decided_by"],
            reason=row["reason"],
            clearances=load(row["clearances"]),
            valid_until=row["valid_until"],
        )
        for row in rows
    }


async def add_suicidality_decision(
    work: Work, kept: Session, program_id: UUID, decision: str, reason: str, signed: Signed
) -> None:
    values = {"decided_at": work.now, "decided_by": signed.by, "signature": _json(signed)}
    await _add(
        work, tables.suicidality_decision, kept, program_id, id=uuid7(), decision=decision, reason=reason, **values
    )


async def add_observation(
    work: Work,
    kept: Session,
    program_id: UUID,
    offset: timedelta,
    vitals: Vitals,
    moaas: int,
    dissociation: int,
    by: str,
) -> None:
    await _add(
        work,
        tables.observation,
        kept,
        program_id,
        at_offset=offset,
        observed_at=work.now,
        observed_by=by,
        vitals=asdict(vitals),
        moaas=moaas,
        dissociation=dissociation,
    )


async def recorded_offsets(work: Work, session_id: UUID, program_id: UUID | None = None) -> dict[UUID, set[timedelta]]:
    """Return which observations are recorded, by person."""
    table = tables.observation
    query = select(table.c.program_id, table.c.at_offset).where(table.c.session_id == session_id)
    if program_id:
        query = query.where(table.c.program_id == program_id)
    recorded: dict[UUID, set[timedelta]] = {}
    for row in await work.connection.execute(query):
        recorded.setdefault(row.program_id, set()).add(row.at_offset)
    return recorded


async def add_adverse_event(work: Work, kept: Session, program_id: UUID, by: str, **told: Any) -> UUID:
    id = uuid7()
    await _add(work, tables.adverse_event, kept, program_id, id=id, recorded_at=work.now, recorded_by=by, **told)
    return id


async def add_discharge(
    work: Work,
    kept: Session,
    program_id: UUID,
    criteria: dict[str, bool],
    vitals: Vitals,
    missing: str | None,
    signed: Signed,
) -> None:
    await _add(
        work,
        tables.discharge,
        kept,
        program_id,
        id=uuid7(),
        discharged_at=work.now,
        discharged_by=signed.by,
        criteria=criteria,
        vitals=asdict(vitals),
        missing_observations_reason=missing,
        signature=_json(signed),
    )


async def add_discharge_correction(work: Work, kept: Session, entry: Entry, reason: str, signed: Signed) -> None:
    """Keep who took a discharge back, and why; the discharge stays as it was signed."""
    await _add(
        work,
        tables.discharge_correction,
        kept,
        entry.program_id,
        id=uuid7(),
        corrected_at=work.now,
        corrected_by=signed.by,
        role=signed.role,
        discharged_at=entry.discharged_at,
        reason=reason,
        signature=_json(signed),
    )
