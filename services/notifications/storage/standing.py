"""Where programs stand: their state, cohort, protocol and the recipient's zone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.notifications.domain.standing import Standing
from services.notifications.storage.tables import standing
from shared.events.base import ProtocolPin
from shared.events.intake import ReferralReceived
from shared.events.scheduler import ProgramAmended, SeatAccepted, StateChanged
from shared.program_states import ON_THE_WAY
from shared.protocol.library import ProtocolGone
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


async def change_state(work: Work, site: str, changed: StateChanged, sequence: int) -> Standing | None:
    """Note a program's newer state, and return how it stood before; an older one that comes late changes nothing."""
    before = await lock(work, site, changed.program_id)
    newer = await work.connection.execute(
        update(standing)
        .where(standing.c.program_id == changed.program_id, standing.c.state_sequence < sequence)
        .values(state=changed.state, state_sequence=sequence)
    )
    return before if newer.rowcount else None


async def turn_calendar(work: Work, program_id: UUID) -> None:
    """Note that a person's appointments were taken from them as a whole, or given back."""
    turned = update(standing).where(standing.c.program_id == program_id)
    await work.connection.execute(turned.values(calendar_turns=standing.c.calendar_turns + 1))


async def begin(work: Work, site: str, referral: ReferralReceived) -> None:
    """Note the protocol that a person was referred to: it rules their messages until a cohort's takes its place."""
    await _ensure(work, site, referral.program_id)
    pin = referral.protocol or _newest(work, referral.protocol_id)
    if pin is None:
        return
    await work.connection.execute(
        update(standing)
        .where(standing.c.program_id == referral.program_id, standing.c.protocol_id.is_(None))
        .values(protocol_id=pin.id, protocol_version=pin.version, protocol_hash=pin.hash)
    )


def _newest(work: Work, protocol_id: str) -> ProtocolPin | None:
    """Return what a referral of an older build, which did not say its version, was screened by at the time."""
    try:
        newest = work.protocols.latest(protocol_id)
    except KeyError:
        return None
    return ProtocolPin(id=newest.id, version=newest.version, hash=newest.content_hash)


async def follow(work: Work, site: str, told: SeatAccepted | ProgramAmended, sequence: int) -> None:
    """Note the program's newer cohort and pinned protocol; the cohort's zone until the person's is known."""
    await _ensure(work, site, told.program_id)
    values = {
        "cohort_id": told.cohort_id,
        "protocol_id": told.protocol.id,
        "protocol_version": told.protocol.version,
        "protocol_hash": told.protocol.hash,
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


def protocol(work: Work, known: Standing | None) -> Protocol:
    """Return the very content that rules a participant's messages; raise ProtocolGone when it cannot be read."""
    if known is None or known.protocol_id is None or known.protocol_version is None or known.protocol_hash is None:
        raise ProtocolGone("protocol_unpinned", "nobody said which protocol rules this person's messages")
    return work.protocols.pinned(known.protocol_id, known.protocol_version, known.protocol_hash)


def for_staff(work: Work, known: Standing | None) -> Sequence[Protocol]:
    """Return what rules a message to staff: the participant's own protocol, else all of them.

    Staff are told and paged whatever became of a file, by the most cautious of the rules that are there.
    """
    try:
        return [protocol(work, known)]
    except ProtocolGone:
        return work.protocols.all()
