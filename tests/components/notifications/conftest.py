"""Notifications, running on the real servers, with a mail sink and an intake that knows how to reach people."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import scheduler
from shared.events.base import ProtocolPin, WireModel
from shared.events.questions import ContactAnswer, ContactQuestion
from shared.migrations import ROOT
from shared.protocol.load import load_protocol
from tests.lib.component import Component
from tests.lib.stack import PostgresServer, running

WEEKLY6 = load_protocol(ROOT / "protocols" / "weekly6.yaml")
PIN = ProtocolPin(id=WEEKLY6.id, version=WEEKLY6.version, hash=WEEKLY6.content_hash)
VANCOUVER = "America/Vancouver"


@dataclass
class Intake:
    """How people can be reached; `silent` while it is down, `confused` while nobody understands what it says."""

    emails: dict[UUID, str | None] = field(default_factory=dict)
    zones: dict[UUID, str] = field(default_factory=dict)
    asked: list[ContactQuestion] = field(default_factory=list)
    silent: bool = False
    confused: bool = False

    def answer(self, question: ContactQuestion) -> WireModel | None:
        self.asked.append(question)
        if self.silent or self.confused:
            return WireModel() if self.confused else None
        id = question.program_id
        return ContactAnswer(email=self.emails.get(id), given_name="Ada", zone=self.zones.get(id, "America/Vancouver"))


@dataclass(frozen=True)
class Post:
    """The running service, and what came out of it."""

    service: Component
    intake: Intake

    def mails(self, to: str) -> list[EmailMessage]:
        return [mail for mail in self.service.mail.messages() if mail["To"] == to]

    async def messages(self, program_id: UUID) -> list[dict[str, Any]]:
        query = {"program_id": str(program_id)}
        answer = await self.service.as_("coordinator").get("/messages", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def tasks(self, kind: str) -> list[dict[str, Any]]:
        answer = await self.service.as_("coordinator").get("/tasks", params={"kind": kind, "all": True})
        return list(answer.json()["items"])

    async def calls_to(self, person: "Person") -> list[dict[str, Any]]:
        """The open calls to a person whom no mail told."""
        return [task for task in await self.tasks("undelivered") if task["program_id"] == str(person.id)]

    async def seat(self, person: "Person") -> None:
        """The person takes a seat in a weekly6 cohort."""
        await self.service.publish(
            scheduler.SeatAccepted(program_id=person.id, cohort_id=person.cohort_id, protocol=PIN, zone=VANCOUVER)
        )


@dataclass(frozen=True)
class Person:
    id: UUID
    cohort_id: UUID
    email: str


@pytest.fixture(scope="module")
async def post(postgres_server: PostgresServer) -> AsyncIterator[Post]:
    async with running("notifications", postgres_server) as service:
        intake = Intake()
        await service.peer_answers("intake", "contact", ContactQuestion, intake.answer)
        yield Post(service, intake)


@pytest.fixture
async def ada(post: Post) -> Person:
    """Somebody who has a seat and an address."""
    id = uuid4()
    person = Person(id, uuid4(), f"{id.hex}@example.org")
    post.intake.emails[id] = person.email
    post.intake.silent = post.intake.confused = False
    await post.seat(person)
    return person
