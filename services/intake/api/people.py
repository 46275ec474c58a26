"""Who a participant is: recorded by coordinators, told only for a purpose, each look-up kept."""

from typing import Annotated
from uuid import UUID

from services.intake.api.models import Disclosures, DisclosureView, PersonRecord, Word
from services.intake.domain.referral import check_person, local
from services.intake.storage import referrals as storage
from services.intake.storage.referrals import Disclosure
from shared.auth import Principal
from shared.http import InWork, Router, allow

router = Router(tags=["people"])


@router.get("/referrals/{program_id}/person")
async def look_up(
    program_id: UUID, purpose: Word, caller: Annotated[Principal, allow("coordinator", "clinician")], work: InWork
) -> PersonRecord:
    """Name and contact points, for one purpose in one word (`call`, `welfare_check`); the look-up is kept."""
    referral = await storage.get(work.connection, program_id)
    looked_up = Disclosure(purpose, disclosed_to=caller.subject, role=caller.role, at=work.now)
    await storage.disclose(work.connection, referral, looked_up)
    return PersonRecord.of(await storage.person(work.connection, program_id))


@router.put("/referrals/{program_id}/person")
async def correct(
    program_id: UUID, record: PersonRecord, caller: Annotated[Principal, allow("coordinator")], work: InWork
) -> PersonRecord:
    """Record the person anew, whole: a misspelt name, another address. What stood before is kept."""
    referral = await storage.get(work.connection, program_id, locked=True)
    zone = work.sites[referral.site].zone
    person = record.person(zone)
    check_person(person, local(work.now, zone).date())
    changed = await storage.change(work.connection, referral)
    await storage.keep_person(work.connection, changed, person, at=work.now, by=caller.subject)
    return PersonRecord.of(person)


@router.get("/referrals/{program_id}/disclosures")
async def disclosures(program_id: UUID, caller: Annotated[Principal, allow("auditor")], work: InWork) -> Disclosures:
    """Everybody who was told who this person is or how to reach them: to whom, as what, when, what for."""
    await storage.get(work.connection, program_id)
    kept = await storage.disclosures(work.connection, program_id)
    return Disclosures(items=[DisclosureView.model_validate(disclosure) for disclosure in kept])
