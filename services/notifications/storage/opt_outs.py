"""The ledger of opt-outs: append-only."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import insert, select

from services.notifications.domain.opt_outs import Channel, OptOut, opted_out
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


async def stop(
    work: Work,
    site: str,
    program_id: UUID,
    categories: Iterable[MessageCategory],
    *,
    by: str,
    channel: Channel = "email",
) -> None:
    """Write a line for each of these categories that is not out yet."""
    known = await ledger(work, program_id)
    for category in sorted(categories):
        if not opted_out(known, category, channel):
            await append(work, site, program_id, OptOut(channel, category, out=True, at=work.now, by=by))


async def ledger(work: Work, program_id: UUID) -> list[OptOut]:
    """Every line of a person, in the order they were written."""
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
