"""Somebody answers a message: words that stop messages are honoured at once, everything else is read by a person."""

from dataclasses import dataclass
from uuid import UUID

from services.notifications.commands.opt_out import stop
from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Message
from services.notifications.domain.opt_outs import Channel
from services.notifications.domain.replies import EVERYTHING, Wish, answered, is_ambiguous, stoppable, wish
from services.notifications.storage import messages, obligations, replies
from services.notifications.storage.ruling import protocols_for_staff
from shared.auth import Principal
from shared.projection import participants
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work


@dataclass(frozen=True)
class Reply:
    """An answer as it came. `in_reply_to` is the header of that name; without it, the newest mail was answered."""

    channel: Channel
    text: str
    subject: str
    in_reply_to: str


@dataclass(frozen=True)
class Understood:
    """Which messages an answer stopped, and the answer that a person is to read, if it is to be read."""

    stopped: frozenset[MessageCategory]
    reply_id: UUID | None


async def understand_reply(work: Work, site: str, program_id: UUID, reply: Reply, caller: Principal) -> Understood:
    """Stop what the answer stops; keep what is not understood, or may mean an appointment too, for a coordinator."""
    email = await _email(work, program_id, reply)
    stopped = _stopped(wish(reply.text, reply.subject), email)
    await stop(work, site, program_id, stopped, channel=reply.channel, by=caller.subject)
    reply_id = None
    if not stopped or is_ambiguous(reply.text, reply.subject):
        reply_id = await _ask_to_read(work, site, program_id, reply, answers=email[0] if email else None)
    return Understood(stopped, reply_id)


async def _email(work: Work, program_id: UUID, reply: Reply) -> tuple[Message, ...]:
    named = answered(reply.in_reply_to)
    return await messages.email(work, program_id, UUID(named) if named else None)


def _stopped(asked: Wish | None, email: tuple[Message, ...]) -> frozenset[MessageCategory]:
    """Return what an answer stops; where no mail is known that it could mean, STOP means all that STOPALL does."""
    match asked:
        case None:
            return frozenset()
        case Wish.STOP if email:
            return stoppable(email)
        case Wish.STOP | Wish.STOP_ALL:
            return EVERYTHING


async def _ask_to_read(work: Work, site: str, program_id: UUID, reply: Reply, *, answers: Message | None) -> UUID:
    """Keep an answer, and owe somebody who reads it within the protocol's time for tasks of staff."""
    id = await replies.keep(
        work, site, program_id, channel=reply.channel, subject=reply.subject, text=reply.text, answers=answers
    )
    known = await participants.find(work, program_id)
    within = delivery_policy(protocols_for_staff(work, known), MessageCategory.STAFF_TASK).best_before
    await obligations.open(
        work,
        site=site,
        kind=replies.KIND,
        item=str(id),
        program_id=program_id,
        owner="coordinator",
        deadline=work.now + within,
    )
    return id
