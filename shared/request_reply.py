"""Asking another service a question that needs its answer now (NATS request/reply)."""

from typing import TypeVar

from faststream.nats import NatsBroker
from nats.errors import Error as NatsError

from shared.events.base import WireModel
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, ContactAnswer, ContactQuestion, question_subject

SECONDS = 3.0
A = TypeVar("A", bound=WireModel)


class NoAnswer(Exception):
    """The service did not answer in time. Whoever asks must take that as «no»."""


class Ask:
    def __init__(self, broker: NatsBroker) -> None:
        self._broker = broker

    async def clearance(self, authority: str, question: ClearanceQuestion) -> ClearanceAnswer:
        """Ask one authority for a dose's clearance; raises NoAnswer."""
        return await self._ask(question_subject(authority, "clearance"), question, ClearanceAnswer)

    async def contact(self, question: ContactQuestion) -> ContactAnswer:
        """Ask intake how to reach a person; raises NoAnswer."""
        return await self._ask(question_subject("intake", "contact"), question, ContactAnswer)

    async def _ask(self, subject: str, question: WireModel, answer: type[A]) -> A:
        try:
            reply = await self._broker.request(question, subject, timeout=SECONDS)
            return answer.model_validate_json(reply.body)
        except (NatsError, TimeoutError, ValueError) as error:
            raise NoAnswer(f"{subject}: {type(error).__name__}") from error
