"""A message is sent: one transaction takes it, the mail goes out, another records how that went."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.commands import end_message
from services.notifications.commands.ask_for_call import ask_for_call
from services.notifications.commands.hold_message import hold_message
from services.notifications.domain.delivery_policy import DeliveryPolicy, delivery_policy
from services.notifications.domain.email import Email
from services.notifications.domain.message import ENDED, TO_SEND, Message, MessageState
from services.notifications.domain.opt_outs import opted_out
from services.notifications.domain.paging import address
from services.notifications.domain.sending import (
    LEAVES_UNTOLD,
    Fail,
    Outcome,
    Send,
    Sent,
    Situation,
    Suppress,
    TryAgain,
    Wait,
    after,
    carried_along,
    decide,
)
from services.notifications.domain.standing import still_meant
from services.notifications.domain.tasks import TASKS
from services.notifications.storage import (
    calendar,
    messages,
    obligations,
    on_call,
    opt_outs,
    personal_calendar,
    reasons,
    tasks,
)
from services.notifications.storage.personal_calendar import PersonalCalendar
from services.notifications.storage.ruling import protocols_for_staff
from shared.obligation import HOMEWARD, Obligation
from shared.projection import participants
from shared.projection.participant import Participant
from shared.protocol.library import ProtocolGone
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work

LOOK_AGAIN = timedelta(minutes=1)
"""How soon a message that travels in another one's mail is looked at again."""


@dataclass(frozen=True)
class OutgoingEmail:
    """A message that is marked as `sending`. `address` is a staff member's; a participant's is asked for."""

    email: Email
    address: str | None


async def take_message(work: Work, obligation_id: UUID) -> OutgoingEmail | None:
    """Decide on the message that is due, if one is; mark it and those that it carries. None: nothing to send now."""
    obligation = await obligations.get(work, obligation_id)
    if obligation.kind != "message" or obligation.closed_at or obligation.wake_at > work.now:
        return None
    id = obligation.program_id
    known = await participants.lock(work, obligation.site, id) if id else None
    own = await personal_calendar.find(work, id) if id else PersonalCalendar()
    message = await messages.lock(work, UUID(obligation.item))
    if message.state not in TO_SEND:
        return None
    rules = _rules(work, message, known)
    zone = ZoneInfo((message.to_participant and known and (own.zone or known.zone)) or work.sites[message.site].zone)
    match decide(message, await _situation(work, message, known, zone), rules, work.now):
        case Wait(until):
            await messages.change(work, message.id, not_before=until)
            if rules is None:
                await hold_message(work, message, known)
        case Suppress(rule):
            await end_message.suppress(work, message, rule)
            if rule in LEAVES_UNTOLD and (rules is None or rules.must_reach):
                await ask_for_call(work, message)
        case Fail(rule):
            await end_message.fail(work, message, rule)
        case Send():
            assert rules is not None
            return await _mark(work, message, known, own, rules, zone)
    return None


def _rules(work: Work, message: Message, known: Participant | None) -> DeliveryPolicy | None:
    """Return what rules the message; None when the protocol that its participant follows cannot be read."""
    if not message.to_participant:
        return delivery_policy(protocols_for_staff(work, known), message.category)
    try:
        return delivery_policy([participants.protocol_of(work, known)], message.category)
    except ProtocolGone:
        return None


async def _situation(work: Work, message: Message, known: Participant | None, zone: ZoneInfo) -> Situation:
    if message.text == TASKS:
        return Situation(reason_stands=bool(await tasks.still_owed(work, message)), opted_out=False, zone=zone)
    gone = await reasons.gone(work, message.site, message.reasons, message.caused_at)
    if message.category is MessageCategory.SESSION_REMINDER:
        gone = gone or await calendar.is_cancelled(work, message)
    meant = still_meant(message, known.state if known else None)
    if not (message.to_participant and message.program_id):
        return Situation(reason_stands=meant and not gone, opted_out=False, zone=zone)
    ledger = await opt_outs.ledger(work, message.program_id)
    return Situation(
        reason_stands=meant and not gone,
        opted_out=opted_out(ledger, message.category),
        zone=zone,
        sent=await messages.sent_lately(work, message),
    )


async def _mark(
    work: Work,
    message: Message,
    known: Participant | None,
    own: PersonalCalendar,
    rules: DeliveryPolicy,
    zone: ZoneInfo,
) -> OutgoingEmail:
    """Mark the message. One that is in doubt keeps its date and what it carries: the same mail goes out again."""
    if message.state is MessageState.SENDING and message.sending_at:
        dated, carried = message.sending_at, tuple(await messages.carried(work, message.id))
    else:
        dated, carried = work.now, await _carry(work, message, known, zone)
        await messages.change(
            work, message.id, state=MessageState.SENDING, sending_at=dated, counts_for_caps=not rules.exempt
        )
        if message.text == TASKS:
            message = await tasks.write_down(work, message)
    await messages.note(work, message, "begun")
    told = (message, *carried)
    appointments = await calendar.told_of(work, told, own.turns)
    advice = _advice(participants.protocol_of(work, known)) if message.to_participant else {}
    email = Email(told, work.sites[message.site], zone, appointments, dated, advice, rules.order)
    staff = None if message.to_participant else await on_call.entries(work, message.site)
    return OutgoingEmail(email, address(staff, message.recipient, message.subject) if staff else None)


def _advice(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """Return what the protocol says before a session of each kind."""
    return {rules.kind.value: tuple(line.says for line in rules.advice) for rules in protocol.session_rules}


async def _carry(work: Work, message: Message, known: Participant | None, zone: ZoneInfo) -> tuple[Message, ...]:
    beside = await messages.waiting_beside(work, message)
    others = [(other, await _situation(work, other, known, zone)) for other in beside]
    carried = carried_along(others, work.now)
    for other in carried:
        await messages.change(work, other.id, state=MessageState.CARRIED, carried_by=message.id)
    return carried


async def record_sending(work: Work, outgoing: OutgoingEmail, outcome: Outcome, zone: str | None) -> None:
    """Write down how it went; if somebody else has done so meanwhile, nothing changes."""
    first = outgoing.email.first
    if first.program_id:
        await participants.lock(work, first.site, first.program_id)
    message = await messages.lock(work, first.id)
    if message.state is not MessageState.SENDING:
        return
    await messages.note(work, message, outcome)
    if zone and message.program_id:
        await personal_calendar.learn_zone(work, message.site, message.program_id, zone)
    doubts = await messages.count_steps(work, message, Outcome.DOUBT)
    match after(outcome, message, doubts, work.now):
        case Sent():
            await end_message.sent(work, message)
        case Suppress(rule):
            await end_message.suppress(work, message, rule)
            await ask_for_call(work, message)
        case Fail(rule):
            await end_message.fail(work, message, rule)
        case TryAgain() as again:
            await _wait(work, message, again)


async def _wait(work: Work, message: Message, again: TryAgain) -> None:
    attempts = message.attempts + again.failed
    await messages.change(work, message.id, attempts=attempts, not_before=again.at)
    if not again.in_doubt:
        await messages.change(work, message.id, state=MessageState.WAITING, sending_at=None, counts_for_caps=False)
        await end_message.release(work, message, failed=again.failed)


async def settle_message(work: Work, obligation: Obligation) -> None:
    """Follow the message, sent just before or not: close when it ended, else sleep until its next moment."""
    message = await messages.find(work, UUID(obligation.item))
    assert message is not None
    if message.state in ENDED:
        await obligations.close(work, obligation, closure=message.state, closed_by=message.rule or HOMEWARD)
        return
    next_moment = work.now + LOOK_AGAIN if message.state is MessageState.CARRIED else message.not_before
    await obligations.move(work, obligation, wake_at=max(next_moment, work.now + timedelta(seconds=1)))
