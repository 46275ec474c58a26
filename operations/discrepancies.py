"""What needs repair, and how: pure. A discrepancy is what is seen at two looks in a row; the rest was under way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.watched_rows import Reason, Row

LATE = timedelta(seconds=10)
"""A row that is due is acted on within a second or two; nobody looks closer than this."""
UNTOLD = timedelta(minutes=1)
"""An event is published within a second; what waits so long waits for something that is away, or cannot be read."""
UNHEARD, IN_HAND = timedelta(minutes=1), timedelta(minutes=6)
"""An event is heard within a second; one that is tried again waits for more than four minutes in between."""


class Repair(StrEnum):
    """What is safe to do about a discrepancy. Each may be done twice, and to what needed none of it."""

    PROVISION = "provision again"
    PUBLISH = "publish again"
    NUDGE = "nudge again"
    START = "start again"
    SEE_LOG = "see the log"
    REPLAY = "read why and replay"
    NONE = "none that is safe"


@dataclass(frozen=True)
class NotProvisioned:
    """A stream or a service's consumer is gone."""

    name: str
    repair = Repair.PROVISION

    @property
    def says(self) -> str:
        return f"{self.name} is not there"


@dataclass(frozen=True)
class OutboxRow:
    """An outbox row as far as it is compared: what it is, and whether it is held for published."""

    service: str
    site: str
    type: str
    event_id: UUID
    occurred_at: datetime
    published: bool


@dataclass(frozen=True)
class NotOnStream:
    """An event that its outbox holds for published is not on the stream: it was wiped, or acknowledged and not kept."""

    row: OutboxRow
    repair = Repair.PUBLISH

    @property
    def says(self) -> str:
        return f"{self.row.type} {self.row.event_id} was published and is not on the stream"


@dataclass(frozen=True)
class NotPublished:
    """An event that its service's relay could not publish; it tries again by itself."""

    row: OutboxRow
    repair = Repair.SEE_LOG

    @property
    def says(self) -> str:
        row = self.row
        return (
            f"{row.type} {row.event_id} waits to be published since {row.occurred_at:%Y-%m-%d %H:%M:%S}Z; "
            f"the log of {row.service} says why"
        )


@dataclass(frozen=True)
class NotHeard:
    """A service has heard nothing for a while, though something waits for it, or is in its hand."""

    service: str
    waiting: int = field(compare=False)
    since: datetime
    repair = Repair.SEE_LOG

    @property
    def says(self) -> str:
        return (
            f"{self.service} has received nothing since {self.since:%Y-%m-%d %H:%M:%S}Z, and {self.waiting} events"
            f" wait; its /readyz and its log say why"
        )


@dataclass(frozen=True)
class GivenUp:
    """A message that a service could not handle, as often as it tried: a dead letter."""

    service: str
    subject: str
    letter: int
    repair = Repair.REPLAY

    @property
    def says(self) -> str:
        return (
            f"{self.service} gave {self.subject} up: dead letter {self.letter} of ./homeward deadletters list says why"
        )


@dataclass(frozen=True)
class StandsStill:
    """A row that nobody acts on, or that no workflow watches."""

    service: str
    workflow_id: str
    row: Row
    why: Reason

    @property
    def repair(self) -> Repair:
        match self.why:
            case "not watched":
                return Repair.START
            case "due" | "not acted on":
                return Repair.NUDGE

    @property
    def says(self) -> str:
        return f"{self.row.name} at revision {self.row.revision} is {self.why}, and waits for no nudge"


@dataclass(frozen=True)
class NotFromHere:
    """An event on the stream that no outbox knows: the database is older than the stream."""

    event_id: UUID
    repair = Repair.NONE

    @property
    def says(self) -> str:
        return f"event {self.event_id} is on the stream and in no outbox: the database is older than the stream"


Discrepancy = NotProvisioned | NotOnStream | NotPublished | NotHeard | GivenUp | StandsStill | NotFromHere


@dataclass(frozen=True)
class Heard:
    """How far a service is with its hearing: events that wait, events in its hand, and when it last took one."""

    service: str
    waiting: int
    in_hand: int
    last: datetime

    def is_deaf(self, now: datetime) -> bool:
        silent = now - self.last
        return (self.waiting > 0 and silent > UNHEARD) or (self.in_hand > 0 and silent > IN_HAND)


@dataclass(frozen=True)
class Seen:
    """Everything at one look. The outboxes were read before the stream, the rows before Temporal's list."""

    now: datetime
    outboxes: Sequence[OutboxRow]
    on_stream: Collection[UUID]
    missing: Sequence[str]
    rows: Mapping[str, Sequence[Row]]
    not_watched: Collection[str]
    heard: Sequence[Heard] = ()
    given_up: Sequence[GivenUp] = ()


def find_discrepancies(seen: Seen) -> list[Discrepancy]:
    """Find what does not agree at one look."""
    known = {row.event_id for row in seen.outboxes}
    return [
        *map(NotProvisioned, seen.missing),
        *(NotOnStream(row) for row in seen.outboxes if row.published and row.event_id not in seen.on_stream),
        *(NotPublished(row) for row in seen.outboxes if not row.published and seen.now - row.occurred_at > UNTOLD),
        *(NotHeard(one.service, one.waiting + one.in_hand, one.last) for one in seen.heard if one.is_deaf(seen.now)),
        *seen.given_up,
        *(found for service, rows in seen.rows.items() for found in _standing_still(service, rows, seen)),
        *(NotFromHere(event_id) for event_id in seen.on_stream if event_id not in known),
    ]


def _standing_still(service: str, rows: Iterable[Row], seen: Seen) -> Iterable[StandsStill]:
    for row in rows:
        if why := row.needs(seen.now - LATE, seen.not_watched):
            yield StandsStill(service, row.workflow_id, row, why)


def seen_twice(before: Collection[Discrepancy], now: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Return what was there at both looks, exactly so: a row that moved on in between is another."""
    earlier = set(before)
    return [discrepancy for discrepancy in now if discrepancy in earlier]


def counted(found: Iterable[Discrepancy]) -> dict[Repair, int]:
    """Count how many discrepancies have each repair; in the order in which they are repaired."""
    counts = dict.fromkeys(Repair, 0)
    for discrepancy in found:
        counts[discrepancy.repair] += 1
    return counts
