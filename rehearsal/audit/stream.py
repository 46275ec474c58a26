"""What must hold of the event log as a log: every event once, no gap, and none from inside a step of time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from shared.events import Envelope, Event

Log = Sequence[Envelope[Event]]


def event_told_twice(log: Log) -> Iterator[str]:
    """An event is in the log once: its id never comes again."""
    for id, times in Counter(event.id for event in log).items():
        if times > 1:
            yield f"event {id} is in the log {times} times"


def gap_in_a_sequence(log: Log) -> Iterator[str]:
    """Per producer and aggregate the sequence rises from 1 by one: nothing was lost, nothing overtook."""
    told: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in log:
        told[event.source, event.subject].append(event.sequence)
    for (source, subject), sequence in told.items():
        if sequence != list(range(1, len(sequence) + 1)):
            expected = next((i for i, given in enumerate(sequence, 1) if given != i), len(sequence))
            yield f"{source} publishes {subject} with sequence {sequence[expected - 1]} where {expected} was next"


def facts_inside_a_step(log: Log, steps: Iterable[tuple[datetime, datetime]]) -> list[str]:
    """No fact's time lies strictly inside an interval of virtual time that was skipped."""
    ordered = sorted(log, key=lambda event: event.time)
    found, position = [], 0
    for before, after in sorted(steps):
        while position < len(ordered) and ordered[position].time <= before:
            position += 1
        while position < len(ordered) and ordered[position].time < after:
            event = ordered[position]
            found.append(f"{event.type} at {event.time.isoformat()} lies inside the step from {before.isoformat()}")
            position += 1
    return found
