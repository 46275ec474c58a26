"""What NATS shows the observer: how far the program's stream goes, and how far every consumer has come."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from shared.events import SERVICES
from shared.handlers import DEAD_LETTERS
from shared.relay import STREAM

SECONDS = 5.0


@dataclass(frozen=True)
class Traffic:
    """The stream at one look. `behind` holds (service, not delivered, not acknowledged) of whoever is behind.

    Only the services' consumers count: whoever else listens must not hold the time up.
    """

    last: int
    behind: tuple[tuple[str, int, int], ...]
    delivered: tuple[tuple[str, int], ...]


class Broker:
    def __init__(self, connection: Client) -> None:
        self._connection = connection

    async def look(self) -> Traffic:
        consumers, stream = await asyncio.gather(
            self._ask(f"$JS.API.CONSUMER.LIST.{STREAM}", {"offset": 0}), self._ask(f"$JS.API.STREAM.INFO.{STREAM}", {})
        )
        seen = [consumer for consumer in consumers.get("consumers") or [] if consumer["name"] in SERVICES]
        return Traffic(
            last=stream["state"]["last_seq"],
            behind=tuple(
                (consumer["name"], consumer["num_pending"], consumer["num_ack_pending"])
                for consumer in seen
                if consumer["num_pending"] or consumer["num_ack_pending"]
            ),
            delivered=tuple(sorted((consumer["name"], consumer["delivered"]["consumer_seq"]) for consumer in seen)),
        )

    async def dead_letters(self) -> int:
        """How many messages the services kept because they can never be handled."""
        stream = await self._ask(f"$JS.API.STREAM.INFO.{DEAD_LETTERS}", {})
        return int(stream["state"]["messages"])

    async def _ask(self, subject: str, question: dict[str, Any]) -> dict[str, Any]:
        reply = await self._connection.request(subject, json.dumps(question).encode(), timeout=SECONDS)
        answer: dict[str, Any] = json.loads(reply.data)
        if "error" in answer:
            raise ConnectionError(f"{subject}: {answer['error'].get('description')}")
        return answer
