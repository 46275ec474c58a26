"""Whether somebody missed an appointment that they had not been told of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared.protocol.vocabulary import MessageCategory


@dataclass(frozen=True)
class Telling:
    """A message about an appointment: when its fact happened, and when a mail or a call told it (None: neither did)."""

    category: MessageCategory
    caused_at: datetime
    told_at: datetime | None


def was_unheard(tellings: Collection[Telling], starts_at: datetime) -> bool:
    """Return whether nothing had told of an appointment as it stood when it began.

    What was told before its time was changed told of another time. Where no message was owed at all, nobody
    can say that they were not told.
    """
    before = [one for one in tellings if one.caused_at < starts_at]
    changes = [one.caused_at for one in before if one.category is MessageCategory.CALENDAR_CHANGE]
    newest = [one for one in before if all(one.caused_at >= change for change in changes)]
    return bool(newest) and not any(one.told_at and one.told_at < starts_at for one in newest)
