"""Where programs stand: their state, cohort, protocol and the recipient's zone."""

from uuid import UUID

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.standing import ON_THE_WAY, Standing
from services.notifications.storage.tables import standing
from shared.events.scheduler import ProgramAmended, SeatAccepted, StateChanged
from shared.protocol.model import Protocol
from shared.work import Work


def _read(row: RowMapping) -> Standing:
    return Standing(**{name: row[name] for name in Standing.__dataclass_fields__})


async def find(work: Work, program_id: UUID) -> Standing | None:
    """What is known of a program; None when nothing was heard of it."""
    row = (await work.connection.execute(select(standing).where(standing.c.program_id == program_id))).mappings()
    found = row.first()
    return _read(found) if found else None


async def lock(work: Work, site: str, program_id: UUID) -> Standing:
    """The program's standing, locked: one mail to a person is decided at a time, so that caps hold."""
    await _ensure(work, site, program_id)
    [row] = await work.lock(select(standing).where(standing.c.program_id == program_id))
    return _read(row)


async def _ensure(work: Work, site: str, program_id: UUID) -> None:
    await work.connection.execute(
        insert(standing)
        .values(program_id=program_id, site=site, state_sequence=0, seat_sequence=0)
        .on_conflict_do_nothing()
    )


async def change_state(work: Work, site: str, changed: StateChanged, sequence: int) -> None:
    """Note a program's newer state; an older one that comes late changes nothing."""
    await _ensure(work, site, changed.program_id)
    await work.connection.execute(
        update(standing)
        .where(standing.c.program_id == changed.program_id, standing.c.state_sequence < sequence)
        .values(state=changed.state, state_sequence=sequence)
    )


async def follow(work: Work, site: str, told: SeatAccepted | ProgramAmended, sequence: int) -> None:
    """Note the program's newer cohort and pinned protocol; the cohort's zone until the person's is known."""
    await _ensure(work, site, told.program_id)
    values = {
        "cohort_id": told.cohort_id,
        "protocol_id": told.protocol.id,
        "protocol_version": told.protocol.version,
        "seat_sequence": sequence,
    }
    if isinstance(told, SeatAccepted):
        values["zone"] = func.coalesce(standing.c.zone, told.zone)
    await work.connection.execute(
        update(standing)
        .where(standing.c.program_id == told.program_id, standing.c.seat_sequence < sequence)
        .values(**values)
    )


async def unseat(work: Work, program_id: UUID, cohort_id: UUID, sequence: int) -> None:
    """The program is in no cohort any more; an older word that comes late changes nothing."""
    seated = (standing.c.cohort_id == cohort_id) & (standing.c.seat_sequence < sequence)
    await work.connection.execute(
        update(standing)
        .where(standing.c.program_id == program_id, seated)
        .values(cohort_id=None, seat_sequence=sequence)
    )


async def learn_zone(work: Work, program_id: UUID, zone: str) -> None:
    """Note the recipient's own zone, as their contact says it."""
    await work.connection.execute(update(standing).where(standing.c.program_id == program_id).values(zone=zone))


async def members(work: Work, cohort_id: UUID) -> list[UUID]:
    """Who took a seat in a cohort and is still on the way."""
    on_the_way = standing.c.state.is_(None) | standing.c.state.in_(ON_THE_WAY)
    rows = await work.connection.execute(
        select(standing.c.program_id).where(standing.c.cohort_id == cohort_id, on_the_way).order_by("program_id")
    )
    return list(rows.scalars())


def protocols(work: Work, known: Standing | None) -> list[Protocol]:
    """The program's pinned protocol; as long as it has none, all of them: the most cautious rules hold then."""
    everything = list(work.protocols.all())
    if known is None:
        return everything
    pinned = (known.protocol_id, known.protocol_version)
    return [protocol for protocol in everything if (protocol.id, protocol.version) == pinned] or everything
