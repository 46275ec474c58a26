"""The seats of a cohort: free, offered or taken, and whose they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update

from services.scheduler.domain.seats import HOLD_A_SEAT, SeatState, seats_close_at
from services.scheduler.storage import cohorts, programs
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.tables import program, seat
from shared.protocol.library import ProtocolGone
from shared.work import Work


@dataclass(frozen=True)
class Seat:
    cohort_id: UUID
    number: int
    program_id: UUID | None
    state: SeatState
    expires_at: datetime | None


def _seat(row: RowMapping) -> Seat:
    return Seat(**{name: row[name] for name in Seat.__dataclass_fields__})


async def provide(work: Work, of: Cohort) -> None:
    """Keep as many free seats as the new cohort takes people."""
    numbers = range(1, of.capacity + 1)
    free = [{"cohort_id": of.id, "number": number, "site": of.site, "state": "free"} for number in numbers]
    await work.connection.execute(insert(seat), free)


async def free_before(work: Work, of: Cohort) -> int:
    """Return how many seats are free in cohorts of the same site and protocol that start earlier and take people."""
    earlier = [one for one in await cohorts.starting_before(work, of) if _takes_people(work, one)]
    free = select(func.count()).where(seat.c.cohort_id.in_([one.id for one in earlier]), seat.c.state == "free")
    return (await work.connection.execute(free)).scalar_one()


def _takes_people(work: Work, of: Cohort) -> bool:
    """Return whether seats of a cohort may be offered now; of one whose protocol cannot be read none is."""
    try:
        protocol = cohorts.protocol_of(work, of)
    except ProtocolGone:
        return False
    return work.now < seats_close_at(protocol, of.starts_at)


async def seats_of(work: Work, cohort_id: UUID) -> list[Seat]:
    rows = await work.lock(select(seat).where(seat.c.cohort_id == cohort_id).order_by(seat.c.number))
    return [_seat(row) for row in rows]


async def seat_of(work: Work, program_id: UUID) -> Seat | None:
    rows = await work.connection.execute(select(seat).where(seat.c.program_id == program_id))
    row = rows.mappings().first()
    return _seat(row) if row else None


async def held_by_nobody(work: Work, cohort_id: UUID) -> list[Seat]:
    """Return the seats whose people are not on the path any more, however they left; under the cohort's lock."""
    await programs.write(work)
    rows = await work.connection.execute(
        select(seat)
        .join(program, program.c.id == seat.c.program_id)
        .where(seat.c.cohort_id == cohort_id, program.c.state.not_in(HOLD_A_SEAT))
    )
    return [_seat(row) for row in rows.mappings()]


async def change(
    work: Work, one: Seat, state: SeatState, program_id: UUID | None = None, expires_at: datetime | None = None
) -> None:
    """Offer, take or free a seat; the database allows a program one seat, and a seat one program."""
    await work.connection.execute(
        update(seat)
        .where(seat.c.cohort_id == one.cohort_id, seat.c.number == one.number)
        .values(state=state, program_id=program_id, expires_at=expires_at)
    )
