"""A leaving that was recorded of the wrong person, or by mistake, is taken back: signed, and with what it touched."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from services.scheduler.api.accepted import Accepted
from services.scheduler.api.fields import Prose
from services.scheduler.api.signing import SignedName, content_hash, sign
from services.scheduler.commands.take_leaving_back import come_back
from services.scheduler.domain.facts import Fact, FactKind
from services.scheduler.storage import cohorts, programs, seating
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.programs import Program, View
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["commands"])
TAKEN_BACK_WITHIN = timedelta(days=14)
"""Until when a withdrawal or transfer is a mistake that is taken back; later the person is referred again (convention).

A death of the wrong person is taken back whenever it comes out: they live.
"""


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
    cohort, program = await _locked(work, program_id)
    view = await programs.view(work, program)
    left = _leaving(view)
    _check(work, left, caller)
    signature = sign(work, caller, correction.signature, content_hash(correction))
    data = {"by": caller.subject, "role": caller.role, "reason": correction.reason, "signature": signature}
    key = f"left_taken_back:{program.revision + 1}"
    program = await programs.record(work, program, FactKind.LEFT_TAKEN_BACK, "program", key=key, data=data)
    program, touched = await come_back(work, view, program, cohort, left, item=key)
    return CameBack(program_id=program.id, revision=program.revision, touched=touched)


async def _locked(work: Work, program_id: UUID) -> tuple[Cohort | None, Program]:
    """Return the cohort that has or had a seat for this person, and their program, locked in that order.

    Which cohort it is can change until the program is locked, and is read again then. Refused: `seat_changed`.
    """
    cohort_id = await _cohort_of(work, await programs.get(work, program_id))
    cohort = await cohorts.get(work, cohort_id, lock=True) if cohort_id else None
    program = await programs.lock(work, program_id)
    if await _cohort_of(work, program) != cohort_id:
        raise Refused("seat_changed", "their seat changed in this moment: look again, and send it again")
    return cohort, program


async def _cohort_of(work: Work, program: Program) -> UUID | None:
    seat = await seating.seat_of(work, program.id)
    return program.cohort_id or (seat.cohort_id if seat else None)


def _leaving(view: View) -> Fact:
    left = next((fact for fact in reversed(view.facts) if fact.kind == FactKind.LEFT), None)
    if left is None or not view.history.left:
        raise Refused("not_left", f"this person has not left: the program is {view.program.state}")
    return left


def _check(work: Work, left: Fact, caller: Principal) -> None:
    if left.data["role"] == "participant":
        raise Refused("their_own_decision", "the person withdrew by themselves: they can be referred again")
    if left.data["how"] != "died" and work.now > left.at + TAKEN_BACK_WITHIN:
        raise Refused("too_late", f"they left over {TAKEN_BACK_WITHIN.days} days ago: refer the person again")
    if left.data["by"] == caller.subject:
        raise Refused("same_signer", "somebody else than who recorded it signs that it was a mistake")
