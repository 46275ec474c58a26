"""What people decide about a program: each is accepted as a fact, or refused with the rule's name."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from services.scheduler.api.fields import Instant, Prose, Word
from services.scheduler.domain.attendance import can_be_made_up, holds_a_dose, kind_of
from services.scheduler.domain.history import Absence, FactKind
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
Carer = Annotated[Principal, allow("participant", "coordinator", "clinician")]


class Signature(RequestBody):
    """What the signer means by signing; who, in which role and when are taken from the token and the clock."""

    meaning: Prose


class MakeUp(RequestBody):
    """One person makes up a missed preparation or circle."""

    missed_item: Word
    starts_at: Instant
    minutes: int = Field(ge=5, le=480)


class Override(RequestBody):
    """A clinician signs that an owed preparation or circle does not hold the next dose."""

    item: Word
    reason: Prose
    signature: Signature


class AbsenceClosure(RequestBody):
    """How an absence ends without a make-up."""

    closure: Literal["go_on", "excused_by_clinician", "dose_passed"]
    reason: Prose


class ReviewDecision(RequestBody):
    decision: Literal["continue", "withdraw"]
    reason: Prose


class Leaving(RequestBody):
    reason: Prose | None = None


class Accepted(BaseModel):
    """The program's newest revision after the command."""

    program_id: UUID
    revision: int


class MakeUpBooked(Accepted):
    session_id: UUID
    item: str


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
    program = await programs.record(work, program, FactKind.SEAT_ACCEPTED, "seat", key="seat", data=data)
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
    if view.history.decision != "eligible":
        raise Refused("no_offer", "this person was screened again and is not eligible any more")
    if seat is None or seat.state != "offered" or seat.expires_at is None or seat.expires_at <= work.now:
        raise Refused("no_offer", "no seat is offered to this person any more")
    return cohort, seat, view


@router.post("/programs/{program_id}/make-ups", status_code=201)
async def book_make_up(program_id: UUID, make_up: MakeUp, caller: Organiser, work: InWork) -> MakeUpBooked:
    """Book a make-up of a missed preparation or circle; a missed dose is never made up."""
    view = await active(work, program_id)
    _open_absence(view, make_up.missed_item, field="missed_item")
    if not can_be_made_up(view.protocol, make_up.missed_item):
        raise Refused("never_doubled", "a missed dose is never made up", field="missed_item")
    if make_up.starts_at <= work.now:
        raise Refused("starts_in_the_past", f"{make_up.starts_at} is over", status=422, field="starts_at")
    booked = _make_up(view, make_up)
    data = booked.model_dump(mode="json", include={"missed_item", "starts_at", "ends_at", "session_id"})
    program = await programs.record(
        work, view.program, FactKind.MAKE_UP_BOOKED, booked.item, key=booked.item, data=data
    )
    await work.emit(booked, site=program.site)
    return MakeUpBooked(
        program_id=program.id, revision=program.revision, session_id=booked.session_id, item=booked.item
    )


def _make_up(view: View, make_up: MakeUp) -> events.MakeUpBooked:
    assert view.cohort is not None
    earlier = [m for m in view.history.make_ups.values() if m.missed_item == make_up.missed_item]
    again = f":{len(earlier) + 1}" if earlier else ""
    kind = kind_of(make_up.missed_item)
    return events.MakeUpBooked(
        program_id=view.program.id,
        cohort_id=view.cohort.id,
        session_id=uuid7(),
        item=f"make_up:{make_up.missed_item}{again}",
        missed_item=make_up.missed_item,
        kind=kind.value,
        starts_at=make_up.starts_at,
        ends_at=make_up.starts_at + timedelta(minutes=make_up.minutes),
        no_show_at=make_up.starts_at + view.protocol.rules_for(kind).grace.value,
        zone=view.cohort.zone,
        protocol=view.cohort.pin,
    )


@router.post("/programs/{program_id}/overrides")
async def sign_override(program_id: UUID, signed: Override, caller: Clinician, work: InWork) -> Accepted:
    """Sign that an owed preparation or circle does not hold the next dose."""
    view = await active(work, program_id)
    _open_absence(view, signed.item)
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
    _open_absence(view, item)
    if view.calendar and holds_a_dose(view.protocol, view.calendar, view.history, item):
        detail = f"{item} holds the next dose: it needs a make-up or a signed override"
        raise Refused("holds_next_dose", detail, field="item")
    data = {"by": caller.subject, "role": caller.role} | closing.model_dump()
    key = f"absence_closed:{item}"
    program = await programs.record(work, view.program, FactKind.ABSENCE_CLOSED, item, key=key, data=data)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/review")
async def decide_review(program_id: UUID, decided: ReviewDecision, caller: Clinician, work: InWork) -> Accepted:
    """Decide an open withdrawal review. The machine opens it; only a clinician withdraws anybody."""
    view = await active(work, program_id)
    review = next((key for key, decision in view.history.reviews.items() if decision is None), None)
    if review is None:
        raise Refused("no_review", "no withdrawal review is open for this program")
    data = {"by": caller.subject, "role": caller.role} | decided.model_dump()
    program = await programs.record(
        work, view.program, FactKind.REVIEW_DECIDED, review, key=f"decided:{review}", data=data
    )
    obligation = await obligations.find(work, "withdrawal_review", review, program.id)
    if obligation:
        await obligations.close(work, obligation, closure=decided.decision, closed_by=caller.subject)
    if decided.decision == "withdraw":
        program = await _leave(work, program, "withdrawn", caller, decided.reason)
    return Accepted(program_id=program.id, revision=program.revision)


@router.post("/programs/{program_id}/withdraw")
async def withdraw_participant(program_id: UUID, leaving: Leaving, caller: Carer, work: InWork) -> Accepted:
    """The person leaves the program; the safety check-in stays."""
    own_program(caller, program_id)
    return await _end(work, program_id, "withdrawn", caller, leaving)


@router.post("/programs/{program_id}/transfer-out")
async def transfer_participant(
    program_id: UUID, leaving: Leaving, caller: Annotated[Principal, allow("coordinator", "clinician")], work: InWork
) -> Accepted:
    """The person goes on with a provider outside the network."""
    return await _end(work, program_id, "transferred", caller, leaving)


@router.post("/programs/{program_id}/death")
async def record_death(
    program_id: UUID, leaving: Leaving, caller: Annotated[Principal, allow("coordinator", "clinician")], work: InWork
) -> Accepted:
    """The person died: nothing is sent or asked any more."""
    return await _end(work, program_id, "died", caller, leaving)


async def _end(work: Work, program_id: UUID, how: str, caller: Principal, leaving: Leaving) -> Accepted:
    await _give_back_the_offer(work, program_id)
    program = await programs.lock(work, program_id)
    view = await programs.view(work, program)
    if program.closed_at is not None or view.history.left:
        raise Refused("program_not_active", f"the program is over: {program.state}")
    program = await _leave(work, program, how, caller, leaving.reason)
    return Accepted(program_id=program.id, revision=program.revision)


async def _give_back_the_offer(work: Work, program_id: UUID) -> None:
    """A seat that is offered to somebody who leaves goes to the next person at once."""
    found = await seating.seat_of(work, program_id)
    if found is None or found.state != "offered":
        return
    cohort = await cohorts.get(work, found.cohort_id, lock=True)
    await programs.lock(work, program_id)
    if await seating.give_back(work, cohort, program_id):
        await cohorts.touch(work, cohort)


async def _leave(work: Work, program: Program, how: str, caller: Principal, reason: str | None) -> Program:
    data = {"how": how, "by": caller.subject, "role": caller.role, "reason": reason}
    return await programs.record(work, program, FactKind.LEFT, "program", key="left", data=data)


async def active(work: Work, program_id: UUID) -> View:
    view = await programs.view(work, await programs.lock(work, program_id))
    if view.cohort is None or view.history.left or view.history.finished:
        raise Refused("program_not_active", f"the program is {view.program.state}")
    return view


def _open_absence(view: View, item: str, *, field: str = "item") -> Absence:
    absence = view.history.absences.get(item)
    if absence is None:
        raise Refused("no_absence", f"this person has no absence from {item}", field=field)
    if absence.closure is not None:
        raise Refused("absence_closed", f"the absence from {item} is closed: {absence.closure}", field=field)
    return absence
