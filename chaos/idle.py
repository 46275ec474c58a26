"""When an experiment is over: every program is at its end, nothing is owed, nothing is under way."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from chaos.invariants.evidence import Violation
from chaos.system_under_test import UNREACHABLE, SystemUnderTest
from rehearsal.virtual_time.broker import Broker
from rehearsal.virtual_time.database import Database
from shared.clock import RealClock
from shared.events import SERVICES

LOOK_AGAIN = 0.5
SHOWN = 20

_WAITS_FOR_OTHERS = """kind = 'message' and wake_at > now() + interval '30 seconds' and item in
 (select id::text from notifications.message where text = 'tasks' and state = 'waiting')"""
"""A mail about tasks is gathered with others for minutes. When its tasks are done, it only waits to be dropped. One
that is dropped soon is waited for: what happens while the evidence is read is in one half of it, not in the other."""
_OPEN = " union all ".join(
    [
        "select 'program', id::text, 'is ' || state, revision from scheduler.program where closed_at is null",
        "select 'cohort', id::text, 'is open', revision from scheduler.cohort where closed_at is null",
        *(
            f"select '{service}', id::text, kind || ' of ' || item || ' is owed by ' || owner || ', stage ' || stage,"
            f" revision from {service}.obligation where closed_at is null and not ({_WAITS_FOR_OTHERS})"
            for service in SERVICES
        ),
    ]
)


@dataclass(frozen=True)
class Unfinished:
    """What is not at its end, in words; how many steps were taken so far tells whether anything moves."""

    words: Sequence[str]
    steps: tuple[int, ...]


async def look(system: SystemUnderTest) -> Unfinished:
    async with system.database() as connection, system.broker() as wired:
        database, now = Database(connection), await RealClock().now()
        books = await database.look(now)
        traffic = await Broker(wired).look()
        words = [f"{kind} {id} {what}" for kind, id, what, _ in await connection.fetch(_OPEN)]
        words += await database.unfinished(now) if books.unfinished else []
        words += [f"{name} has {n} events to hear, {m} to acknowledge" for name, n, m in traffic.behind]
        return Unfinished(words, (traffic.last, *books.settled, len(words)))


async def comes_to_rest(system: SystemUnderTest, patience: float, within: float) -> list[Violation]:
    """Nothing, seen twice; or what stays unfinished when nothing moves for `patience` seconds, or after `within`."""
    before: Unfinished | None = None
    began = moved = monotonic()
    while True:
        seen: Unfinished | None = None
        with suppress(*UNREACHABLE):
            seen = await look(system)
        if seen and before and not seen.words and seen == before:
            return []
        if seen and (before is None or seen.steps != before.steps):
            moved = monotonic()
        if monotonic() - moved > patience or monotonic() - began > within:
            words = before.words if before else ["NATS or PostgreSQL does not answer"]
            return [Violation("never_at_rest", word) for word in words[:SHOWN]]
        before = seen or before
        await asyncio.sleep(LOOK_AGAIN)
