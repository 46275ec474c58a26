"""Who a person is, or how to reach them, is told for one purpose; every look-up is kept."""

from uuid import UUID

from services.intake.domain.referral import Person
from services.intake.storage import referrals
from services.intake.storage.referrals import Disclosure
from shared.auth import Principal
from shared.work import Work


async def look_up_person(work: Work, program_id: UUID, purpose: str, caller: Principal) -> tuple[Person, int]:
    """Return the person with the revision at which they were recorded last. Refused: `not_found`."""
    referral = await referrals.get(work.connection, program_id)
    looked_up = Disclosure(purpose, disclosed_to=caller.subject, role=caller.role, at=work.now)
    await referrals.disclose(work.connection, referral, looked_up)
    revision = await referrals.person_revision(work.connection, program_id)
    return await referrals.person(work.connection, program_id), revision


async def look_up_contact(work: Work, program_id: UUID, purpose: str) -> Person | None:
    """Return the person to whom notifications is about to write; None when nobody is known under this id."""
    referral = await referrals.find(work.connection, program_id)
    if referral is None:
        return None
    looked_up = Disclosure(purpose, disclosed_to="notifications", role="service", at=work.now)
    await referrals.disclose(work.connection, referral, looked_up)
    return await referrals.person(work.connection, program_id)
