"""Consent and group agreements: signed and revoked by the participant."""

from typing import Annotated
from uuid import UUID

from services.intake.api.models import AgreementRequest, Agreements
from services.intake.domain.agreement import Act, Line, check_revoke, check_sign, standing
from services.intake.domain.decision import Signer, sign
from services.intake.domain.referral import Referral
from services.intake.storage import referrals
from services.intake.storage import screening as storage
from shared.auth import Principal
from shared.events.intake import AgreementKind, AgreementRevoked, AgreementSigned
from shared.http import InWork, Router, allow, own_program
from shared.work import Work

router = Router(tags=["agreements"])


@router.post("/referrals/{program_id}/agreements", status_code=201)
async def sign_agreement(
    program_id: UUID, request: AgreementRequest, caller: Annotated[Principal, allow("participant")], work: InWork
) -> Agreements:
    """Sign an agreement; answers those that stand. Refused with `already_signed` or `screening_closed` (409)."""
    own_program(caller, program_id)
    referral = await referrals.lock(work, program_id)
    ledger = await storage.agreements(work.connection, program_id)
    check_sign(request.kind, referral.state, ledger)
    line = await _write(work, referral, caller, request.kind, "signed", request.meaning)
    await work.emit(AgreementSigned(program_id=program_id, kind=request.kind), site=referral.site)
    return Agreements.of(standing([*ledger, line]))


@router.delete("/referrals/{program_id}/agreements/{kind}")
async def revoke_agreement(
    program_id: UUID,
    kind: AgreementKind,
    caller: Annotated[Principal, allow("participant", "coordinator")],
    work: InWork,
) -> Agreements:
    """Revoke an agreement, by the participant or a coordinator they told: no dose while a required one is missing."""
    own_program(caller, program_id)
    referral = await referrals.lock(work, program_id)
    ledger = await storage.agreements(work.connection, program_id)
    check_revoke(kind, ledger)
    line = await _write(work, referral, caller, kind, "revoked", "I revoke this agreement.")
    await work.emit(AgreementRevoked(program_id=program_id, kind=kind), site=referral.site)
    return Agreements.of(standing([*ledger, line]))


async def _write(
    work: Work, referral: Referral, caller: Principal, kind: AgreementKind, act: Act, meaning: str
) -> Line:
    changed = await referrals.change(work.connection, referral)
    line = Line(kind, act, work.now, caller.subject)
    content = {"program_id": str(referral.program_id), "kind": kind, "act": act}
    signed = sign(content, Signer(caller.subject, caller.role, work.now, meaning))
    await storage.keep_agreement(work.connection, changed, line, signed)
    return line
