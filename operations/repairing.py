"""Doing what is safe about discrepancies, each with the rights of the service that it is about.

- A stream or consumer that is gone is provisioned again, as NATS's `admin`.
- An event is marked as not published, as the service's relay; the relay that runs publishes it in its order.
- A nudge is owed again, as the service itself and at the row's site alone; its nudger starts what does not run.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from uuid import UUID

from nats.js import JetStreamContext
from nats.js.api import Header
from nats.js.errors import APIError
from sqlalchemy import text

from embedded.errors import EmbeddedError
from operations.access import Addresses, schema, streams
from operations.discrepancies import Discrepancy, NotOnStream, NotProvisioned, StandsStill
from shared import watched_rows
from shared.provision import provision_streams
from shared.relay import STREAM

FORGETTING_SECONDS = 0.1
FORGOTTEN_WITHIN, ASK_AGAIN = 30.0, 0.1
"""Seconds. The server forgets by a timer of its own, late on a busy machine, and tells nobody: it is asked."""
NEVER, WRONG_LAST_ID = "never", 10070
"""An id that no event has, and how JetStream refuses what expects to follow it."""
_NOT_PUBLISHED = text("update outbox set published_at = null where event_id = any(:event_ids)")
_AT_SITE = text("select set_config('homeward.sites', :site, true)")


async def repair(addresses: Addresses, found: Iterable[Discrepancy]) -> None:
    """Streams first: what is published again needs one. Doing it again changes nothing."""
    discrepancies = list(found)
    lost = sorted((one.row for one in discrepancies if isinstance(one, NotOnStream)), key=lambda one: one.service)
    if lost or any(isinstance(discrepancy, NotProvisioned) for discrepancy in discrepancies):
        async with streams(addresses, "admin") as nats:
            await _prepare_stream(nats.jetstream(timeout=10), [event.event_id for event in lost])
    for service, events in groupby(lost, key=lambda one: one.service):
        await _publish_again(addresses, service, [event.event_id for event in events])
    still = sorted((one for one in discrepancies if isinstance(one, StandsStill)), key=lambda one: one.service)
    for service, rows in groupby(still, key=lambda one: one.service):
        await _nudge_again(addresses, service, list(rows))


async def _prepare_stream(jetstream: JetStreamContext, lost: Sequence[UUID]) -> None:
    """Provision what is gone, and have JetStream forget the ids of lost events.

    It remembers the ids of what was taken away for ten minutes, and would acknowledge it again without keeping it.
    """
    await provision_streams(jetstream)
    remembered = await _remembered(jetstream, lost)
    if not remembered:
        return
    async with _forgetting(jetstream):
        try:
            async with asyncio.timeout(FORGOTTEN_WITHIN):
                while remembered := await _remembered(jetstream, remembered):  # noqa: ASYNC110 (it tells nobody)
                    await asyncio.sleep(ASK_AGAIN)
        except TimeoutError:
            raise EmbeddedError(
                f"JetStream still remembers {len(remembered)} lost events after {FORGOTTEN_WITHIN:g} s, and would not "
                f"keep them again. Nothing was published: run `./homeward reconcile --apply` again in ten minutes, "
                f"when it has forgotten them by itself."
            ) from None


@asynccontextmanager
async def _forgetting(jetstream: JetStreamContext) -> AsyncIterator[None]:
    """For a while JetStream remembers next to nothing. What is published twice then is handled once, by the inboxes."""
    config = (await jetstream.stream_info(STREAM)).config
    config.duplicate_window = FORGETTING_SECONDS
    await jetstream.update_stream(config)
    try:
        yield
    finally:
        await provision_streams(jetstream)


async def _remembered(jetstream: JetStreamContext, event_ids: Iterable[UUID]) -> list[UUID]:
    return [event_id for event_id in event_ids if await _remembers(jetstream, event_id)]


async def _remembers(jetstream: JetStreamContext, event_id: UUID) -> bool:
    """Ask JetStream whether it takes an id for a duplicate, with a message that it refuses to keep if it does not."""
    headers = {Header.MSG_ID.value: str(event_id), Header.EXPECTED_LAST_MSG_ID.value: NEVER}
    try:
        answer = await jetstream.publish("program.internal.remembered", b"", stream=STREAM, headers=headers)
    except APIError as refused:
        if refused.err_code != WRONG_LAST_ID:
            raise
        return False
    return bool(answer.duplicate)


async def _publish_again(addresses: Addresses, service: str, event_ids: list[UUID]) -> None:
    async with schema(addresses, service, f"{service}_relay") as connection:
        await connection.execute(_NOT_PUBLISHED, {"event_ids": event_ids})


async def _nudge_again(addresses: Addresses, service: str, rows: list[StandsStill]) -> None:
    for site, of_site in groupby(sorted(rows, key=lambda one: one.row.site), key=lambda one: one.row.site):
        async with schema(addresses, service, service) as connection:
            await connection.execute(_AT_SITE, {"site": site})
            for one in sorted(of_site, key=lambda one: one.workflow_id):
                await watched_rows.owe(connection, one.row)
