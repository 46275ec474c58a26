"""The streams of a backup: a line for each message, with its subject, headers, place, time and content."""

import asyncio
import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from embedded.errors import EmbeddedError
from operations.backup.manifest import Copied, CopiedStream
from operations.stream import messages

AT_ONCE = 500
STORED_WITHIN = 60.0


async def copy(nats: Nats, stream: str, folder: Path) -> CopiedStream:
    """Everything that a stream holds now, in its order."""
    file = folder / f"{stream}.jsonl.gz"
    places: list[int] = []
    count = 0
    with gzip.open(file, "wt", compresslevel=6) as lines:
        async for message in messages(nats, stream):
            lines.write(json.dumps(_line(message)) + "\n")
            places = [places[0] if places else message.metadata.sequence.stream, message.metadata.sequence.stream]
            count += 1
    first, last = places or (None, None)
    return CopiedStream(file=Copied.of(file), messages=count, first=first, last=last)


def _line(message: Msg) -> dict[str, Any]:
    kept = message.metadata
    return {
        "seq": kept.sequence.stream,
        "time": kept.timestamp.isoformat(),
        "subject": message.subject,
        "headers": message.headers or {},
        "data": base64.b64encode(message.data).decode(),
    }


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt") as lines:
        yield from map(json.loads, lines)


@dataclass(frozen=True)
class PutBack:
    """How many messages were stored, and how many were there already: the same event twice in a row."""

    stored: int
    repeated: int


async def put_back(nats: Nats, stream: str, copied: CopiedStream, folder: Path) -> PutBack:
    """Publish everything again, in its order and under its own ids; refused if not all of it was stored."""
    jetstream, lines = nats.jetstream(timeout=STORED_WITHIN), _lines(folder / copied.file.name)
    stored = repeated = 0
    while batch := list(islice(lines, AT_ONCE)):
        sent = [
            await jetstream.publish_async(
                one["subject"], base64.b64decode(one["data"]), headers=one["headers"], stream=stream
            )
            for one in batch
        ]
        answers = await asyncio.wait_for(asyncio.gather(*sent), STORED_WITHIN)
        again = sum(bool(answer.duplicate) for answer in answers)
        stored, repeated = stored + len(answers) - again, repeated + again
    if stored + repeated != copied.messages:
        raise EmbeddedError(f"{stream}: {copied.messages} messages were copied and {stored + repeated} put back.")
    return PutBack(stored, repeated)


def event_ids(file: Path) -> frozenset[UUID]:
    """The events among the messages. A dead letter that was tried again has an id of its own, and is none."""
    found = set()
    for line in _lines(file):
        try:
            found.add(UUID(line["headers"].get("Nats-Msg-Id", "")))
        except ValueError:
            continue
    return frozenset(found)
