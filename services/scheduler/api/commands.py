"""What people decide about a program: each is accepted as a fact, or refused with the rule's name."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel

from services.scheduler.api.fields import Prose, Word
from services.scheduler.domain.attendance import can_be_made_up, holds_a_dose
from services.scheduler.domain.history import Absence, FactKind, GivenClosure, Left
from services.scheduler.storage import cohorts, obligations, programs, seating
from services.scheduler.storage.programs import Program, View
from shared.auth import Principal
from shared.events import scheduler as events
from shared.http import InWork, Router, allow, own_program
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["commands"])
Member = Annotated[Principal, allow("participant", "coordinator")]
Organiser = Annotated[Principal, allow("coordinator", "facilitator")]
Clinician = Annotated[Principal, allow("clinician", "prescriber")]


class Signature(RequestBody):
    """What the signer means by signing; who, in which role and when are taken from the token and the clock."""

    meaning: Prose


class Override(RequestBody):
    """A clinician signs that an owed preparation or circle does not hold the next dose."""

    item: Word
    reason: Prose
    signature: Signature


class AbsenceClosure(RequestBody):
    """How an absence ends without a make-up."""

    closure: GivenClosure
    reason: Prose


class ReviewDecision(RequestBody):
    """Whether the person goes on. `confirms` is needed to withdraw them: the program's id once more."""

    decision: Literal["continue", "withdraw"]
    reason: Prose
    confirms: UUID | None = None


class Accepted(BaseModel):
    """The program's newest revision after the command."""

    program_id: UUID
    revision: int


@router.post("/programs/{program_id}/offer/accept")
async def accept_offer(program_id: UUID, caller: Member, work: InWork) -> Accepted:
    """Take the offered seat. The last seat cannot be taken twice: a seat is a unique row."""
    own_program(caller, program_id)
    cohort, seat, view = await _offered(work, program_id)
    protocol = cohorts.protocol_of(work, cohort)
    unsigned = [kind for kind in protocol.cohort.offer_needs if kind not in view.history.agreements]
    if unsigned:
        raise Refused("agreement_missing", f"to be signed before a seat is taken: {', '.join(unsigned)}")
    await seating.change(work, seat, "taken", program_id)
    program = await programs.change(work, view.program, cohort_id=cohort.id)
    data = {"cohort_id": str(cohort.id)}
    program = await programs.record(
        work, program, FactKind.SEAT_ACCEPTED, "seat", key=f"seat:{view.program.revision + 1}", data=data
    )
    accepted = events.SeatAccepted(program_id=program.id, cohort_id=cohort.id, protocol=cohort.pin, zone=cohort.zone)
    await work.emit(accepted, site=program.site)
    await cohorts.touch(work, cohort)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/offer/decline")
async def decline_offer(program_id: UUID, caller: Member, work: InWork) -> Accepted:
    """Give the offered seat back; it goes to the next person."""
    own_program(caller, program_id)
    cohort, seat, view = await _offered(work, program_id)
    await seating.change(work, seat, "free")
    data = {"cohort_id": str(cohort.id)}
    program = await programs.record(work, view.program, FactKind.SEAT_DECLINED, "seat", key="declined", data=data)
    await work.emit(events.SeatDeclined(program_id=program.id, cohort_id=cohort.id), site=program.site)
    await cohorts.touch(work, cohort)
    return Accepted(program_id=program.id, revision=program.revision)


async def _offered(work: Work, program_id: UUID) -> tuple[cohorts.Cohort, seating.Seat, View]:
    """The cohort and the program, locked in that order, with the seat that is offered and still stands."""
    found = await seating.seat_of(work, program_id)
    if found is None:
        await programs.lock(work, program_id)
        raise Refused("no_offer", "no seat is offered to this person")
    cohort = await cohorts.get(work, found.cohort_id, lock=True)
    view = await programs.view(work, await programs.lock(work, program_id))
    seat = await seating.seat_of(work, program_id)
    if view.history.left:
        raise Refused("no_offer", f"this person has left the program: {view.history.left}")
    if view.history.decision != "eligible":
        raise Refused("no_offer", "this person was screened again and is not eligible any more")
    if seat is None or seat.state != "offered" or seat.expires_at is None or seat.expires_at <= work.now:
        raise Refused("no_offer", "no seat is offered to this person any more")
    return cohort, seat, view


@router.post("/programs/{program_id}/overrides")
async def sign_override(program_id: UUID, signed: Override, caller: Clinician, work: InWork) -> Accepted:
    """Sign that an owed preparation or circle does not hold the next dose."""
    view = await active(work, program_id)
    open_absence(view, signed.item)
    if not can_be_made_up(view.protocol, signed.item):
        raise Refused("never_doubled", "a missed dose holds nothing that could be overridden", field="item")
    data = {"by": caller.subject, "role": caller.role, "reason": signed.reason, "meaning": signed.signature.meaning}
    program = await programs.record(
        work, view.program, FactKind.OVERRIDDEN, signed.item, key=f"overridden:{signed.item}", data=data
    )
    await work.emit(events.ItemOverridden(program_id=program.id, item=signed.item), site=program.site)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/absences/{item}/close")
async def close_absence(
    program_id: UUID, item: str, closing: AbsenceClosure, caller: Clinician, work: InWork
) -> Accepted:
    """Close an absence that needs no make-up: not worse, go on (esketamine guide), or a clinician excuses it."""
    view = await active(work, program_id)
    open_absence(view, item)
    if view.calendar and holds_a_dose(view.protocol, view.calendar, view.history, item):
        detail = f"{item} holds the next dose: it needs a make-up or a signed override"
        raise Refused("holds_next_dose", detail, field="item")
    data = {"by": caller.subject, "role": caller.role} | closing.model_dump()
    key = f"absence_closed:{item}"
    program = await programs.record(work, view.program, FactKind.ABSENCE_CLOSED, item, key=key, data=data)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/review")
async def decide_review(program_id: UUID, decided: ReviewDecision, caller: Clinician, work: InWork) -> Accepted:
    """Decide an open withdrawal review. The machine opens it; only a clinician withdraws anybody.

    Refused: `no_review`, and `not_confirmed` to withdraw without the program's id as `confirms`.
    """
    view = await active(work, program_id)
    review = next((key for key, decision in view.history.reviews.items() if decision is None), None)
    if review is None:
        raise Refused("no_review", "no withdrawal review is open for this program")
    if decided.decision == "withdraw":
        check_confirmed(view.program, "withdrawn", decided.confirms)
    data = {"by": caller.subject, "role": caller.role} | decided.model_dump(include={"decision", "reason"})
    program = await programs.record(
        work, view.program, FactKind.REVIEW_DECIDED, review, key=f"decided:{review}", data=data
    )
    obligation = await obligations.find(work, "withdrawal_review", review, program.id)
    if obligation:
        await obligations.close(work, obligation, closure=decided.decision, closed_by=caller.subject)
    match decided.decision:
        case "withdraw":
            program = await leave(work, program, "withdrawn", caller, decided.reason)
        case "continue":
            pass
    return Accepted(program_id=program.id, revision=program.revision)


def check_confirmed(program: Program, how: str, confirms: UUID | None) -> None:
    """Refuse to end a program (`not_confirmed`) unless its id was sent once more: somebody looked whose it is."""
    if confirms != program.id:
        detail = f"this ends program {program.id} ({program.site}, {program.state}) for good: {how}. Look whose it is, "
        raise Refused("not_confirmed", detail + "and send its id once more as `confirms`", field="confirms")


async def leave(work: Work, program: Program, how: Left, caller: Principal, reason: str | None) -> Program:
    """Record that the person left; under the program's lock, by whoever has seen that they had not."""
    data = {"how": how, "by": caller.subject, "role": caller.role, "reason": reason}
    return await programs.record(work, program, FactKind.LEFT, "program", key=f"left:{program.revision + 1}", data=data)


async def active(work: Work, program_id: UUID) -> View:
    view = await programs.view(work, await programs.lock(work, program_id))
    if view.cohort is None or view.history.left or view.history.finished:
        raise Refused("program_not_active", f"the program is {view.program.state}")
    return view


def open_absence(view: View, item: str, *, field: str = "item") -> Absence:
    absence = view.history.absences.get(item)
    if absence is None:
        raise Refused("no_absence", f"this person has no absence from {item}", field=field)
    if absence.closure is not None:
        raise Refused("absence_closed", f"the absence from {item} is closed: {absence.closure}", field=field)
    return absence
