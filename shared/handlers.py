"""What a service receives: one handler per event, in a transaction with the event's inbox row."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from prometheus_client import Counter
from pydantic import ValidationError
from sqlalchemy import text

from shared import database
from shared.backlog import Backlog
from shared.events import Envelope, Event, UnknownEvent, parse
from shared.events.base import WireModel, source_of
from shared.work import OpenWork, Work

BATCH = 64
"""Events that are handled together at most."""
FETCH_SECONDS = 5.0
MAX_TRIES = 10
SHORTEST_HOLD, LONGEST_HOLD = 0.5, 10.0
"""Seconds between two tries while the database is away: it does not say when it is back."""
DEAD_LETTERS = "DEADLETTERS"
REPLAYED_FOR = "Homeward-For"
"""The header of a dead letter that is tried again: which service it is for; the others pass it over."""
log = structlog.get_logger()
handled = Counter("homeward_events_handled_total", "Events handled", ["service", "outcome"])

E = TypeVar("E", bound=Event)
Q = TypeVar("Q", bound=WireModel)
Handler = Callable[[Work, Any], Awaitable[None]]
Answerer = Callable[[Work, Any], Awaitable[WireModel]]
Prepare = Callable[[Work, Sequence[Envelope[Event]]], Awaitable[None]]

_first_time = text(
    """
    insert into inbox (event_id, site, type, handled_at)
    select event_id, :site, type, :now
    from unnest(cast(:event_ids as uuid[]), cast(:types as text[])) as event (event_id, type)
    on conflict (event_id) do nothing returning event_id
    """
)
_wait_briefly = text("set local lock_timeout = '200ms'")
"""A batch that waits for a row gives up long before PostgreSQL looks for a deadlock (after a second), of which somebody
else's command might be the victim."""


@dataclass(frozen=True)
class Handlers:
    """The registry that a service's `handlers.py` fills."""

    events: dict[type[Event], Handler] = field(default_factory=dict)
    questions: dict[str, tuple[type[WireModel], Answerer]] = field(default_factory=dict)
    preparations: list[Prepare] = field(default_factory=list)

    def prepares(self, prepare: Prepare) -> Prepare:
        """Register what is done once for all events of a transaction, before the first: `async def (work, events)`."""
        self.preparations.append(prepare)
        return prepare

    def hears(self, event: type[E]) -> Callable[[Callable[[Work, Envelope[E]], Awaitable[None]]], Handler]:
        """Register the handler of one event type: `async def handler(work, heard)`."""

        def register(handler: Callable[[Work, Envelope[E]], Awaitable[None]]) -> Handler:
            self.events[event] = handler
            return handler

        return register

    def answers(self, question: str, asked: type[Q]) -> Callable[[Callable[[Work, Q], Awaitable[WireModel]]], Answerer]:
        """Register who answers a question: `async def answer(work, question) -> WireModel`."""

        def register(answerer: Callable[[Work, Q], Awaitable[WireModel]]) -> Answerer:
            self.questions[question] = (asked, answerer)
            return answerer

        return register


@dataclass(frozen=True)
class Received:
    """A message, and the event that it carries."""

    message: Msg
    envelope: Envelope[Event]


@dataclass(frozen=True)
class Receiver:
    """Carries what is delivered to its handlers; keeps as a dead letter what can never succeed.

    Events are fetched in batches, and those of a site are handled in one transaction, in the order of the stream. When
    that fails each is handled in a transaction of its own, so that one event delays no other. What this build does not
    know may be for a newer one that receives beside it: it is tried again.
    """

    service: str
    handlers: Handlers
    open_work: OpenWork
    broker: NatsBroker
    backlog: Backlog

    async def run(self, subscription: JetStreamContext.PullSubscription) -> None:
        """Receive until cancelled, or until the subscription fails."""
        while True:
            with suppress(TimeoutError):  # nothing came; the server's own word of that is an empty list
                if messages := await subscription.fetch(BATCH, timeout=FETCH_SECONDS):
                    await self.receive(messages)

    async def receive(self, messages: Sequence[Msg]) -> None:
        """Handle a batch: each is acknowledged when committed, tried again later, or kept with its reason.

        Whoever is stopped in the middle gives back what is not done: it is delivered again at once.
        """
        self.backlog.note(messages[-1].metadata.num_pending)
        try:
            received = [one for message in messages if (one := await self._read(message))]
            for site in dict.fromkeys(one.envelope.site for one in received):
                await self._receive([one for one in received if one.envelope.site == site], in_hand=messages)
        except asyncio.CancelledError:
            for message in messages:
                if not message.is_acked:
                    await message.nak()
            raise

    async def _read(self, message: Msg) -> Received | None:
        """Return the event of a message; None when it is for another service or cannot be handled by this build."""
        if (message.headers or {}).get(REPLAYED_FOR, self.service) != self.service:
            await message.ack()
            return None
        try:
            envelope = parse(message.data)
            _believe(message.subject, envelope)
            self._handler(envelope)
        except UnknownEvent as error:
            await self._try_again(message, error)
        except ValueError as error:
            await self._keep(message, f"malformed: {_fault(error)}")
        else:
            return Received(message, envelope)
        return None

    def _handler(self, envelope: Envelope[Event]) -> Handler:
        handler = self.handlers.events.get(type(envelope.data))
        if handler is None:
            raise UnknownEvent(f"this build of {self.service} does not hear {envelope.type}")
        return handler

    async def _receive(self, received: Sequence[Received], *, in_hand: Sequence[Msg]) -> None:
        """Handle events of one site together, or else one by one."""
        try:
            new = await self._handle_when_possible(received, in_hand)
        except Exception as error:
            if len(received) == 1:
                await self._try_again(received[0].message, error)
                return
            log.info("events.one_by_one", events=len(received), why=f"{type(error).__name__}: {error}")
            for one in received:
                await self._receive([one], in_hand=in_hand)
        else:
            for one in received:
                await one.message.ack()
            handled.labels(self.service, "handled").inc(new)
            handled.labels(self.service, "repeated").inc(len(received) - new)

    async def _handle_when_possible(self, received: Sequence[Received], in_hand: Sequence[Msg]) -> int:
        """Hold events while the database is away: they are not to blame, and no other could be handled either.

        All that is in hand is held with them: what the server delivers again in the meantime counts as a failed try.
        """
        pause = SHORTEST_HOLD
        while True:
            try:
                return await self._handle([one.envelope for one in received])
            except Exception as error:
                if not database.is_away(error):
                    raise
                log.warning("events.held", events=len(received), why=f"{type(error).__name__}: {error}")
            handled.labels(self.service, "held").inc(len(received))
            for message in in_hand:
                if not message.is_acked:
                    await message.in_progress()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_HOLD)

    async def _handle(self, envelopes: Sequence[Envelope[Event]]) -> int:
        """Handle events of one site in one transaction; return how many had not been handled before."""
        async with self.open_work([envelopes[0].site]) as work:
            if len(envelopes) > 1:
                await work.connection.execute(_wait_briefly)
            new = await self._note(work, envelopes)
            for prepare in self.handlers.preparations:
                await prepare(work, new)
            for envelope in new:
                await self._handler(envelope)(work, envelope)
            return len(new)

    async def _note(self, work: Work, envelopes: Sequence[Envelope[Event]]) -> list[Envelope[Event]]:
        """Note the events as handled; return those that were not, each once."""
        by_id = {envelope.id: envelope for envelope in envelopes}
        rows = {
            "event_ids": list(by_id),
            "site": envelopes[0].site,
            "types": [envelope.type for envelope in by_id.values()],
            "now": work.now,
        }
        new = set((await work.connection.execute(_first_time, rows)).scalars())
        return [envelope for id, envelope in by_id.items() if id in new]

    async def _try_again(self, message: Msg, error: Exception) -> None:
        tries = message.metadata.num_delivered
        log.warning("event.not_handled", type=message.subject, tries=tries, exc_info=error)
        if tries >= MAX_TRIES:
            await self._keep(message, f"{type(error).__name__}: {error}")
        else:
            await message.nak(delay=delay(tries))
            handled.labels(self.service, "retried").inc()

    async def _keep(self, message: Msg, reason: str) -> None:
        metadata = message.metadata
        headers = {
            "Homeward-Reason": " ".join(reason.split())[:1000],
            "Homeward-Subject": message.subject,
            "Homeward-Sequence": str(metadata.sequence.stream),
            "Homeward-Consumer": self.service,
            "Nats-Msg-Id": f"{self.service}-{metadata.sequence.stream}-{metadata.timestamp.timestamp()}",
        }
        await self.broker.publish(
            message.data, f"program-dead.{self.service}", stream=DEAD_LETTERS, headers=headers, timeout=5
        )
        await message.ack()
        log.error("event.dead_letter", subject=message.subject, reason=reason)
        handled.labels(self.service, "dead_letter").inc()


def _believe(subject: str, envelope: Envelope[Event]) -> None:
    """Raise ValueError unless an event came under its own subject: a login may publish only what its service tells."""
    event = type(envelope.data)
    if subject != event.subject(envelope.site):
        raise ValueError(f"it came as {subject}, which is not the subject of its type at its site")
    if envelope.source != source_of(event):
        raise ValueError("its source is not the producer of its type")


def _fault(error: ValueError) -> str:
    """Say what is wrong with a message, without repeating what it said."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'message'}: {e['msg']}" for e in error.errors())
    return str(error)


def delay(tries: int) -> float:
    """Return the seconds until the next try: growing, at most five minutes."""
    return float(min(2 ** (tries - 1), 300))
