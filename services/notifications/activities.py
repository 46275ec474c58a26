"""What the watches of notifications do: send a message, escalate a page, remind of a task that is overdue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from temporalio import activity

from services.notifications.clients.email import Sender, compose
from services.notifications.clients.smtp import Mailer
from services.notifications.domain.message import ENDED, MessageState
from services.notifications.domain.sending import Outcome
from services.notifications.storage import messages, obligations, pages, sending, telling
from services.notifications.storage.sending import OutgoingEmail
from shared.events.questions import ContactQuestion
from shared.links import Links
from shared.obligation import HOMEWARD, Obligation, Rule
from shared.obligation_activities import ObligationActivities
from shared.request_reply import Ask, NoAnswer
from shared.service import Resources
from shared.watch import Rest, Watched, heartbeating
from shared.work import OpenWork, Work

LOOK_AGAIN = timedelta(minutes=1)
REMIND = timedelta(days=1)


@dataclass(frozen=True)
class EmailSender:
    """Sends messages: decided and marked in one transaction, sent outside of any, recorded in another."""

    open_work: OpenWork
    ask: Ask
    mailer: Mailer
    sender: Sender

    async def send_if_due(self, watched: Watched) -> None:
        """Send the message that this obligation is about, if it may be sent now; else note why not, or until when."""
        async with self.open_work([watched.site]) as work:
            outgoing = await sending.take(work, watched.id)
        if outgoing is None:
            return
        outcome, zone = await self._hand_over(outgoing)
        async with self.open_work([watched.site]) as work:
            await sending.record(work, outgoing, outcome, zone)

    async def _hand_over(self, outgoing: OutgoingEmail) -> tuple[Outcome, str | None]:
        """How sending went, and the recipient's zone if it is not the one that was decided with."""
        email, address = outgoing.email, outgoing.address
        if email.first.to_participant:
            try:
                contact = await self.ask.contact(_question(outgoing))
            except NoAnswer:
                return Outcome.NO_ANSWER, None
            if ZoneInfo(contact.zone) != email.zone:
                return Outcome.OTHER_ZONE, contact.zone
            address = contact.email
        if not address:
            return Outcome.NO_CONTACT, None
        async with heartbeating():
            return await self.mailer.send(compose(email, self.sender, address)), None


def _question(outgoing: OutgoingEmail) -> ContactQuestion:
    first = outgoing.email.first
    assert first.program_id is not None
    return ContactQuestion(program_id=first.program_id, site=first.site, purpose=f"message:{first.category}")


async def settle_message(work: Work, obligation: Obligation) -> None:
    """The obligation follows its message: closed when that ended, else asleep until its next moment."""
    message = await messages.find(work, UUID(obligation.item))
    assert message is not None
    if message.state in ENDED:
        await obligations.close(work, obligation, closure=message.state, closed_by=message.rule or HOMEWARD)
        return
    next_moment = work.now + LOOK_AGAIN if message.state is MessageState.CARRIED else message.not_before
    await obligations.move(work, obligation, wake_at=max(next_moment, work.now + timedelta(seconds=1)))


async def call_or_drop(work: Work, obligation: Obligation) -> None:
    """A call that nobody made is overdue, unless what it would have told is over by now."""
    if await telling.is_over(work, obligation):
        await obligations.close(work, obligation, closure="reason_gone", closed_by=HOMEWARD)
    else:
        await remind(work, obligation)


async def find_protocol_or_remind(work: Work, obligation: Obligation) -> None:
    """A protocol that people's messages wait for is looked for again; the task is over once none waits for it."""
    if not await telling.is_held(work, obligation):
        await obligations.close(work, obligation, closure="nothing_held", closed_by=HOMEWARD)
        return
    stage = "overdue" if obligation.deadline <= work.now else obligation.stage
    await obligations.move(work, obligation, wake_at=work.now + telling.LOOK_FOR_THE_FILE, stage=stage)


async def remind(work: Work, obligation: Obligation) -> None:
    """A person's task is overdue: it says so, and its watch looks again a day later."""
    await obligations.move(work, obligation, wake_at=work.now + REMIND, stage="overdue")


RULES: dict[str, Rule] = {
    "message": settle_message,
    "page": pages.escalate,
    telling.UNDELIVERED: call_or_drop,
    telling.HELD: find_protocol_or_remind,
    "reply": remind,
    "nobody_on_call": remind,
}


class Activities:
    """The activities behind the watches of obligations."""

    def __init__(self, resources: Resources) -> None:
        settings = resources.settings
        mailer = Mailer(settings.smtp_host, settings.smtp_port)
        assert settings.mail_from, "asked for before the service started (main.py)"
        links = Links(settings.codec_key.get_secret_value())
        sender = Sender(settings.mail_from, settings.mail_reply_to or settings.mail_from, links, settings.public_url)
        self._sender = EmailSender(resources.open_work, resources.ask, mailer, sender)
        self._settling = ObligationActivities(resources.open_work, obligations, RULES, apart={"message"})

    @property
    def all(self) -> list[Callable[..., Any]]:
        """What the worker does for its watches."""
        return [self._settling.advance_due, self.advance]

    @activity.defn(name="advance_obligation")
    async def advance(self, watched: Watched) -> Rest:
        """Send what is due to be sent; then act on the obligation as its kind's rule says, and answer when to wake."""
        await self._sender.send_if_due(watched)
        return await self._settling.advance(watched)
