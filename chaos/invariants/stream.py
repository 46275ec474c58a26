"""The log against the outboxes and the inboxes: everything was told, in order, and heard once by whoever hears it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from chaos.invariants.evidence import Evidence, Violation
from shared.events import SERVICES
from shared.events.subscriptions import HEARS


def outbox_row_is_on_the_stream(seen: Evidence) -> Iterator[Violation]:
    """Each outbox row is an event of the stream, with the same content; and nothing else is on the stream."""
    told = {one.id: one for one in seen.log}
    rows = {row["event_id"]: (service, row) for service in SERVICES for row in seen.rows[f"{service}.outbox"]}
    for id, (service, row) in rows.items():
        about = frozenset({id, row["aggregate"]})
        what = f"{service}'s event {row['aggregate_seq']} of {row['aggregate']}, {row['type']},"
        if id not in told:
            yield Violation("outbox_row_lost", f"{what} is not on the stream", about)
            continue
        envelope = told[id]
        same = (
            envelope.source == f"homeward/{service}"
            and (envelope.type, envelope.site, envelope.sequence) == (row["type"], row["site"], row["aggregate_seq"])
            and UUID(envelope.subject) == row["aggregate"]
            and type(envelope.data).model_validate(json.loads(row["data"])) == envelope.data
        )
        if not same:
            yield Violation("outbox_row_differs", f"{what} is told otherwise on the stream", about)
        if row["published_at"] is None:
            yield Violation("outbox_row_not_marked", f"{what} is on the stream and not marked", about)
    for id in told.keys() - rows.keys():
        yield Violation("event_out_of_nothing", f"{told[id].type} {id} is in no outbox", frozenset({id}))


def no_gap_in_a_sequence(seen: Evidence) -> Iterator[Violation]:
    """Per producer and aggregate: 1, 2, 3 … on the stream, in the outbox, and by the counter."""
    told: dict[tuple[str, UUID], list[int]] = defaultdict(list)
    for one in seen.log:
        told[one.source.removeprefix("homeward/"), UUID(one.subject)].append(one.sequence)
    for service in SERVICES:
        counted = {row["aggregate"]: row["last"] for row in seen.rows[f"{service}.outbox_sequence"]}
        for aggregate in counted.keys() | {subject for source, subject in told if source == service}:
            wanted = list(range(1, counted.get(aggregate, 0) + 1))
            if told[service, aggregate] != wanted:
                words = f"{service} tells of {aggregate} as {told[service, aggregate]}, and it counted to {len(wanted)}"
                yield Violation("gap_in_a_sequence", words, frozenset({aggregate}))


def heard_what_was_told(seen: Evidence) -> Iterator[Violation]:
    """Each consumer's inbox is exactly the stream's events that it hears."""
    for service in SERVICES:
        hears = {event.event_type() for event in HEARS[service]}
        wanted = {one.id: one for one in seen.log if one.type in hears}
        heard = {row["event_id"]: row["type"] for row in seen.rows[f"{service}.inbox"]}
        for id in wanted.keys() - heard.keys():
            words = f"{service} never heard {wanted[id].type} #{wanted[id].sequence} of {wanted[id].subject}"
            yield Violation("not_heard", words, frozenset({id, UUID(wanted[id].subject)}))
        for id in heard.keys() - wanted.keys():
            yield Violation(
                "heard_out_of_nothing", f"{service} heard {heard[id]} {id}, which nobody told", frozenset({id})
            )


def readable(seen: Evidence) -> Iterator[Violation]:
    for one in seen.kept:
        if one.envelope is None:
            yield Violation("unreadable", f"the stream's message {one.place} cannot be read")
