"""Consent and group agreements: signed and revoked by the participant."""

from typing import Annotated
from uuid import UUID

from services.intake.api.models import AgreementRequest, Agreements
from services.intake.commands import sign_agreement as signing
from shared.auth import Principal
from shared.events.intake import AgreementKind
from shared.http import InWork, Router, allow, own_program

router = Router(tags=["agreements"])


@router.post("/referrals/{program_id}/agreements", status_code=201)
async def sign_agreement(
    program_id: UUID, request: AgreementRequest, caller: Annotated[Principal, allow("participant")], work: InWork
) -> Agreements:
    """Sign an agreement; answers those that stand. Refused with `already_signed` or `screening_closed` (409)."""
    own_program(caller, program_id)
    standing = await signing.sign_agreement(work, program_id, request.kind, caller, meaning=request.meaning)
    return Agreements.of(standing)


@router.delete("/referrals/{program_id}/agreements/{kind}")
async def revoke_agreement(
    program_id: UUID,
    kind: AgreementKind,
    caller: Annotated[Principal, allow("participant", "coordinator")],
    work: InWork,
) -> Agreements:
    """Revoke an agreement, as the participant or a coordinator they told: no dose while a required one is missing."""
    own_program(caller, program_id)
    return Agreements.of(await signing.revoke_agreement(work, program_id, kind, caller))
