"""Leaving for good: with a reason and a second look, and a death that was recorded of the wrong person taken back."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from services.scheduler.api.commands import Accepted, leave
from services.scheduler.api.fields import Prose
from services.scheduler.api.signing import SignedName, content_hash, sign
from services.scheduler.domain.history import Fact, FactKind
from services.scheduler.storage import cohorts, obligations, programs, seating
from services.scheduler.storage.programs import Program
from shared.auth import Principal
from shared.events import scheduler as events
from shared.http import InWork, Router, allow, own_program
from shared.protocol.words import Role
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["commands"])
Carer = Annotated[Principal, allow("participant", "coordinator", "clinician")]
Staff = Annotated[Principal, allow("coordinator", "clinician")]
LOOK_WITHIN = timedelta(days=1)
"""How soon a clinician looks through what was closed while a person counted as dead (convention)."""


class Leaving(RequestBody):
    """Why, and the program's id once more: `confirms` shows that whoever sends this looked at whom it is about.

    A person who withdraws owes nobody a reason.
    """

    reason: Prose | None = None
    confirms: UUID | None = None


class DeathCorrection(RequestBody):
    """Why the death was recorded of the wrong person, signed by somebody else than who recorded it."""

    reason: Prose
    signature: SignedName


@router.post("/programs/{program_id}/withdraw")
async def withdraw_participant(program_id: UUID, leaving: Leaving, caller: Carer, work: InWork) -> Accepted:
    """The person leaves the program; the safety check-in stays. Refused: `not_confirmed`, `reason_missing`."""
    own_program(caller, program_id)
    return await _end(work, program_id, "withdrawn", caller, leaving)


@router.post("/programs/{program_id}/transfer-out")
async def transfer_participant(program_id: UUID, leaving: Leaving, caller: Staff, work: InWork) -> Accepted:
    """The person goes on with a provider outside the network. Refused: `not_confirmed`, `reason_missing`."""
    return await _end(work, program_id, "transferred", caller, leaving)


@router.post("/programs/{program_id}/death")
async def record_death(program_id: UUID, leaving: Leaving, caller: Staff, work: InWork) -> Accepted:
    """The person died: nothing is sent or asked any more. Refused: `not_confirmed`, `reason_missing`."""
    return await _end(work, program_id, "died", caller, leaving)


async def _end(work: Work, program_id: UUID, how: str, caller: Principal, leaving: Leaving) -> Accepted:
    program = await programs.lock(work, program_id)
    view = await programs.view(work, program)
    if program.closed_at is not None or view.history.left:
        raise Refused("program_not_active", f"the program is over: {program.state}")
    if leaving.confirms != program_id:
        detail = f"this ends program {program_id} ({program.site}, {program.state}) for good: {how}. Look whose it is, "
        raise Refused("not_confirmed", detail + "and send its id once more as `confirms`", field="confirms")
    if leaving.reason is None and caller.role != "participant":
        raise Refused("reason_missing", "say why", status=422, field="reason")
    program = await leave(work, program, how, caller, leaving.reason)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/death/correction")
async def correct_death(
    program_id: UUID,
    correction: DeathCorrection,
    caller: Annotated[Principal, allow("clinician", "prescriber")],
    work: InWork,
) -> Accepted:
    """Sign that the person lives: they are where they were, and a clinician looks through what was closed meanwhile.

    They take a seat of their cohort again; when none is free any more, they wait for another.
    Refused: `no_death`, `same_signer`, `re_authentication`.
    """
    found = await programs.get(work, program_id)
    cohort = await cohorts.get(work, found.cohort_id, lock=True) if found.cohort_id else None
    program = await programs.lock(work, program_id)
    view = await programs.view(work, program)
    death = _death(view.facts) if view.history.left == "died" else None
    if death is None:
        raise Refused("no_death", "no death is recorded of this person")
    if death.data["by"] == caller.subject:
        raise Refused("same_signer", "somebody else than who recorded the death signs that it was none")
    signature = sign(work, caller, correction.signature, content_hash(correction))
    data = {"by": caller.subject, "role": caller.role, "reason": correction.reason, "signature": signature}
    key = f"left_taken_back:{program.revision + 1}"
    program = await programs.record(work, program, FactKind.LEFT_TAKEN_BACK, "program", key=key, data=data)
    if cohort:
        program = await _sit_down_again(work, program, cohort)
    await obligations.open(
        work,
        site=program.site,
        kind="death_taken_back",
        item=key,
        owner=Role.CLINICIAN,
        deadline=work.now + LOOK_WITHIN,
        program_id=program.id,
    )
    return Accepted(program_id=program.id, revision=program.revision)


def _death(facts: tuple[Fact, ...]) -> Fact | None:
    return next((fact for fact in reversed(facts) if fact.kind == FactKind.LEFT), None)


async def _sit_down_again(work: Work, program: Program, cohort: cohorts.Cohort) -> Program:
    """Their seat was freed when they counted as dead, and perhaps given on."""
    seats = await seating.seats_of(work, cohort.id)
    free = next((seat for seat in seats if seat.state == "free" or seat.program_id == program.id), None)
    if free and cohort.cancelled_at is None:
        await seating.change(work, free, "taken", program.id)
        await work.emit(
            events.StateChanged(program_id=program.id, cohort_id=cohort.id, state="active"), site=program.site
        )
        return await programs.change(work, program, state="active")
    return await programs.wait_again(work, program, cohort.id, {"by": "rule:no_seat_is_free"})
