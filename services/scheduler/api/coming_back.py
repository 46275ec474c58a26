"""A leaving that was recorded of the wrong person, or by mistake, is taken back: signed, and with what it touched."""

from typing import Annotated
from uuid import UUID

from services.scheduler.api.accepted import Accepted
from services.scheduler.api.fields import Prose
from services.scheduler.api.signing import SignedName
from services.scheduler.commands import take_leaving_back as taking_back
from services.scheduler.commands.signing import content_hash
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.request_body import RequestBody

router = Router(tags=["commands"])


class LeavingCorrection(RequestBody):
    """Why it was a mistake that this person left, signed by somebody else than who recorded it."""

    reason: Prose
    signature: SignedName


class CameBack(Accepted):
    """The program's newest revision; `touched` says what the correction touched, sentence by sentence."""

    touched: list[str]


@router.post("/programs/{program_id}/leaving/correction")
async def take_leaving_back(
    program_id: UUID,
    correction: LeavingCorrection,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> CameBack:
    """Sign that a withdrawal, a transfer or a death was recorded by mistake: the person is where they were.

    They take a seat of their cohort again; when none is free any more they wait, and a coordinator is to call. What
    was due from them is due again, sessions that passed meanwhile are excused absences, and a clinician looks through
    it all. Refused: `not_left`, `their_own_decision`, `too_late`, `same_signer`, `re_authentication`, `seat_changed`.
    """
    program, touched = await taking_back.take_leaving_back(
        work,
        program_id,
        caller,
        reason=correction.reason,
        signing=correction.signature.value(),
        content_hash=content_hash(correction),
    )
    return CameBack(program_id=program.id, revision=program.revision, touched=touched)
