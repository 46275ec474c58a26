"""Whose programs are one person's, across sites: the database answers opaque ids, and nothing else of other sites."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.decision import Signed
from services.intake.domain.identity import Alike, Finding
from services.intake.domain.referral import Pin, Referral
from services.intake.storage import tables
from shared.events import Envelope, Event
from shared.work import Work

_people_like = text("select * from people_like(:program, :as_of)")
_name_and_birth = text(
    "select match_name || date_of_birth from person where program_id = :program order by revision desc limit 1"
)


async def alike(connection: AsyncConnection, program_id: UUID, *, as_of: datetime) -> list[Alike]:
    """Return the programs whose people are like this one's, as it was known at a moment."""
    rows = await connection.execute(_people_like, {"program": program_id, "as_of": as_of})
    return [
        Alike(
            program_id=row["program_id"],
            is_same=row["is_same"],
            pin=Pin(*(row[name] for name in tables.PIN)),
            is_active=row["is_active"],
            last_dose_at=row["last_dose_at"],
            finding=row["finding"],
        )
        for row in rows.mappings()
    ]


async def one_at_a_time(work: Work, program_id: UUID) -> None:
    """Wait for whoever is recording a person of this name and birth: two at once would not see one another."""
    person = (await work.connection.execute(_name_and_birth, {"program": program_id})).scalar_one()
    await work.queue(f"person {person}")


async def references(connection: AsyncConnection, program_ids: Sequence[UUID]) -> list[tuple[str, UUID]]:
    """Return the references of those programs that are at the caller's sites."""
    table = tables.referral.c
    rows = await connection.execute(
        select(table.reference, table.program_id).where(table.program_id.in_(program_ids)).order_by(table.program_id)
    )
    return [(row.reference, row.program_id) for row in rows]


async def keep_course(
    connection: AsyncConnection,
    heard: Envelope[Event],
    program_id: UUID,
    now: datetime,
    *,
    state: str | None = None,
    dosed_at: datetime | None = None,
) -> None:
    """Keep what a program's state became, or when a dose was given."""
    await connection.execute(
        insert(tables.course).values(
            event_id=heard.id,
            program_id=program_id,
            site=heard.site,
            known_at=now,
            sequence=heard.sequence,
            state=state,
            dosed_at=dosed_at,
        )
    )


async def keep_finding(
    connection: AsyncConnection, referral: Referral, finding: Finding, others: Sequence[UUID], signed: Signed
) -> None:
    """Keep what a clinician signed about a person and the programs that were alike at that moment."""
    await connection.execute(
        insert(tables.identity_finding).values(
            program_id=referral.program_id,
            revision=referral.revision,
            site=referral.site,
            finding=finding,
            others=list(others),
            **tables.signed_columns(signed),
        )
    )
