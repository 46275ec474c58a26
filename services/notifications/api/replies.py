"""What people answer to messages: words that stop them, and everything else for somebody to read."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.notifications.api.opt_outs import Speaker, site_of
from services.notifications.commands import resolve_reply as resolving
from services.notifications.commands import understand_reply as understanding
from services.notifications.domain.opt_outs import Channel
from services.notifications.storage import replies
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.protocol.vocabulary import MessageCategory
from shared.refusal import not_found
from shared.request_body import RequestBody

router = Router(tags=["replies"])
Reader = Annotated[Principal, allow("coordinator", "clinician")]


class Inbound(RequestBody):
    """An answer to a message, as it came: with what it quotes and its signature.

    `in_reply_to` is the header of that name: it says which message was answered; without it, the newest that was sent.
    """

    program_id: UUID
    channel: Channel = "email"
    text: str = Field(max_length=10_000)
    subject: str = Field(default="", max_length=1_000)
    in_reply_to: str = Field(default="", max_length=1_000)
    site: str | None = None


class Understood(BaseModel):
    """What became of an answer: which messages it stopped, and the task for a person who reads it, if there is one."""

    understood: Literal["opt_out", "nothing"]
    stopped: list[MessageCategory]
    reply_id: UUID | None


class ReplyShown(BaseModel):
    """An answer in the person's own words. It may be clinical: it stands here and nowhere else."""

    id: UUID
    site: str
    program_id: UUID
    subject: str
    text: str
    answers: UUID | None
    received_at: datetime


@router.post("/inbound")
async def receive_answer(caller: Speaker, work: InWork, answer: Inbound) -> Understood:
    """Take an answer to a message: STOP ends messages like that one, STOPALL all but safety check-ins, both at once.

    The words of both languages count, whatever is quoted or signed below them. Everything else is kept for a
    coordinator to read, a STOP to a safety check-in and a CANCEL that may mean an appointment too.
    """
    site = await site_of(caller, work, answer.program_id, answer.site)
    reply = understanding.Reply(answer.channel, answer.text, answer.subject, answer.in_reply_to)
    understood = await understanding.understand_reply(work, site, answer.program_id, reply, caller)
    stopped = sorted(understood.stopped)
    return Understood(understood="opt_out" if stopped else "nothing", stopped=stopped, reply_id=understood.reply_id)


@router.get("/replies/{reply_id}")
async def read_reply(caller: Reader, work: InWork, reply_id: UUID) -> ReplyShown:
    """Read what somebody answered: the item of a task of the kind `reply`."""
    kept = await replies.find(work, reply_id)
    if kept is None:
        raise not_found("reply", reply_id)
    return ReplyShown(**{name: getattr(kept, name) for name in ReplyShown.model_fields})


class ReplyResolution(RequestBody):
    """What came of an answer: the person was answered, somebody else was told, or nothing was to be done."""

    outcome: resolving.Outcome


class ReplyResolved(BaseModel):
    reply_id: UUID
    outcome: str
    resolved_at: datetime


@router.post("/replies/{reply_id}/resolution")
async def resolve_reply(caller: Reader, work: InWork, reply_id: UUID, resolution: ReplyResolution) -> ReplyResolved:
    """Close the task of an answer that was read; refused when none is open (`no_open_reply`)."""
    await resolving.resolve_reply(work, reply_id, resolution.outcome, caller)
    return ReplyResolved(reply_id=reply_id, outcome=resolution.outcome, resolved_at=work.now)
