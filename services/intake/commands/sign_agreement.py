"""A participant signs consent or a group agreement, or revokes it."""

from uuid import UUID

from services.intake.domain.agreement import Act, Line, check_revoke, check_sign, standing
from services.intake.domain.decision import Signer, sign
from services.intake.domain.referral import Referral
from services.intake.storage import referrals, screening
from shared.auth import Principal
from shared.events.intake import AgreementKind, AgreementRevoked, AgreementSigned
from shared.work import Work


async def sign_agreement(
    work: Work, program_id: UUID, kind: AgreementKind, caller: Principal, *, meaning: str
) -> tuple[Line, ...]:
    """Sign an agreement; return those that stand. Refused: `already_signed`, `screening_closed`."""
    referral = await referrals.lock(work, program_id)
    ledger = await screening.agreements(work.connection, program_id)
    check_sign(kind, referral.state, ledger)
    line = await _write(work, referral, caller, kind, "signed", meaning)
    await work.emit(AgreementSigned(program_id=program_id, kind=kind), site=referral.site)
    return standing([*ledger, line])


async def revoke_agreement(work: Work, program_id: UUID, kind: AgreementKind, caller: Principal) -> tuple[Line, ...]:
    """Revoke an agreement; return those that stand: no dose while a required one is missing. Refused: `not_signed`."""
    referral = await referrals.lock(work, program_id)
    ledger = await screening.agreements(work.connection, program_id)
    check_revoke(kind, ledger)
    line = await _write(work, referral, caller, kind, "revoked", "I revoke this agreement.")
    await work.emit(AgreementRevoked(program_id=program_id, kind=kind), site=referral.site)
    return standing([*ledger, line])


async def _write(
    work: Work, referral: Referral, caller: Principal, kind: AgreementKind, act: Act, meaning: str
) -> Line:
    changed = await referrals.change(work.connection, referral)
    line = Line(kind, act, work.now, caller.subject)
    content = {"program_id": str(referral.program_id), "kind": kind, "act": act}
    signed = sign(content, Signer(caller.subject, caller.role, work.now, meaning))
    await screening.keep_agreement(work.connection, changed, line, signed)
    return line
