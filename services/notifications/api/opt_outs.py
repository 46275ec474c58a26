"""Opting out of messages, and back in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.notifications.commands import opt_out as opting_out
from services.notifications.domain.opt_outs import Channel, OptOut
from services.notifications.storage import opt_outs
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_program, own_site
from shared.paging import InPages, Paged
from shared.projection import participants
from shared.protocol.vocabulary import MessageCategory
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Work

router = Router(tags=["opt-outs"])
Speaker = Annotated[Principal, allow("participant", "coordinator")]


class OptOutAsked(RequestBody):
    """Without a category it is meant for every message. `site` only if the program is not known here yet."""

    program_id: UUID
    channel: Channel = "email"
    category: MessageCategory | None = None
    site: str | None = None


class OptOutShown(BaseModel):
    program_id: UUID
    channel: Channel
    category: MessageCategory | None
    out: bool
    at: datetime
    by: str


class OptOutsShown(Paged):
    items: list[OptOutShown]


def _show(program_id: UUID, line: OptOut) -> OptOutShown:
    return OptOutShown(program_id=program_id, **vars(line))


async def site_of(caller: Principal, work: Work, program_id: UUID, named: str | None) -> str:
    """Return the program's site; one that nothing was heard of yet is at the caller's only site, or the named one."""
    own_program(caller, program_id)
    known = await participants.find(work, program_id)
    if known:
        return known.site
    if named is None and len(caller.sites) != 1:
        raise Refused("site_required", "nothing is known of this program yet: name its site", status=422, field="site")
    own_site(caller, named or caller.sites[0])
    return named or caller.sites[0]


async def _write(caller: Principal, work: Work, asked: OptOutAsked, *, out: bool) -> OptOutShown:
    site = await site_of(caller, work, asked.program_id, asked.site)
    line = await opting_out.opt_out(
        work, site, asked.program_id, asked.category, caller, channel=asked.channel, out=out
    )
    return _show(asked.program_id, line)


@router.post("/opt-outs", status_code=201)
async def opt_out(caller: Speaker, work: InWork, asked: OptOutAsked) -> OptOutShown:
    """Receive no more messages, or none of a category; honoured from the next message on."""
    return await _write(caller, work, asked, out=True)


@router.delete("/opt-outs")
async def opt_in(
    caller: Speaker,
    work: InWork,
    program_id: UUID,
    channel: Channel = "email",
    category: MessageCategory | None = None,
    site: str | None = None,
) -> OptOutShown:
    """Take an opt-out back: a line more in the ledger, nothing is erased."""
    asked = OptOutAsked(program_id=program_id, channel=channel, category=category, site=site)
    return await _write(caller, work, asked, out=False)


@router.get("/opt-outs")
async def list_opt_outs(caller: Speaker, work: InWork, page: InPages, program_id: UUID) -> OptOutsShown:
    """A person's ledger, in the order it was written."""
    own_program(caller, program_id)
    lines = enumerate(await opt_outs.ledger(work, program_id))
    found, behind = page.of(lines, lambda numbered: (numbered[0],))
    return OptOutsShown(items=[_show(program_id, line) for _, line in found], next=behind)
