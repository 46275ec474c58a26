"""The other services, as one service knows them: events on the stream and answers to its questions."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from uuid_utils.compat import uuid7

from shared.events import CONTENT_TYPE, Envelope, Event, wrap
from shared.events.base import WireModel
from shared.events.questions import question_subject
from shared.relay import STREAM
from tests.lib.event_tail import PATIENCE

Q = TypeVar("Q", bound=WireModel)


class Peers:
    """Connections to one NATS server, each with the rights of its user.

    `stored` is the stream sequence of the last event of each type that was put there.
    """

    def __init__(self, url: str, passwords: dict[str, str]) -> None:
        self._url, self._passwords = url, passwords
        self._connections: dict[str, Client] = {}
        self._sequences: Counter[tuple[str, UUID]] = Counter()
        self._answering: dict[str, Any] = {}
        self.stored: dict[type[Event], int] = {}

    async def user(self, name: str) -> Client:
        """The connection of a service, of the `observer` or of the `admin`."""
        if name not in self._connections:
            self._connections[name] = await nats.connect(
                self._url, user=name, password=self._passwords[name], inbox_prefix=f"_INBOX.{name}"
            )
        return self._connections[name]

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    async def tell(self, event: Event, *, site: str, time: datetime) -> Envelope[Event]:
        """Put an event on the stream as its producer would."""
        envelope = self.wrapped(event, site=site, time=time)
        await self.deliver(envelope, message_id=str(envelope.id))
        return envelope

    def wrapped(self, event: Event, *, site: str, time: datetime) -> Envelope[Event]:
        """Return an event in the envelope that its producer would put it into, with its number."""
        self._sequences[event.producer, event.aggregate_id] += 1
        sequence = self._sequences[event.producer, event.aggregate_id]
        return wrap(event, id=uuid7(), site=site, sequence=sequence, time=time)

    async def deliver(self, envelope: Envelope[Event], *, message_id: str) -> None:
        """Put an envelope on the stream; a new `message_id` gets a repeat past JetStream's own deduplication."""
        event = envelope.data
        producer = (await self.user(event.producer)).jetstream(timeout=PATIENCE)
        headers = {"Nats-Msg-Id": message_id, "Content-Type": CONTENT_TYPE}
        payload = envelope.model_dump_json().encode()
        stored = await producer.publish(event.subject(envelope.site), payload, stream=STREAM, headers=headers)
        self.stored[type(event)] = stored.seq

    async def answer(
        self,
        service: str,
        question: str,
        asked: type[Q],
        say: Callable[[Q], Awaitable[WireModel | None] | WireModel | None],
    ) -> None:
        """Let another service answer a question so, instead of as before; saying None keeps silent."""
        peer, subject = await self.user(service), question_subject(service, question)

        async def reply(message: Msg) -> None:
            said = say(asked.model_validate_json(message.data))
            said = await said if isinstance(said, Awaitable) else said
            if said is not None:
                await message.respond(said.model_dump_json().encode())

        if before := self._answering.pop(subject, None):
            await before.unsubscribe()
        self._answering[subject] = await peer.subscribe(subject, cb=reply)
        await peer.flush()
