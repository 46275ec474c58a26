"""Too few people: a cohort below its minimum, a coming session below its quorum. Staff run, postpone or merge."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from services.scheduler.domain.calendar import CalendarSession
from services.scheduler.domain.history import History
from services.scheduler.domain.seats import seats_close_at
from shared.protocol.model import Protocol
from shared.vocabulary import those

Kind = Literal["cohort_below_minimum", "session_below_quorum"]
BELOW_MINIMUM: Kind = "cohort_below_minimum"
BELOW_QUORUM: Kind = "session_below_quorum"
Choice = Literal["run", "postpone", "merge"]
"""What staff can decide (convention): it takes place as it is, later, or together with another group."""
CHOICES: tuple[Choice, ...] = get_args(Choice)
TAKES_PLACE: frozenset[Choice] = those(Choice, are=("run",), are_not=("postpone", "merge"))
"""Decided for as few people as there were, whatever is asked about next."""


@dataclass(frozen=True)
class Shortage:
    """Too few people for something that begins at `at`: the cohort's start (`item` is None) or one of its sessions.

    `expected` and `enrolled` are people on the path, each counted up to what the quorum asks and no further.
    """

    kind: Kind
    item: str | None
    at: datetime
    expected: int
    enrolled: int


def shortages(
    protocol: Protocol,
    starts_at: datetime,
    coming: Collection[CalendarSession],
    on_the_path: Collection[History],
    now: datetime,
) -> Iterator[Shortage]:
    """Yield what has too few people, from the closing of the seats on; until then the group still fills.

    Whoever is on the path is enrolled. Expected at a session are those who have not said that they will miss it.
    Before the start the cohort's minimum is asked for alone. A session of which nobody is left asks nothing.
    """
    if now < seats_close_at(protocol, starts_at):
        return
    quorum, enrolled = protocol.cohort.decided_quorum, len(on_the_path)
    counted = min(enrolled, quorum.enrolled)
    if now < starts_at and enrolled < protocol.cohort.decided_size.minimum:
        yield Shortage(BELOW_MINIMUM, None, starts_at, min(enrolled, quorum.present), counted)
        return
    for session in coming if on_the_path else ():
        expected = sum(not history.is_over(session.item) for history in on_the_path)
        if expected < quorum.present or enrolled < quorum.enrolled:
            yield Shortage(BELOW_QUORUM, session.item, session.starts_at, min(expected, quorum.present), counted)
