"""The one clock: the real one in production, the Temporal test server's in virtual time."""

from datetime import UTC, datetime
from typing import Protocol

from google.protobuf.empty_pb2 import Empty
from temporalio.client import Client


class Clock(Protocol):
    async def now(self) -> datetime:
        """The present instant, in UTC."""


class RealClock:
    async def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """Asks the Temporal test server, which owns the time of a rehearsal."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def now(self) -> datetime:
        answer = await self._temporal.test_service.get_current_time(Empty())
        return answer.time.ToDatetime(tzinfo=UTC)
