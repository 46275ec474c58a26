"""Hears the whole program stream of a NATS server, as a test's witness."""

import asyncio
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.events import Envelope, Event, parse
from shared.relay import STREAM
from tests.lib.logged import logged

SECONDS = 60.0
PATIENCE = 30.0
"""Seconds for a server to answer on a machine that does much else."""
E = TypeVar("E", bound=Event)


class EventTail:
    """Every event since the stream's beginning, in its order."""

    def __init__(self) -> None:
        self.events: list[Envelope[Event]] = []
        self.sequence = 0
        self._news = asyncio.Condition()

    async def listen(self, observer: Client) -> None:
        inbox = observer.new_inbox()
        await observer.subscribe(inbox, cb=self._take)
        all_of_it = ConsumerConfig(
            name="tail",
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
        )
        await observer.jetstream(timeout=PATIENCE).add_consumer(STREAM, all_of_it)

    async def _take(self, message: Msg) -> None:
        async with self._news:
            self.sequence = message.metadata.sequence.stream
            try:
                self.events.append(parse(message.data))
            except ValueError:
                return
            self._news.notify_all()

    def all_of(self, event: type[E], **fields: Any) -> list[Envelope[E]]:
        """What was heard so far of this type and with these values in its fields."""
        return [heard for heard in self.events if _is(heard, event, fields)]

    async def first_of(self, event: type[E], **fields: Any) -> Envelope[E]:
        """The first event of this type with these values; waits until it is heard."""
        try:
            async with asyncio.timeout(SECONDS), self._news:
                await self._news.wait_for(lambda: bool(self.all_of(event, **fields)))
        except TimeoutError:
            heard = [envelope.type for envelope in self.events]
            raise AssertionError(f"{event.event_type()} {fields} was not heard; heard: {heard}{logged()}") from None
        return self.all_of(event, **fields)[0]


def _is(heard: Envelope[Event], event: type[Event], fields: dict[str, Any]) -> bool:
    """Whether this was heard; `site` is the envelope's own, which no event repeats."""
    said = heard.data
    return type(said) is event and all(
        (heard.site if name == "site" else getattr(said, name)) == value for name, value in fields.items()
    )
