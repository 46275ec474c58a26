"""When a message may arrive: quiet hours and caps of the protocol, in the recipient's own zone, and what they spare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.protocol.care import QuietHours
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import MessageCategory

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DeliveryPolicy:
    """What holds for one category. `best_before` counts from the fact; `exempt` from quiet hours and caps.

    What `must_reach` the participant is held by quiet hours but by no cap. `order` is the protocol's order of
    importance, what matters most first: safety, then what must reach.
    """

    quiet_hours: tuple[QuietHours, ...]
    max_per_day: int
    max_per_week: int
    best_before: timedelta
    exempt: bool
    must_reach: bool = False
    order: tuple[MessageCategory, ...] = ()


def delivery_policy(protocols: Sequence[Protocol], category: MessageCategory) -> DeliveryPolicy:
    """Return the protocol's rules for a category; of several protocols, the most cautious of each."""
    all_messages = [protocol.messages for protocol in protocols]
    rules = [protocol.category(category) for protocol in protocols]
    return DeliveryPolicy(
        quiet_hours=tuple(messages.quiet_hours.value for messages in all_messages if messages.quiet_hours),
        max_per_day=min(messages.max_per_day.value for messages in all_messages),
        max_per_week=min(messages.max_per_week.value for messages in all_messages),
        best_before=min(rule.best_before for rule in rules),
        exempt=all(rule.exempt for rule in rules),
        must_reach=any(category in messages.must_reach.value for messages in all_messages),
        order=_order(protocols[0]),
    )


def _order(protocol: Protocol) -> tuple[MessageCategory, ...]:
    exempt = tuple(rules.category for rules in protocol.messages.categories if rules.exempt)
    return (*exempt, *protocol.messages.must_reach.value)


def quiet_until(quiet: QuietHours, zone: ZoneInfo, at: datetime) -> datetime:
    """Return when the quiet hours around this instant end; the instant itself when it is not quiet."""
    local = at.astimezone(zone)
    clock, begins, ends = local.time(), quiet.begins, quiet.ends
    over_midnight = begins > ends
    evening = over_midnight and clock >= begins
    if not (evening or (clock < ends if over_midnight else begins <= clock < ends)):
        return at
    day = local.date() + timedelta(days=1) if evening else local.date()
    return datetime.combine(day, ends, tzinfo=zone).astimezone(at.tzinfo)


def room_at(rules: DeliveryPolicy, sent: Sequence[datetime], zone: ZoneInfo, at: datetime) -> datetime | None:
    """Return the next instant that the caps leave room at, given what was sent; None when they never do.

    A day is the recipient's calendar day; a week is any seven days of 24 hours.
    """
    if rules.max_per_day < 1 or rules.max_per_week < 1:
        return None
    today = at.astimezone(zone).date()
    if sum(moment.astimezone(zone).date() == today for moment in sent) >= rules.max_per_day:
        return datetime.combine(today + timedelta(days=1), time(0), tzinfo=zone).astimezone(at.tzinfo)
    lately = sorted(moment for moment in sent if moment > at - WEEK)
    if len(lately) >= rules.max_per_week:
        return lately[-rules.max_per_week] + WEEK
    return at
