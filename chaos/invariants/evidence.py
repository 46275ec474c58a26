"""What is left at the end: the event log as the stream holds it, and every service's tables, read independently."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from chaos.streams import Kept, read_all
from chaos.system_under_test import SystemUnderTest
from rehearsal.ledger import Ledger, read_ledger
from shared.clock import RealClock
from shared.events import SERVICES, Envelope, Event
from shared.protocol.model import Protocol

Row = Mapping[str, Any]
PLUMBING = ("outbox", "outbox_sequence", "inbox", "nudge", "obligation", "audit", "audit_head")
TABLES = {
    "intake": ("referral", "participant", "agreement"),
    "scheduler": ("program", "program_fact", "cohort", "calendar_session", "seat"),
    "session": ("session", "participant", "roster", "dose", "decision"),
    "integration": ("participant", "circle", "attendance", "check_in", "measure", "risk"),
    "notifications": ("message", "attempt", "participant", "page"),
}
LAST_EVENTS = 12


class Violation(NamedTuple):
    """A rule that does not hold; `about` are the ids (of events, programs, aggregates) that it is about."""

    rule: str
    words: str
    about: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """`kept` is the stream with all its repetitions; `rows` every table by `service.table`."""

    protocol: Protocol
    kept: Sequence[Kept]
    rows: Mapping[str, Sequence[Row]]
    ledger: Ledger
    mail_ids: Sequence[str]

    @cached_property
    def log(self) -> list[Envelope[Event]]:
        """Each event once, where the stream tells of it first."""
        first: dict[UUID, Envelope[Event]] = {}
        for one in self.kept:
            if one.envelope:
                first.setdefault(one.envelope.id, one.envelope)
        return list(first.values())

    @cached_property
    def copies(self) -> Counter[UUID]:
        return Counter(one.envelope.id for one in self.kept if one.envelope)

    def told(self, *types: type[Event]) -> list[Envelope[Any]]:
        return [one for one in self.log if type(one.data) in types]

    def trail(self, violation: Violation) -> list[str]:
        """The last events that name what a violation is about."""
        led = [one for one in self.log if _names(one) & violation.about][-LAST_EVENTS:]
        return [f"{one.time:%H:%M:%S.%f} {one.source} #{one.sequence} {one.type} {_said(one)}" for one in led]


def _names(told: Envelope[Event]) -> set[UUID]:
    fields = (getattr(told.data, name, None) for name in ("program_id", "session_id", "obligation_id", "message_id"))
    return {told.id, UUID(told.subject), *(value for value in fields if isinstance(value, UUID))}


def _said(told: Envelope[Event]) -> str:
    return json.dumps(told.data.model_dump(mode="json", exclude={"protocol"}))[:300]


async def gather(system: SystemUnderTest, protocol: Protocol) -> Evidence:
    """Everything of one moment at which nothing moves."""
    async with system.broker() as connection:
        kept = await read_all(connection)
    async with system.database() as database:
        ledger = await read_ledger(database, await RealClock().now())
        async with database.transaction(isolation="repeatable_read", readonly=True):
            rows = {
                f"{service}.{table}": await _read(database, service, table)
                for service in SERVICES
                for table in (*PLUMBING, *TABLES[service])
            }
    mail_ids = [str(mail["Message-ID"]) for mail in system.stack.mail.messages()]
    return Evidence(protocol, kept, rows, ledger, mail_ids)


async def _read(database: asyncpg.Connection, service: str, table: str) -> list[Row]:
    order = " order by id" if table == "outbox" else ""
    return [dict(row) for row in await database.fetch(f"select * from {service}.{table}{order}")]
