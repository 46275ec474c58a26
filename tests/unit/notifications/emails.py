"""Messages and rules to try the domain with."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from services.notifications.domain.delivery_policy import DeliveryPolicy
from services.notifications.domain.message import Message, MessageState, Recipient
from services.notifications.domain.sending import Situation
from shared.protocol.care import QuietHours
from shared.protocol.vocabulary import MessageCategory

VANCOUVER = ZoneInfo("America/Vancouver")
DENVER = ZoneInfo("America/Denver")
PROGRAM = UUID("0190a000-0000-7000-8000-000000000001")
NIGHT = QuietHours(begins=time(21), ends=time(8))


def at(day: int, clock: str, zone: ZoneInfo = VANCOUVER) -> datetime:
    """A wall-clock time in January 2030."""
    return datetime.combine(date(2030, 1, day), time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


MONDAY_MORNING = at(7, "10:00")


def a_message(**changed: Any) -> Message:
    values: dict[str, Any] = {
        "id": uuid4(),
        "site": "bc",
        "program_id": PROGRAM,
        "recipient": Recipient.PARTICIPANT,
        "subject": None,
        "text": "measure",
        "category": MessageCategory.MEASURE,
        "reasons": ("ahead",),
        "about": {},
        "caused_at": MONDAY_MORNING,
        "best_before": MONDAY_MORNING + timedelta(days=2),
        "state": MessageState.WAITING,
        "not_before": MONDAY_MORNING,
        "attempts": 0,
        "sending_at": None,
        "carried_by": None,
        "rule": None,
    }
    return Message(**values | changed)


def manners(**changed: Any) -> DeliveryPolicy:
    values: dict[str, Any] = {
        "quiet_hours": (NIGHT,),
        "max_per_day": 1,
        "max_per_week": 3,
        "best_before": timedelta(days=2),
        "exempt": False,
    }
    return DeliveryPolicy(**values | changed)


def situation(**changed: Any) -> Situation:
    values: dict[str, Any] = {"reason_stands": True, "opted_out": False, "zone": VANCOUVER, "sent": ()}
    return Situation(**values | changed)
