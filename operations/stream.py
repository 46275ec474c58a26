"""Reading what streams hold."""

from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NoAnswer
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from operations.discrepancies import GivenUp
from shared.handlers import DEAD_LETTERS
from shared.relay import STREAM

BATCH = 500
FORGET_READER_AFTER = 60.0
ANSWER_SECONDS = 10.0


async def messages(nats: Nats, stream: str, *, after: int = 0, headers_only: bool = False) -> AsyncIterator[Msg]:
    """Yield what a stream holds now behind a sequence number, in its order."""
    jetstream = nats.jetstream(timeout=ANSWER_SECONDS)
    state = (await jetstream.stream_info(stream)).state
    if not state.messages or state.last_seq <= after:
        return
    reading = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=max(after + 1, state.first_seq),
        ack_policy=AckPolicy.NONE,
        headers_only=headers_only,
        inactive_threshold=FORGET_READER_AFTER,
        mem_storage=True,
    )
    reader = await jetstream.pull_subscribe(">", stream=stream, config=reading)
    try:
        left = (await reader.consumer_info()).num_pending
        while left:
            for message in await reader.fetch(BATCH, timeout=ANSWER_SECONDS):
                if message.metadata.sequence.stream > state.last_seq:
                    return
                yield message
                left = message.metadata.num_pending
    finally:
        with suppress(NoAnswer):
            await reader.unsubscribe()


async def dead_letters(nats: Nats) -> AsyncIterator[GivenUp]:
    """Yield what services gave up and nobody has replayed."""
    async for message in messages(nats, DEAD_LETTERS, headers_only=True):
        headers = message.headers or {}
        letter = message.metadata.sequence.stream
        yield GivenUp(headers.get("Homeward-Consumer", ""), headers.get("Homeward-Subject", ""), letter)


class OnStream:
    """The ids of the events on the program's stream. Only what is new is read, unless something was taken away."""

    def __init__(self) -> None:
        self._ids: set[UUID] = set()
        self._last = 0
        self._begins: object = None

    async def read(self, nats: Nats) -> frozenset[UUID]:
        info = await nats.jetstream(timeout=ANSWER_SECONDS).stream_info(STREAM)
        begins = (info.created, info.state.first_seq if info.state.messages else None, info.state.num_deleted)
        if begins != self._begins:
            self._ids, self._last, self._begins = set(), 0, begins
        async for message in messages(nats, STREAM, after=self._last, headers_only=True):
            self._last = message.metadata.sequence.stream
            with suppress(ValueError):
                self._ids.add(UUID((message.headers or {}).get("Nats-Msg-Id", "")))
        return frozenset(self._ids)
