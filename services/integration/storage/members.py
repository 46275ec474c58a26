"""Who is on the path, and which items a clinician signed away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.integration.domain.members import Member
from services.integration.storage.rows import read
from services.integration.storage.tables import member, overridden_item
from shared.events import ProtocolPin


async def get(connection: AsyncConnection, program_id: UUID) -> Member | None:
    row = (await connection.execute(select(member).where(member.c.program_id == program_id))).mappings().first()
    return read(Member, row) if row else None


async def follow(
    connection: AsyncConnection, site: str, program_id: UUID, cohort_id: UUID, pin: ProtocolPin, sequence: int
) -> None:
    """The person is a member of a cohort and follows its protocol; an older word that comes late changes nothing."""
    values = {
        "cohort_id": cohort_id,
        "protocol_id": pin.id,
        "protocol_version": pin.version,
        "protocol_hash": pin.hash,
        "protocol_sequence": sequence,
    }
    statement = insert(member).values(program_id=program_id, site=site, state_sequence=0, **values)
    newer = member.c.protocol_sequence < sequence
    await connection.execute(statement.on_conflict_do_update(index_elements=["program_id"], set_=values, where=newer))


async def unseat(connection: AsyncConnection, program_id: UUID, cohort_id: UUID, sequence: int) -> None:
    """The person is no member of this cohort any more; an older word that comes late changes nothing."""
    await connection.execute(
        update(member)
        .where(
            member.c.program_id == program_id,
            member.c.cohort_id == cohort_id,
            member.c.protocol_sequence < sequence,
        )
        .values(cohort_id=None, protocol_sequence=sequence)
    )


async def set_state(connection: AsyncConnection, site: str, program_id: UUID, state: str, sequence: int) -> bool:
    """The program's newest state; False when a newer one is known already."""
    statement = insert(member).values(program_id=program_id, site=site, state=state, state_sequence=sequence)
    newest = statement.on_conflict_do_update(
        index_elements=["program_id"],
        set_={"state": state, "state_sequence": sequence},
        where=member.c.state_sequence < sequence,
    )
    return bool((await connection.execute(newest)).rowcount)


async def override(connection: AsyncConnection, site: str, program_id: UUID, item: str, now: datetime) -> None:
    """A clinician signed that this item holds no dose."""
    values = {"program_id": program_id, "item": item, "site": site, "overridden_at": now}
    await connection.execute(insert(overridden_item).values(**values).on_conflict_do_nothing())
