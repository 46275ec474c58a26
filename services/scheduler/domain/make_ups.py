"""When a make-up can be booked: once for what was missed, at a time at which the person is nowhere else."""

from datetime import datetime

from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.domain.facts import MakeUp
from services.scheduler.domain.history import History
from shared.protocol.model import Protocol
from shared.refusal import Refused


def check_make_up(
    protocol: Protocol, calendar: Calendar, history: History, missed_item: str, starts_at: datetime, ends_at: datetime
) -> None:
    """Refuse a second make-up while one is ahead (`already_booked`), and one at the time of another appointment.

    A make-up lasts minutes: in a program whose time is compressed to seconds it would overlap with everything.
    """
    ahead = [one for one in history.make_ups.values() if history.awaits(one)]
    if booked := next((one for one in ahead if one.missed_item == missed_item), None):
        detail = f"{booked.item} is booked for {booked.starts_at:%Y-%m-%d %H:%M} UTC: cancel it to book another"
        raise Refused("already_booked", detail, field="missed_item")
    if protocol.compressed:
        return
    others: list[MakeUp | CalendarSession] = [*ahead]
    others += [session for session in calendar.sessions.values() if not history.is_over(session.item)]
    for other in others:
        if other.starts_at < ends_at and starts_at < other.ends_at:
            detail = f"{other.item} is from {other.starts_at:%Y-%m-%d %H:%M} to {other.ends_at:%H:%M} UTC"
            raise Refused("overlaps", detail, field="starts_at")


def to_be_cancelled(history: History, item: str, now: datetime) -> MakeUp:
    """Return the make-up that can be cancelled; refuse one that is unknown, over, cancelled or has begun."""
    make_up = history.make_ups.get(item)
    if make_up is None or not history.awaits(make_up):
        raise Refused("no_make_up", f"no make-up {item} is ahead of this person", field="item")
    if make_up.starts_at <= now:
        raise Refused("make_up_begun", f"{item} began at {make_up.starts_at:%H:%M} UTC: record who was there")
    return make_up
