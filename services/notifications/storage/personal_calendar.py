"""What a person's own calendar keeps their mails to: the zone that they live in, and what it was told."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.notifications.storage.tables import personal_calendar
from shared.work import Work


@dataclass(frozen=True)
class PersonalCalendar:
    """`zone` is None until their contact says it. `turns`: how often their appointments were taken or given back."""

    zone: str | None = None
    turns: int = 0


async def find(work: Work, program_id: UUID) -> PersonalCalendar:
    """Return a person's calendar; an empty one when nothing is known of it."""
    mine = select(personal_calendar.c.zone, personal_calendar.c.turns).where(
        personal_calendar.c.program_id == program_id
    )
    row = (await work.connection.execute(mine)).mappings().first()
    return PersonalCalendar(**row) if row else PersonalCalendar()


async def turn(work: Work, site: str, program_id: UUID) -> None:
    """Note that a person's appointments were taken from them as a whole, or given back."""
    row = insert(personal_calendar).values(program_id=program_id, site=site, turns=1)
    once_more = {"turns": personal_calendar.c.turns + 1}
    await work.connection.execute(row.on_conflict_do_update(index_elements=["program_id"], set_=once_more))


async def learn_zone(work: Work, site: str, program_id: UUID, zone: str) -> None:
    """Note the zone that a person lives in, as their contact says it."""
    row = insert(personal_calendar).values(program_id=program_id, site=site, turns=0, zone=zone)
    await work.connection.execute(row.on_conflict_do_update(index_elements=["program_id"], set_={"zone": zone}))
