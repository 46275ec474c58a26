"""What a service hears: one handler per event, each in a transaction with its inbox row."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from faststream.nats import NatsBroker, NatsMessage
from prometheus_client import Counter
from pydantic import ValidationError
from sqlalchemy import text

from shared import database
from shared.backlog import Backlog
from shared.events import Envelope, Event, UnknownEvent, parse
from shared.events.base import Fact
from shared.work import OpenWork, Work

MAX_TRIES = 10
SHORTEST_HOLD, LONGEST_HOLD = 0.5, 10.0
"""Seconds between two tries while the database is away: it does not say when it is back."""
DEAD_LETTERS = "DEADLETTERS"
REPLAYED_FOR = "Homeward-For"
"""The header of a dead letter that is tried again: which service it is for; the others pass it over."""
log = structlog.get_logger()
handled = Counter("homeward_events_handled_total", "Events handled", ["service", "outcome"])

E = TypeVar("E", bound=Event)
Q = TypeVar("Q", bound=Fact)
Handler = Callable[[Work, Any], Awaitable[None]]
Answerer = Callable[[Work, Any], Awaitable[Fact]]

_first_time = text(
    "insert into inbox (event_id, site, type, handled_at) values (:event_id, :site, :type, :now)"
    " on conflict (event_id) do nothing"
)


@dataclass(frozen=True)
class Handlers:
    """The registry that a service's `handlers.py` fills."""

    events: dict[type[Event], Handler] = field(default_factory=dict)
    questions: dict[str, tuple[type[Fact], Answerer]] = field(default_factory=dict)

    def hears(self, event: type[E]) -> Callable[[Callable[[Work, Envelope[E]], Awaitable[None]]], Handler]:
        """Register the handler of one event type: `async def handler(work, heard)`."""

        def register(handler: Callable[[Work, Envelope[E]], Awaitable[None]]) -> Handler:
            self.events[event] = handler
            return handler

        return register

    def answers(self, question: str, asked: type[Q]) -> Callable[[Callable[[Work, Q], Awaitable[Fact]]], Answerer]:
        """Register who answers a question: `async def answer(work, question) -> Fact`."""

        def register(answerer: Callable[[Work, Q], Awaitable[Fact]]) -> Answerer:
            self.questions[question] = (asked, answerer)
            return answerer

        return register


@dataclass(frozen=True)
class Receiver:
    """Carries each delivered message to its handler; keeps as a dead letter what can never succeed.

    What this build does not know may be for a newer one that hears beside it: it is tried again.
    """

    service: str
    handlers: Handlers
    open_work: OpenWork
    broker: NatsBroker
    backlog: Backlog

    async def receive(self, message: NatsMessage) -> None:
        """Handle one delivery: acknowledged when committed, tried again later, or kept with its reason."""
        self.backlog.note(message.raw_message.metadata.num_pending)
        if message.headers.get(REPLAYED_FOR, self.service) != self.service:
            await message.ack()
            return
        try:
            envelope = parse(message.body)
        except UnknownEvent as error:
            await self._try_again(message, error)
            return
        except ValueError as error:
            await self._keep(message, f"malformed: {_fault(error)}")
            return
        try:
            repeated = await self._handle_when_possible(message, envelope)
        except Exception as error:
            await self._try_again(message, error)
        else:
            await message.ack()
            handled.labels(self.service, "repeated" if repeated else "handled").inc()

    async def _handle_when_possible(self, message: NatsMessage, envelope: Envelope[Event]) -> bool:
        """Holds it while the database is away: this event is not to blame, and no other could be handled either."""
        pause = SHORTEST_HOLD
        while True:
            try:
                return await self._handle(envelope)
            except Exception as error:
                if not database.is_away(error):
                    raise
                log.warning("event.held", type=envelope.type, why=f"{type(error).__name__}: {error}")
            handled.labels(self.service, "held").inc()
            await message.in_progress()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_HOLD)

    async def _handle(self, envelope: Envelope[Event]) -> bool:
        handler = self.handlers.events.get(type(envelope.data))
        if handler is None:
            raise UnknownEvent(f"this build of {self.service} does not hear {envelope.type}")
        async with self.open_work([envelope.site]) as work:
            seen = {"event_id": envelope.id, "site": envelope.site, "type": envelope.type, "now": work.now}
            first = (await work.connection.execute(_first_time, seen)).rowcount
            if first:
                await handler(work, envelope)
            return not first

    async def _try_again(self, message: NatsMessage, error: Exception) -> None:
        tries = message.raw_message.metadata.num_delivered
        log.warning("event.not_handled", type=message.raw_message.subject, tries=tries, exc_info=error)
        if tries >= MAX_TRIES:
            await self._keep(message, f"{type(error).__name__}: {error}")
        else:
            await message.nack(delay=delay(tries))
            handled.labels(self.service, "retried").inc()

    async def _keep(self, message: NatsMessage, reason: str) -> None:
        raw = message.raw_message
        headers = {
            "Homeward-Reason": " ".join(reason.split())[:1000],
            "Homeward-Subject": raw.subject,
            "Homeward-Sequence": str(raw.metadata.sequence.stream),
            "Homeward-Consumer": self.service,
            "Nats-Msg-Id": f"{self.service}-{raw.metadata.sequence.stream}-{raw.metadata.timestamp.timestamp()}",
        }
        await self.broker.publish(
            message.body, f"program-dead.{self.service}", stream=DEAD_LETTERS, headers=headers, timeout=5
        )
        await message.ack()
        log.error("event.dead_letter", subject=raw.subject, reason=reason)
        handled.labels(self.service, "dead_letter").inc()


def _fault(error: ValueError) -> str:
    """What is wrong with a message, without repeating what it said."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'message'}: {e['msg']}" for e in error.errors())
    return str(error)


def delay(tries: int) -> float:
    """Seconds until the next try: growing, at most five minutes."""
    return float(min(2 ** (tries - 1), 300))
