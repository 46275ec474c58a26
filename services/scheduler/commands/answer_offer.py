"""A person takes the seat that is offered to them, or gives it back."""

from uuid import UUID

from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import cohorts, programs, seating
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.programs import Program, View
from services.scheduler.storage.seating import Seat
from shared.events import scheduler as events
from shared.refusal import Refused
from shared.work import Work


async def accept_offer(work: Work, program_id: UUID) -> Program:
    """Take the offered seat. The last seat cannot be taken twice: a seat is a unique row.

    Refused: `no_offer`, `agreement_missing`.
    """
    cohort, seat, view = await _offered(work, program_id)
    protocol = cohorts.protocol_of(work, cohort)
    unsigned = [kind for kind in protocol.cohort.offer_needs if kind not in view.history.agreements]
    if unsigned:
        raise Refused("agreement_missing", f"to be signed before a seat is taken: {', '.join(unsigned)}")
    await seating.change(work, seat, "taken", program_id)
    program = await programs.change(work, view.program, cohort_id=cohort.id)
    data, key = {"cohort_id": str(cohort.id)}, f"seat:{view.program.revision + 1}"
    program = await programs.record(work, program, FactKind.SEAT_ACCEPTED, "seat", key=key, data=data)
    accepted = events.SeatAccepted(program_id=program.id, cohort_id=cohort.id, protocol=cohort.pin, zone=cohort.zone)
    await work.emit(accepted, site=program.site)
    await cohorts.touch(work, cohort)
    return program


async def decline_offer(work: Work, program_id: UUID) -> Program:
    """Give the offered seat back; it goes to the next person. Refused: `no_offer`."""
    cohort, seat, view = await _offered(work, program_id)
    await seating.change(work, seat, "free")
    data = {"cohort_id": str(cohort.id)}
    program = await programs.record(work, view.program, FactKind.SEAT_DECLINED, "seat", key="declined", data=data)
    await work.emit(events.SeatDeclined(program_id=program.id, cohort_id=cohort.id), site=program.site)
    await cohorts.touch(work, cohort)
    return program


async def _offered(work: Work, program_id: UUID) -> tuple[Cohort, Seat, View]:
    """Lock the cohort, then the program; return them with the offered seat. Refused: `no_offer`."""
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
