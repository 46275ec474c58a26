"""A message waits for a protocol that cannot be read: a coordinator is asked to have its file put back."""

from datetime import timedelta

from services.notifications.domain.delivery_policy import delivery_policy
from services.notifications.domain.message import Message
from services.notifications.storage import obligations, telling
from services.notifications.storage.ruling import protocols_for_staff
from services.notifications.storage.telling import HELD
from shared.obligation import HOMEWARD, Obligation
from shared.projection.participant import Participant
from shared.protocol.vocabulary import MessageCategory, Role
from shared.work import Work

LOOK_FOR_THE_FILE = timedelta(hours=1)


async def hold_message(work: Work, message: Message, known: Participant | None) -> None:
    """Owe the file, once a day for each person and protocol: all their messages wait for it."""
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


async def find_protocol_again(work: Work, obligation: Obligation) -> None:
    """Look for the file again; the task is over once no message waits for it."""
    if not await telling.is_held(work, obligation):
        await obligations.close(work, obligation, closure="nothing_held", closed_by=HOMEWARD)
        return
    stage = "overdue" if obligation.deadline <= work.now else obligation.stage
    await obligations.move(work, obligation, wake_at=work.now + LOOK_FOR_THE_FILE, stage=stage)


def _named(known: Participant | None) -> str:
    """Name the protocol as staff read it in a task."""
    return f"{known.protocol_id}@{known.protocol_version}" if known and known.protocol_id else "unknown"
