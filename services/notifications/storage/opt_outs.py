"""The ledger of opt-outs: append-only."""

from uuid import UUID

from sqlalchemy import insert, select

from services.notifications.domain.opt_outs import OptOut
from services.notifications.storage.tables import opt_out
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work


async def append(work: Work, site: str, program_id: UUID, line: OptOut) -> None:
    """Write one line."""
    await work.connection.execute(
        insert(opt_out).values(
            site=site,
            program_id=program_id,
            channel=line.channel,
            category=line.category,
            out=line.out,
            at=line.at,
            by=line.by,
        )
    )


async def ledger(work: Work, program_id: UUID) -> list[OptOut]:
    """Return every line of a person, in the order they were written."""
    rows = await work.connection.execute(
        select(opt_out).where(opt_out.c.program_id == program_id).order_by(opt_out.c.id)
    )
    return [
        OptOut(
            row["channel"],
            MessageCategory(row["category"]) if row["category"] else None,
            row["out"],
            row["at"],
            row["by"],
        )
        for row in rows.mappings()
    ]
