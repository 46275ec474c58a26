"""A service as the others speak to it: events are fetched from its consumer, its questions answered beside them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from faststream.nats import NatsMessage
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared import relay
from shared.audit import clearance
from shared.events.questions import question_subject
from shared.handlers import Receiver

if TYPE_CHECKING:
    from shared.service import Running

STOP_SECONDS = 5
LOOK_AGAIN = 0.2
"""Seconds between two looks for the service's consumer: provisioning does not say when it has made it."""


def answer_questions(run: "Running") -> None:
    """Subscribe to what other services ask this one; the broker answers from `listen` on."""
    name, broker = run.service.name, run.broker
    for question, (asked, answerer) in run.service.handlers.questions.items():
        broker.subscriber(question_subject(name, question), queue=name)(_answering(run, asked, answerer))


async def listen(run: "Running") -> None:
    """Receive events and answer questions until stopped."""
    name, broker = run.service.name, run.broker
    try:
        jetstream = (await broker.connect()).jetstream()
        if run.hears:
            await _until_provisioned(jetstream, name)
        await broker.start()
        await (_receive(run, jetstream) if run.hears else asyncio.Event().wait())
    finally:
        async with asyncio.timeout(STOP_SECONDS):
            await broker.stop()


async def _receive(run: "Running", jetstream: JetStreamContext) -> None:
    name = run.service.name
    inbox = f"_INBOX.{name}.".encode()
    subscription = await jetstream.pull_subscribe_bind(name, stream=relay.STREAM, inbox_prefix=inbox)
    try:
        await Receiver(name, run.service.handlers, run.open_work, run.broker, run.backlog).run(subscription)
    finally:
        await subscription.unsubscribe()  # the broker waits for every subscription when it stops


async def _until_provisioned(jetstream: JetStreamContext, service: str) -> None:
    """Wait for the service's consumer: whoever asks for it earlier would make one, to which it has no right."""
    while True:
        with suppress(NotFoundError):
            await jetstream.consumer_info(relay.STREAM, service)
            return
        await asyncio.sleep(LOOK_AGAIN)


def _answering(run: "Running", asked: Any, answerer: Callable[..., Any]) -> Callable[[NatsMessage], Any]:
    async def answer(message: NatsMessage) -> Any:
        question = asked.model_validate_json(message.body)
        async with run.open_work([question.site]) as work:
            said = await answerer(work, question)
            clearance.answered(work, run.settings, question.site, question, said)
            return said

    return answer
