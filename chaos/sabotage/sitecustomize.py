"""Switches one protection off in the processes that chaos starts with this folder on their path, to prove that chaos
finds it. Python imports this by itself before anything else; no code of Homeward's knows of it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any


def replace(owner: Any, name: str, by: Any) -> None:
    """Put another function in the place of one: switching it off is the point, so types are not asked."""
    setattr(owner, name, by)


def inbox() -> None:
    """Run a handler at each delivery, whether the event was handled before or not."""
    from shared.handlers import Receiver

    note = Receiver._note

    async def note_and_handle_all(self: Receiver, work: Any, envelopes: Sequence[Any]) -> list[Any]:
        await note(self, work, envelopes)
        return list(envelopes)

    replace(Receiver, "_note", note_and_handle_all)


def outbox_order() -> None:
    """Publish a batch newest first, whatever its events are about."""
    from shared import relay

    async def publish(jetstream: Any, rows: Sequence[Any]) -> list[int]:
        return await relay._publish_wave(jetstream, list(reversed(rows))) if rows else []

    replace(relay, "publish", publish)


def clearance() -> None:
    """Ask nobody before a dose: each authority's yes is made up."""
    from shared.events.questions import ClearanceAnswer
    from shared.request_reply import Ask

    async def made_up(_: Ask, authority: Any, question: Any) -> ClearanceAnswer:
        now = question.asked_at
        return ClearanceAnswer(
            authority=authority, refusals=(), revision=0, answered_at=now, valid_until=now + timedelta(seconds=30)
        )

    replace(Ask, "clearance", made_up)


def nudge_retry() -> None:
    """Forget a nudge that could not be delivered at once; nobody nudges again what stands still."""
    from temporalio.client import Client
    from temporalio.service import RetryConfig

    from shared import nudger, reconciler

    deliver_all, connect = nudger._deliver_all, Client.connect

    async def once(temporal: Any, service: str, owed: list[Any]) -> list[Any]:
        await deliver_all(temporal, service, owed)
        return owed

    async def rest(*_: Any) -> None:
        await asyncio.Event().wait()

    replace(nudger, "_deliver_all", once)
    replace(reconciler, "run", rest)
    replace(Client, "connect", partial(connect, retry_config=RetryConfig(max_retries=0)))


def seats() -> None:
    """Give the seat of somebody who left to nobody."""
    from services.scheduler.storage import seating

    async def kept(*_: Any) -> list[Any]:
        return []

    replace(seating, "held_by_nobody", kept)


def calls() -> None:
    """Reminders of sessions are dropped as one mail too many, and nobody is asked to call."""
    from services.notifications.commands import end_message, send_message
    from services.notifications.domain import sending as rules
    from shared.protocol.vocabulary import MessageCategory

    decide = rules.decide

    def drop(message: Any, *more: Any) -> Any:
        about_a_session = message.category in (MessageCategory.SESSION_REMINDER, MessageCategory.CALENDAR_CHANGE)
        return rules.Suppress("cap") if about_a_session else decide(message, *more)

    async def nobody(*_: Any) -> None:
        return None

    replace(send_message, "decide", drop)
    for module in (send_message, end_message):
        replace(module, "ask_for_call", nobody)


SABOTAGES: dict[str, Callable[[], None]] = {
    "inbox": inbox,
    "outbox_order": outbox_order,
    "clearance": clearance,
    "nudge_retry": nudge_retry,
    "seats": seats,
    "calls": calls,
}

if wanted := os.environ.get("CHAOS_SABOTAGE"):
    SABOTAGES[wanted]()
