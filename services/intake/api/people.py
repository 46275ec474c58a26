"""Who a participant is: recorded by coordinators, told only for a purpose, each look-up kept."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.intake.api.models import (
    CorrectedPerson,
    Disclosures,
    DisclosureView,
    IdentityRequest,
    IdentitySigned,
    PersonRecord,
    Word,
)
from services.intake.commands import correct_person as correcting
from services.intake.commands import look_up_person as looking_up
from services.intake.commands import sign_identity as signing
from services.intake.storage import referrals as storage
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages
from shared.revisions import IfMatch, show_revision

router = Router(tags=["people"])


@router.get("/referrals/{program_id}/person")
async def look_up_person(
    program_id: UUID,
    purpose: Word,
    caller: Annotated[Principal, allow("coordinator", "clinician")],
    work: InWork,
    response: Response,
) -> PersonRecord:
    """Name and contact points, for one purpose in one word (`call`, `welfare_check`); the look-up is kept.

    The `ETag` is what a correction sends as `If-Match`.
    """
    person, revision = await looking_up.look_up_person(work, program_id, purpose, caller)
    show_revision(response, revision)
    return PersonRecord.of(person)


@router.put("/referrals/{program_id}/person")
async def correct_person(
    program_id: UUID,
    record: PersonRecord,
    caller: Annotated[Principal, allow("coordinator")],
    work: InWork,
    response: Response,
    if_match: IfMatch = None,
) -> CorrectedPerson:
    """Correct the record of a person, as a whole. What stood before is kept; the answer says what this touched.

    With another date of birth the findings are evaluated again, and a signed `eligible` has to be signed again.
    Refused: `revision_required` (428), `stale` (409).
    """
    corrected = await correcting.correct_person(work, program_id, record.given(), caller, if_match=if_match)
    show_revision(response, corrected.revision)
    return CorrectedPerson.after(corrected.person, corrected.touched)


@router.post("/referrals/{program_id}/identity", status_code=201)
async def sign_identity(
    program_id: UUID, request: IdentityRequest, caller: Annotated[Principal, allow("clinician")], work: InWork
) -> IdentitySigned:
    """Sign who a person is who looks like somebody known: it counts for the programs that look alike now.

    Until then the other programs count as the same person's at a dose. Refused: `nobody_alike` (409).
    """
    meaning = request.signature.meaning
    kept = await signing.sign_identity(work, program_id, request.finding, caller, meaning=meaning)
    return IdentitySigned(
        finding=request.finding,
        compared=kept.compared,
        signed_by=kept.signed.subject,
        signed_at=kept.signed.at,
        sha256=kept.signed.sha256,
    )


@router.get("/referrals/{program_id}/disclosures")
async def list_disclosures(
    program_id: UUID, caller: Annotated[Principal, allow("auditor")], work: InWork, page: InPages
) -> Disclosures:
    """Everybody who was told who this person is or how to reach them: to whom, as what, when, what for."""
    await storage.get(work.connection, program_id)
    kept = enumerate(await storage.disclosures(work.connection, program_id))
    found, behind = page.of(kept, lambda numbered: (numbered[0],))
    return Disclosures(items=[DisclosureView.model_validate(disclosure) for _, disclosure in found], next=behind)
