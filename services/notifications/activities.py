"""What the watches of notifications do: a message is sent between two transactions, what else is due in one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from temporalio import activity

from services.notifications.clients.email import Sender, compose
from services.notifications.clients.smtp import Mailer
from services.notifications.commands.overdue import RULES
from services.notifications.commands.send_message import OutgoingEmail, record_sending, take_message
from services.notifications.domain.sending import Outcome
from services.notifications.storage import obligations
from shared.events.questions import ContactQuestion
from shared.links import Links
from shared.obligation_activities import ObligationActivities
from shared.request_reply import Ask, NoAnswer
from shared.service import Resources
from shared.watch import WakePlan, Watched, heartbeating
from shared.work import OpenWork


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
            outgoing = await take_message(work, watched.id)
        if outgoing is None:
            return
        outcome, zone = await self._hand_over(outgoing)
        async with self.open_work([watched.site]) as work:
            await record_sending(work, outgoing, outcome, zone)

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
    async def advance(self, watched: Watched) -> WakePlan:
        """Send what is due to be sent; then act on the obligation as its kind's rule says, and answer when to wake."""
        await self._sender.send_if_due(watched)
        return await self._settling.advance(watched)
