"""Messages: what became of each, and the person who sees to one that no mail could carry."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from services.notifications.commands import resolve_message as resolving
from services.notifications.domain.message import Message, MessageState, Recipient
from services.notifications.storage import messages
from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages, Paged
from shared.protocol.vocabulary import MessageCategory
from shared.refusal import not_found
from shared.request_body import RequestBody

router = Router(tags=["messages"])
Staff = Annotated[Principal, allow(*READERS)]
Coordinator = Annotated[Principal, allow("coordinator")]


class MessageShown(BaseModel):
    """One message. `text` names the template; addresses and words are not kept."""

    id: UUID
    site: str
    program_id: UUID | None
    recipient: Recipient
    category: MessageCategory
    text: str
    item: str | None
    state: MessageState
    rule: str | None
    attempts: int
    caused_at: datetime
    not_before: datetime
    best_before: datetime
    sending_at: datetime | None
    carried_by: UUID | None


class MessagesShown(Paged):
    items: list[MessageShown]


def _show(message: Message) -> MessageShown:
    named = {name: getattr(message, name) for name in MessageShown.model_fields if name != "item"}
    return MessageShown(**named, item=message.about.get("item"))


@router.get("/messages")
async def list_messages(
    caller: Staff,
    work: InWork,
    page: InPages,
    program_id: UUID | None = None,
    site: str | None = None,
    state: MessageState | None = None,
) -> MessagesShown:
    """The messages at the caller's sites, the newest first."""
    if site:
        own_site(caller, site)
    found = await messages.shown(work, program_id=program_id, site=site, state=state, page=page)
    return MessagesShown(items=[_show(message) for message in found], next=page.next([one.id for one in found]))


@router.get("/messages/{message_id}")
async def read_message(caller: Staff, work: InWork, message_id: UUID) -> MessageShown:
    """One message: what a staff mail's task id stands for."""
    message = await messages.find(work, message_id)
    if message is None:
        raise not_found("message", message_id)
    return _show(message)


class Resolution(RequestBody):
    """How the person was told instead: by a call that reached them, not at all, or they need not be told any more."""

    outcome: resolving.Outcome


class Resolved(BaseModel):
    """What was said of the call; `open` is true when somebody must call again."""

    message_id: UUID
    outcome: str
    resolved_at: datetime
    open: bool


@router.post("/messages/{message_id}/resolution")
async def resolve_message(caller: Coordinator, work: InWork, message_id: UUID, resolution: Resolution) -> Resolved:
    """Say how a participant was told whom no mail could tell; refused when no task is open (`not_undelivered`).

    What must reach them stays a task after `not_reached`: somebody calls again.
    """
    outcome = resolution.outcome
    is_open = await resolving.resolve_message(work, message_id, outcome, caller)
    return Resolved(message_id=message_id, outcome=outcome, resolved_at=work.now, open=is_open)
