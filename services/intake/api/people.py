"""Who a participant is: recorded by coordinators, told only for a purpose, each look-up kept."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.intake.activities import duplicates, reviewing
from services.intake.api.models import (
    CorrectedPerson,
    Disclosures,
    DisclosureView,
    IdentityRequest,
    IdentitySigned,
    PersonRecord,
    Word,
)
from services.intake.domain.correction import changed_fields, sentences
from services.intake.domain.decision import Signer, sign
from services.intake.domain.identity import POSSIBLE_DUPLICATE
from services.intake.domain.referral import Person, Referral, check_person
from services.intake.storage import identity, obligations
from services.intake.storage import referrals as storage
from services.intake.storage.referrals import Disclosure
from shared.auth import Principal
from shared.events.intake import ZoneCorrected
from shared.http import InWork, Router, allow
from shared.paging import InPages
from shared.refusal import Refused
from shared.revisions import IfMatch, check_revision, show_revision
from shared.work import Work

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
    referral = await storage.get(work.connection, program_id)
    looked_up = Disclosure(purpose, disclosed_to=caller.subject, role=caller.role, at=work.now)
    await storage.disclose(work.connection, referral, looked_up)
    show_revision(response, await storage.person_revision(work.connection, program_id))
    return PersonRecord.of(await storage.person(work.connection, program_id))


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
    referral = await storage.lock(work, program_id)
    check_revision(if_match, await storage.person_revision(work.connection, program_id))
    zone = work.sites[referral.site].zone
    before, person = await storage.person(work.connection, program_id), record.person(zone)
    check_person(person, work.now, zone)
    changed = await storage.change(work.connection, referral)
    await storage.keep_person(work.connection, changed, person, at=work.now, by=caller.subject)
    show_revision(response, changed.revision)
    return CorrectedPerson.after(person, await _touch(work, changed, before, person, caller))


async def _touch(work: Work, referral: Referral, before: Person, person: Person, caller: Principal) -> list[str]:
    fields = changed_fields(before, person)
    said: list[str] = []
    if "date_of_birth" in fields:
        said += sentences(await reviewing.correct_birth(work, referral, person, caller))
    if "zone" in fields:
        await work.emit(ZoneCorrected(program_id=referral.program_id, zone=person.zone), site=referral.site)
        said.append(f"messages keep the hours of {person.zone} from now on")
    if await duplicates.owe_a_look(work, referral):
        said.append("this person may be known already: a clinician looks who they are")
    return said


@router.post("/referrals/{program_id}/identity", status_code=201)
async def sign_identity(
    program_id: UUID, request: IdentityRequest, caller: Annotated[Principal, allow("clinician")], work: InWork
) -> IdentitySigned:
    """Sign who a person is who looks like somebody known: it holds towards the programs that look alike now.

    Until then the other programs count as the same person's at a dose. Refused: `nobody_alike` (409).
    """
    looks = await obligations.all_open(work, program_id=program_id, kind=POSSIBLE_DUPLICATE, lock=True)
    referral = await storage.lock(work, program_id)
    others = [one.program_id for one in await identity.alike(work.connection, program_id, as_of=work.now)]
    if not others:
        raise Refused("nobody_alike", "nobody is known who is like this person")
    changed = await storage.change(work.connection, referral)
    content = {"program_id": str(program_id), "finding": request.finding, "others": [str(id) for id in others]}
    signed = sign(content, Signer(caller.subject, caller.role, work.now, request.signature.meaning))
    await identity.keep_finding(work.connection, changed, request.finding, others, signed)
    for look in looks:
        await obligations.close(work, look, closure=request.finding, closed_by=caller.subject)
    return IdentitySigned(
        finding=request.finding,
        compared=len(others),
        signed_by=signed.subject,
        signed_at=signed.at,
        sha256=signed.sha256,
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
