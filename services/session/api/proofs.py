"""A dose's proof: who decided and gave it, which answers it rests on, and what the day's own rules say of it again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.session.domain.decision import dosing_of
from services.session.domain.dose import Dose
from services.session.domain.proof import refusals
from services.session.domain.roster import Session
from services.session.storage import as_of, doses, sessions
from shared.auth import Principal
from shared.events import ProtocolPin
from shared.events.session import Clearance
from shared.http import InWork, Router, allow
from shared.paging import InPages, Paged
from shared.protocol.library import ProtocolGone
from shared.work import Work

router = Router(tags=["dosing"])
Reader = Annotated[Principal, allow("auditor", "prescriber", "clinician")]


class GivenDose(BaseModel):
    dose_id: UUID
    program_id: UUID
    item: str
    session_id: UUID
    administered_at: datetime


class GivenDoses(Paged):
    items: list[GivenDose]


class DoseProof(GivenDose):
    """What a dose is based on, without amounts. `refusals`: the session day's own rules that spoke against it, by the
    protocol of that time and on what was known then; none = they agree with the decision and the dose."""

    site: str
    administered_by: str
    verified_by: str
    decided_by: str
    decided_at: datetime
    go_valid_until: datetime | None
    protocol: ProtocolPin
    clearances: list[Clearance]
    refusals: list[str]


@router.get("/doses")
async def list_doses(caller: Reader, work: InWork, page: InPages, program_id: UUID) -> GivenDoses:
    """The doses of one person at the caller's sites, the first one first."""
    found = await doses.doses_of(work, program_id, page)
    return GivenDoses(items=[GivenDose(**_given(dose)) for dose in found], next=page.next([dose.id for dose in found]))


@router.get("/doses/{dose_id}")
async def show_proof(dose_id: UUID, caller: Reader, work: InWork) -> DoseProof:
    """The proof of one dose, and the session day's own rules evaluated again; the authorities are asked by themselves
    (`GET /clearances/{program_id}/{item}`)."""
    dose = await as_of.find_dose(work, dose_id)
    kept = await sessions.get_session(work, dose.session_id)
    decision = await as_of.get_decision(work, dose.decision_id)
    return DoseProof(
        **_given(dose),
        site=kept.site,
        administered_by=dose.administered_by,
        verified_by=dose.verified_by,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        go_valid_until=decision.valid_until,
        protocol=kept.protocol,
        clearances=list(dose.clearances),
        refusals=await _refusals(work, kept, dose),
    )


def _given(dose: Dose) -> dict[str, object]:
    return {"dose_id": dose.id} | {name: getattr(dose, name) for name in GivenDose.model_fields if name != "dose_id"}


async def _refusals(work: Work, kept: Session, dose: Dose) -> list[str]:
    try:
        protocol = sessions.protocol_of(work, kept)
    except ProtocolGone as gone:
        return [gone.rule]
    return list(refusals(protocol, dose, await as_of.basis_of(work, kept, dosing_of(protocol), dose)))
