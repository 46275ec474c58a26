"""What people decide about a program: each is accepted as a fact, or refused with the rule's name."""

from typing import Annotated
from uuid import UUID

from services.scheduler.api.accepted import Accepted
from services.scheduler.api.fields import Prose, Word
from services.scheduler.commands import answer_offer
from services.scheduler.commands import close_absence as closing_absence
from services.scheduler.commands import decide_review as deciding
from services.scheduler.commands import sign_override as overriding
from services.scheduler.domain.facts import GivenClosure
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_program
from shared.request_body import RequestBody

router = Router(tags=["commands"])
Member = Annotated[Principal, allow("participant", "coordinator")]
Clinician = Annotated[Principal, allow("clinician", "prescriber")]


class Signature(RequestBody):
    """What the signer means by signing; who, in which role and when are taken from the token and the clock."""

    meaning: Prose


class Override(RequestBody):
    """A clinician signs that a preparation or circle which is still to be made up does not hold the next dose."""

    item: Word
    reason: Prose
    signature: Signature


class AbsenceClosure(RequestBody):
    """How an absence ends without a make-up."""

    closure: GivenClosure
    reason: Prose


class ReviewDecision(RequestBody):
    """Whether the person goes on. `confirms` is needed to withdraw them: the program's id once more."""

    decision: deciding.Choice
    reason: Prose
    confirms: UUID | None = None


@router.post("/programs/{program_id}/offer/accept")
async def accept_offer(program_id: UUID, caller: Member, work: InWork) -> Accepted:
    """Take the offered seat. The last seat cannot be taken twice: a seat is a unique row."""
    own_program(caller, program_id)
    program = await answer_offer.accept_offer(work, program_id)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/offer/decline")
async def decline_offer(program_id: UUID, caller: Member, work: InWork) -> Accepted:
    """Give the offered seat back; it goes to the next person."""
    own_program(caller, program_id)
    program = await answer_offer.decline_offer(work, program_id)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/overrides")
async def sign_override(program_id: UUID, signed: Override, caller: Clinician, work: InWork) -> Accepted:
    """Sign that a preparation or circle which is still to be made up does not hold the next dose."""
    reason, meaning = signed.reason, signed.signature.meaning
    program = await overriding.sign_override(work, program_id, signed.item, caller, reason=reason, meaning=meaning)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/absences/{item}/close")
async def close_absence(
    program_id: UUID, item: str, closing: AbsenceClosure, caller: Clinician, work: InWork
) -> Accepted:
    """Close an absence that needs no make-up: not worse, go on (esketamine guide), or a clinician excuses it."""
    closure, reason = closing.closure, closing.reason
    program = await closing_absence.close_absence(work, program_id, item, closure, caller, reason=reason)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/review")
async def decide_review(program_id: UUID, decided: ReviewDecision, caller: Clinician, work: InWork) -> Accepted:
    """Decide an open withdrawal review. The machine opens it; only a clinician withdraws anybody.

    Refused: `no_review`, and `not_confirmed` to withdraw without the program's id as `confirms`.
    """
    reason, confirms = decided.reason, decided.confirms
    program = await deciding.decide_review(work, program_id, decided.decision, caller, reason=reason, confirms=confirms)
    return Accepted(program_id=program.id, revision=program.revision)
