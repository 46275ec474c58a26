"""What a mail says: its messages, the provider, the appointments; and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.message import Message
from services.notifications.domain.replies import stoppable
from services.notifications.domain.tasks import Duty, duties
from services.notifications.domain.wording import day_in_words, place_and_time, time_in_words
from shared.protocol.vocabulary import MessageCategory
from shared.sites import Site

SEAT_TAKEN = "seat_taken"
"""The text that tells somebody of all appointments of the cohort that they have a seat in."""
CALENDAR_STANDS = "calendar_stands"
"""The text that tells somebody that their appointments are held after all."""
CANCELLED = "cancelled"
"""The text that tells of an appointment that is not held any more."""


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

    def is_told_by(self, message: Message) -> bool:
        """Return whether the message tells of this appointment as it stands: the cohort's, or one's own make-up.

        A cancellation tells of what is cancelled, and every other message of what is held: a session that came back
        under another id does not share its words. Somebody who has just taken their seat, or has it no more, hears of
        all that is ahead.
        """
        named = str(self.cohort_id) == message.about.get("cohort_id") and self.item == message.about.get("item")
        if message.text in (SEAT_TAKEN, CALENDAR_STANDS) or message.ends_calendar:
            named = str(self.cohort_id) == message.about["cohort_id"] and self.starts_at > message.caused_at
        own = self.program_id in (None, message.program_id)
        return named and own and (message.ends_calendar or self.cancelled == (message.text == CANCELLED))

    def as_told_by(self, messages: Iterable[Message], turns: int) -> Self:
        """Return the appointment as a mail with these messages puts it into its recipient's calendar.

        It is cancelled for whoever has no place there any more. `turns` counts how often that changed for this person:
        a calendar takes notice of a higher sequence alone (RFC 5546).
        """
        is_over = any(message.ends_calendar and self.is_told_by(message) for message in messages)
        return replace(self, revision=self.revision + turns, cancelled=self.cancelled or is_over)


@dataclass(frozen=True)
class Email:
    """One mail: `messages` are the one that is sent, then those that it carries. `dated` is the same at each try.

    `advice` is what the participant's protocol says before a session of a kind.
    `order` names the categories that lead the mail, what matters most first.
    """

    messages: tuple[Message, ...]
    provider: Site
    zone: ZoneInfo
    appointments: tuple[Appointment, ...]
    dated: datetime
    advice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: tuple[MessageCategory, ...] = ()

    @property
    def first(self) -> Message:
        """The message that the mail is sent for: its id names the mail."""
        return self.messages[0]

    @property
    def stoppable(self) -> frozenset[MessageCategory]:
        """What a STOP that answers this mail stops; the mail says how only if there is something."""
        return stoppable(self.messages)

    @property
    def day(self) -> str:
        """The recipient's day on which the mail is written."""
        return day_in_words(self.dated, self.zone)

    @property
    def told(self) -> tuple[Message, ...]:
        """The messages as they are read: what matters more comes first, whichever of them the mail is sent for."""
        places = {category: place for place, category in enumerate(self.order)}
        return tuple(sorted(self.messages, key=lambda message: places.get(message.category, len(places))))

    def time(self, message: Message, name: str = "starts_at") -> str:
        """Return one of the times that a message tells of, short enough for a subject: `Tuesday 3 March, 09:00`."""
        return time_in_words(datetime.fromisoformat(message.about[name]), self.zone)

    def time_and_place(self, message: Message, name: str = "starts_at") -> str:
        """Return one of the times that a message tells of, with the place whose clocks are meant."""
        return place_and_time(datetime.fromisoformat(message.about[name]), self.zone, ZoneInfo(self.provider.zone))

    def duties(self, message: Message) -> tuple[Duty, ...]:
        """Return the tasks that a message to staff tells of, kind by kind."""
        return duties(message.about["told"], self.zone, self.dated)

    def first_due(self, message: Message) -> datetime:
        """Return the nearest deadline of these tasks, in the zone that their reader works in."""
        return min(due.deadline for duty in self.duties(message) for due in duty.tasks)

    def calendar(self, message: Message) -> tuple[str, ...]:
        """Return every time that a message tells of, in their order, each with the place whose clocks are meant."""
        site_zone = ZoneInfo(self.provider.zone)
        told = sorted(one.starts_at for one in self.appointments if one.is_told_by(message))
        return tuple(place_and_time(starts_at, self.zone, site_zone) for starts_at in told)

    def advice_for(self, message: Message) -> tuple[str, ...]:
        """Return what to know before the appointment that a message tells of: how to come, how to get home."""
        return self.advice.get(message.about["item"].partition(":")[0], ())
