"""What a mail says: its messages, the provider, the appointments; and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.message import Message
from services.notifications.domain.tasks import Duty, duties
from shared.sites import Site


@dataclass(frozen=True)
class Appointment:
    """A session as it stands in the calendar, or stood there; `revision` rises each time that it changes."""

    session_id: UUID
    site: str
    cohort_id: UUID
    program_id: UUID | None
    item: str
    starts_at: datetime
    ends_at: datetime
    revision: int
    cancelled: bool = False

    def is_about(self, message: Message) -> bool:
        """Whether the message tells of this appointment: the cohort's, or the participant's own make-up."""
        named = str(self.cohort_id) == message.about.get("cohort_id") and self.item == message.about.get("item")
        return named and self.program_id in (None, message.program_id)


@dataclass(frozen=True)
class Letter:
    """One mail: `messages` are the one that is sent, then those that it carries. `dated` is the same at each try."""

    messages: tuple[Message, ...]
    provider: Site
    zone: ZoneInfo
    appointments: tuple[Appointment, ...]
    dated: datetime

    @property
    def first(self) -> Message:
        return self.messages[0]

    def starts_at(self, message: Message) -> datetime | None:
        """When the appointment that a message tells of begins, in the recipient's zone."""
        known = next((a.starts_at for a in self.appointments if a.is_about(message)), None)
        if known is None and "starts_at" in message.about:
            known = datetime.fromisoformat(message.about["starts_at"])
        return known.astimezone(self.zone) if known else None

    def expires_at(self, message: Message) -> datetime | None:
        given = message.about.get("expires_at")
        return datetime.fromisoformat(given).astimezone(self.zone) if given else None

    def duties(self, message: Message) -> tuple[Duty, ...]:
        """Return the tasks that a message to staff tells of, kind by kind."""
        return duties(message.about["told"], self.zone, self.dated)

    def first_due(self, message: Message) -> datetime:
        """Return the nearest deadline of these tasks, in the zone that their reader works in."""
        return min(due.deadline for duty in self.duties(message) for due in duty.tasks)
