"""Whether a participant was told: by a mail, or by a person who is asked to call when no mail could tell them."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Message
from services.notifications.domain.standing import still_meant
from services.notifications.domain.tasks import TASKS
from services.notifications.storage import messages, obligations, on_call, reasons
from services.notifications.storage.ruling import protocols_for_staff
from shared.events.notifications import ParticipantTold
from shared.obligation import HOMEWARD, Obligation
from shared.projection import participants
from shared.projection.participant import Participant
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import MessageCategory, Role
from shared.work import Work

UNDELIVERED: Final = "undelivered"
HELD: Final = "protocol_gone"
LOOK_FOR_THE_FILE = timedelta(hours=1)


async def told(work: Work, message: Message, *, by: Literal["mail", "call"]) -> None:
    """Tell the other services that a participant heard of what must reach them, or of forms that lapse unanswered."""
    if not (message.to_participant and message.program_id):
        return
    if message.category is not MessageCategory.FORMS and not await must_reach(work, message):
        return
    heard = ParticipantTold(
        message_id=message.id,
        program_id=message.program_id,
        category=message.category.value,
        item=message.item,
        cohort_id=message.cohort_id,
        caused_at=message.caused_at,
        by=by,
    )
    await work.emit(heard, site=message.site)


async def must_reach(work: Work, message: Message) -> bool:
    """Return whether the participant's protocol says that they are told of this in any case."""
    if not message.to_participant:
        return False
    try:
        ruling = participants.protocol_of(work, await _known(work, message))
    except ProtocolGone:
        return True  # Nobody can say that it may be left untold.
    return delivery_policy([ruling], message.category).must_reach


async def _known(work: Work, message: Message) -> Participant | None:
    return await participants.find(work, message.program_id) if message.program_id else None


async def owe_a_call(work: Work, message: Message) -> None:
    """Ask a coordinator to tell the recipient, for no mail does: in time for what the message tells of."""
    if not message.to_participant and not await on_call.entries(work, message.site):
        await on_call.miss(work, message.site)
        return
    if message.text == TASKS:
        return  # It stands in the task list and escalates there; a task about this mail would owe a mail again.
    await obligations.open(
        work,
        site=message.site,
        kind=UNDELIVERED,
        item=str(message.id),
        program_id=message.program_id,
        owner=Role.COORDINATOR,
        deadline=await _call_by(work, message),
    )


async def call_again(work: Work, task: Obligation, message: Message) -> None:
    """Keep the call open: somebody tried, and the participant still does not know."""
    call_by = await _call_by(work, message)
    await obligations.move(work, task, wake_at=call_by, deadline=call_by, stage="not_reached")


async def _call_by(work: Work, message: Message) -> datetime:
    """Return the time for a task of staff, but not after the appointment begins or the offer ends."""
    within = delivery_policy(
        protocols_for_staff(work, await _known(work, message)), MessageCategory.STAFF_TASK
    ).best_before
    useless = message.useless_after
    return min(work.now + within, useless) if useless and useless > work.now else work.now + within


async def drop_what_is_over(work: Work, program_id: UUID) -> None:
    """Close the calls to a participant that are not worth making any more: the fact that asked for them is over."""
    for task in await obligations.all_open(work, program_id=program_id, kind=UNDELIVERED):
        if await is_over(work, task):
            locked = await obligations.get(work, task.id)
            if locked.closed_at is None:
                await obligations.close(work, locked, closure="reason_gone", closed_by=HOMEWARD)


async def is_over(work: Work, task: Obligation) -> bool:
    """Return whether what an undelivered message would have told is over or no longer meant for the recipient."""
    message = await messages.find(work, UUID(task.item))
    assert message is not None
    known = await _known(work, message)
    gone = await reasons.gone(work, message.site, message.reasons, message.caused_at)
    return gone or not still_meant(message, known.state if known else None)


async def say_that_it_is_held(work: Work, message: Message, known: Participant | None) -> None:
    """Ask a coordinator to see to a protocol that cannot be read: a person's messages wait for it. Once a day."""
    within = delivery_policy(protocols_for_staff(work, known), MessageCategory.STAFF_TASK).best_before
    await obligations.open(
        work,
        site=message.site,
        kind=HELD,
        item=f"{_named(known)} on {work.now:%Y-%m-%d}",
        program_id=message.program_id,
        owner=Role.COORDINATOR,
        deadline=work.now + within,
        wake_at=work.now + LOOK_FOR_THE_FILE,
    )


def _named(known: Participant | None) -> str:
    """Name the protocol as staff read it in a task."""
    return f"{known.protocol_id}@{known.protocol_version}" if known and known.protocol_id else "unknown"


async def is_held(work: Work, task: Obligation) -> bool:
    """Return whether a message of this person still waits for a protocol that cannot be read."""
    assert task.program_id is not None
    try:
        participants.protocol_of(work, await participants.find(work, task.program_id))
    except ProtocolGone:
        return bool(await messages.waiting_for(work, task.program_id))
    return False
