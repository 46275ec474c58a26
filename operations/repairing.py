"""Doing what is safe about troubles, each with the rights of the service that it is about.

- A stream or consumer that is gone is provisioned again, as NATS's `admin`.
- An event is marked as not published, as the service's relay; the relay that runs publishes it in its order.
- A nudge is owed again, as the service itself and at the row's site alone; its nudger starts what does not run.
"""

import asyncio
from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from nats.js import JetStreamContext
from sqlalchemy import text

from operations.access import Running, schema, streams
from operations.troubles import NotOnStream, NotProvisioned, StandsStill, Trouble
from shared import mending
from shared.provision import provision_streams
from shared.relay import STREAM

FORGETTING_SECONDS, FORGOTTEN_AFTER_SECONDS = 0.1, 2.0
"""The server forgets by a timer of its own and tells nobody: on a busy machine 0.3 s were once too few."""
_NOT_PUBLISHED = text("update outbox set published_at = null where event_id = any(:event_ids)")
_AT_SITE = text("select set_config('homeward.sites', :site, true)")


async def repair(running: Running, found: Iterable[Trouble]) -> None:
    """Streams first: what is published again needs one. Doing it again changes nothing."""
    troubles = list(found)
    if any(isinstance(trouble, NotProvisioned | NotOnStream) for trouble in troubles):
        async with streams(running, "admin") as nats:
            await _prepare_stream(nats.jetstream(timeout=10))
    lost = sorted(
        (trouble.sent for trouble in troubles if isinstance(trouble, NotOnStream)), key=lambda one: one.service
    )
    for service, events in groupby(lost, key=lambda one: one.service):
        await _publish_again(running, service, [event.event_id for event in events])
    still = sorted((one for one in troubles if isinstance(one, StandsStill)), key=lambda one: one.service)
    for service, rows in groupby(still, key=lambda one: one.service):
        await _nudge_again(running, service, list(rows))


async def _prepare_stream(jetstream: JetStreamContext) -> None:
    """JetStream remembers the ids of what was taken away for ten minutes, and acknowledges it without keeping it.

    For a moment it remembers nothing. What is published twice then is handled once: the inboxes know it.
    """
    await provision_streams(jetstream)
    config = (await jetstream.stream_info(STREAM)).config
    config.duplicate_window = FORGETTING_SECONDS
    await jetstream.update_stream(config)
    await asyncio.sleep(FORGOTTEN_AFTER_SECONDS)
    await provision_streams(jetstream)


async def _publish_again(running: Running, service: str, event_ids: list[UUID]) -> None:
    async with schema(running, service, f"{service}_relay") as connection:
        await connection.execute(_NOT_PUBLISHED, {"event_ids": event_ids})


async def _nudge_again(running: Running, service: str, rows: list[StandsStill]) -> None:
    for site, of_site in groupby(sorted(rows, key=lambda one: one.row.site), key=lambda one: one.row.site):
        async with schema(running, service, service) as connection:
            await connection.execute(_AT_SITE, {"site": site})
            for one in sorted(of_site, key=lambda one: one.workflow_id):
                await mending.owe(connection, one.row)
