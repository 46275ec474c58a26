"""Who a participant is: recorded by coordinators, told only for a purpose, each look-up kept."""

from typing import Annotated
from uuid import UUID

from services.intake.activities import reviewing
from services.intake.api.models import CorrectedPerson, Disclosures, DisclosureView, PersonRecord, Word
from services.intake.domain.correction import changed_fields, sentences
from services.intake.domain.referral import Person, Referral, check_person
from services.intake.storage import referrals as storage
from services.intake.storage.referrals import Disclosure
from shared.auth import Principal
from shared.events.intake import ZoneCorrected
from shared.http import InWork, Router, allow
from shared.work import Work

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
) -> CorrectedPerson:
    """Correct the record of a person, as a whole. What stood before is kept; the answer says what this touched.

    With another date of birth the findings are evaluated again, and a signed `eligible` has to be signed again.
    """
    referral = await storage.get(work.connection, program_id, locked=True)
    zone = work.sites[referral.site].zone
    before, person = await storage.person(work.connection, program_id), record.person(zone)
    check_person(person, work.now, zone)
    changed = await storage.change(work.connection, referral)
    await storage.keep_person(work.connection, changed, person, at=work.now, by=caller.subject)
    return CorrectedPerson.after(person, await _touch(work, changed, before, person, caller))


async def _touch(work: Work, referral: Referral, before: Person, person: Person, caller: Principal) -> list[str]:
    fields = changed_fields(before, person)
    said: list[str] = []
    if "date_of_birth" in fields:
        said += sentences(await reviewing.correct_birth(work, referral, person, caller))
    if "zone" in fields:
        await work.emit(ZoneCorrected(program_id=referral.program_id, zone=person.zone), site=referral.site)
        said.append(f"messages keep the hours of {person.zone} from now on")
    return said


@router.get("/referrals/{program_id}/disclosures")
async def disclosures(program_id: UUID, caller: Annotated[Principal, allow("auditor")], work: InWork) -> Disclosures:
    """Everybody who was told who this person is or how to reach them: to whom, as what, when, what for."""
    await storage.get(work.connection, program_id)
    kept = await storage.disclosures(work.connection, program_id)
    return Disclosures(items=[DisclosureView.model_validate(disclosure) for disclosure in kept])
