"""Intake, running on the real servers, and people who apply to it."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.base import WireModel
from shared.events.notifications import ParticipantTold
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, ContactAnswer, ContactQuestion, question_subject
from tests.lib.component import Component
from tests.lib.stack import PostgresServer, running
from tests.unit.intake.people import BORN, HEALTHY

PERSON = {
    "given_name": "Ada",
    "family_name": "Lindqvist",
    "date_of_birth": BORN.isoformat(),
    "email": "ada@example.org",
    "phone": "+1 604-555-0123",
}
SIGNATURE = {"meaning": "I have reviewed the answers and the findings."}
_numbers = count(1)


class Applicant:
    """Somebody who was referred, and what they and the staff do with intake."""

    def __init__(self, intake: Component, site: str, program_id: UUID, person: dict[str, Any]) -> None:
        self.intake, self.site, self.program_id, self.person = intake, site, program_id, person
        self.path = f"/referrals/{program_id}"

    @classmethod
    async def refer(cls, intake: Component, site: str = "bc", **changed: Any) -> "Applicant":
        body = referral(site=site)
        answer = await intake.as_("coordinator", site).post("/referrals", json=body | changed)
        assert answer.status_code == 201, answer.text
        return cls(intake, site, UUID(answer.json()["program_id"]), (body | changed)["person"])

    def themself(self) -> Any:
        return self.intake.as_("participant", self.site, subject=self.program_id)

    async def answer(self, *, complete: bool = True, **changed: Any) -> Any:
        query = {"complete": complete}
        return await self.themself().put(f"{self.path}/answers", params=query, json=HEALTHY | changed)

    async def hears_of_the_forms(self) -> None:
        """Notifications says that a mail server took the mail that asks for the forms."""
        told = ParticipantTold(
            message_id=uuid4(),
            program_id=self.program_id,
            category="forms",
            item=None,
            cohort_id=None,
            caused_at=await self.intake.now(),
            by="mail",
        )
        await self.intake.publish(told, site=self.site)

    async def decide(self, decision: str = "eligible", **more: Any) -> Any:
        body = {"decision": decision, "signature": SIGNATURE} | more
        return await self.intake.as_("clinician", self.site).post(f"{self.path}/decision", json=body)

    async def sign(self, kind: str) -> Any:
        return await self.themself().post(f"{self.path}/agreements", json={"kind": kind})

    async def revoke(self, kind: str) -> Any:
        return await self.themself().delete(f"{self.path}/agreements/{kind}")

    async def shown(self) -> dict[str, Any]:
        answer = await self.intake.as_("clinician", self.site).get(self.path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def tasks(self) -> list[dict[str, Any]]:
        query = {"program_id": str(self.program_id), "all": True}
        answer = await self.intake.as_("coordinator", self.site).get("/tasks", params=query)
        return list(answer.json()["items"])

    async def clearance(self, site: str | None = None) -> ClearanceAnswer:
        now = await self.intake.now()
        asked = ClearanceQuestion(program_id=self.program_id, site=site or self.site, item="dose:1", asked_at=now)
        return ClearanceAnswer.model_validate_json(await ask(self.intake, "session", "clearance", asked))

    async def contact(self) -> ContactAnswer:
        asked = ContactQuestion(program_id=self.program_id, site=self.site, purpose="check_in")
        return ContactAnswer.model_validate_json(await ask(self.intake, "notifications", "contact", asked))


async def ask(intake: Component, asker: str, question: Any, asked: WireModel) -> bytes:
    peer = await intake.peers.user(asker)
    reply = await peer.request(question_subject("intake", question), asked.model_dump_json().encode(), timeout=5)
    return bytes(reply.data)


def referral(**changed: Any) -> dict[str, Any]:
    """A referral that is right, but for what is changed."""
    number = next(_numbers)
    person = PERSON | {"family_name": f"Lindqvist {number}", "email": f"ada{number}@example.org"}
    person |= {"phone": f"+1 604-555-{number:04}"}
    right = {"site": "bc", "protocol_id": "weekly6", "reference": f"R-{number:03}", "person": person}
    return right | changed


@pytest.fixture(scope="module")
async def intake(postgres_server: PostgresServer) -> AsyncIterator[Component]:
    async with running("intake", postgres_server) as component:
        yield component


@pytest.fixture
async def applicant(intake: Component) -> Applicant:
    return await Applicant.refer(intake)
