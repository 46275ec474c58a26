"""A person receives no more messages, or none of a category; or takes that back."""

from collections.abc import Iterable
from uuid import UUID

from services.notifications.domain.opt_outs import Channel, OptOut, opted_out
from services.notifications.domain.replies import stoppable
from services.notifications.storage import messages, opt_outs
from shared.auth import Principal
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work


async def opt_out(
    work: Work,
    site: str,
    program_id: UUID,
    category: MessageCategory | None,
    caller: Principal,
    *,
    channel: Channel,
    out: bool,
) -> OptOut:
    """Write a line into the person's ledger, honoured from the next message on; `out` false takes an opt-out back.

    Without a category it is meant for every message.
    """
    line = OptOut(channel, category, out, work.now, caller.subject)
    await opt_outs.append(work, site, program_id, line)
    return line


async def stop_like(work: Work, site: str, program_id: UUID, message_id: UUID) -> None:
    """Stop messages like the mail that a person holds, by its link: twice is the same."""
    email = await messages.email(work, program_id, message_id)
    await stop(work, site, program_id, stoppable(email), by=str(program_id))


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
    known = await opt_outs.ledger(work, program_id)
    for category in sorted(categories):
        if not opted_out(known, category, channel):
            await opt_outs.append(work, site, program_id, OptOut(channel, category, out=True, at=work.now, by=by))
