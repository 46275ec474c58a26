"""A coordinator corrects the record of a person: what stood before is kept, and what rested on it is looked at."""

from dataclasses import dataclass
from uuid import UUID

from services.intake.commands.evaluate_again import correct_birth
from services.intake.commands.look_for_duplicates import ask_for_a_look
from services.intake.domain.correction import changed_fields, sentences
from services.intake.domain.referral import GivenPerson, Person, Referral, check_person
from services.intake.storage import referrals
from shared.auth import Principal
from shared.events.intake import ZoneCorrected
from shared.revisions import check_revision
from shared.work import Work


@dataclass(frozen=True)
class Corrected:
    """The person as recorded now, at which revision, and what the correction touched, sentence by sentence."""

    person: Person
    revision: int
    touched: tuple[str, ...]


async def correct_person(
    work: Work, program_id: UUID, record: GivenPerson, caller: Principal, *, if_match: str | None
) -> Corrected:
    """Record the person anew, as a whole; with another date of birth a signed `eligible` has to be signed again.

    Refused: `revision_required`, `stale`, `unknown_zone`, `impossible_date`.
    """
    referral = await referrals.lock(work, program_id)
    check_revision(if_match, await referrals.person_revision(work.connection, program_id))
    zone = work.sites[referral.site].zone
    before, person = await referrals.person(work.connection, program_id), record.at(zone)
    check_person(person, work.now, zone)
    changed = await referrals.change(work.connection, referral)
    await referrals.keep_person(work.connection, changed, person, at=work.now, by=caller.subject)
    return Corrected(person, changed.revision, await _touch(work, changed, before, person, caller))


async def _touch(work: Work, referral: Referral, before: Person, person: Person, caller: Principal) -> tuple[str, ...]:
    """Draw what follows from the fields that changed; say it to staff."""
    fields = changed_fields(before, person)
    said: list[str] = []
    if "date_of_birth" in fields:
        said += sentences(await correct_birth(work, referral, person, caller))
    if "zone" in fields:
        await work.emit(ZoneCorrected(program_id=referral.program_id, zone=person.zone), site=referral.site)
        said.append(f"messages keep the hours of {person.zone} from now on")
    if await ask_for_a_look(work, referral):
        said.append("this person may be known already: a clinician looks who they are")
    return tuple(said)
