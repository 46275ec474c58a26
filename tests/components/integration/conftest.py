"""Integration on the real servers, and people whose calendar the scheduler tells."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import ProtocolPin
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, question_subject
from shared.events.scheduler import (
    CheckInDue,
    ItemOverridden,
    MakeUpBooked,
    MakeUpCancelled,
    MeasureDue,
    SeatAccepted,
    SessionBooked,
    SessionDue,
    State,
    StateChanged,
)
from tests.lib.component import Component
from tests.lib.pinned import pin
from tests.lib.stack import PostgresServer, running

ZONE = "America/Vancouver"
PIN = pin("weekly6")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SIGNATURE = {"meaning": "I have reviewed this and decided."}


class Person:
    """Somebody in a cohort, what the scheduler says of them, and what they and the staff do."""

    def __init__(self, integration: Component, cohort_id: UUID, protocol: ProtocolPin = PIN) -> None:
        self.integration, self.cohort_id, self.protocol = integration, cohort_id, protocol
        self.id = uuid4()

    @classmethod
    async def seated(
        cls, integration: Component, cohort_id: UUID | None = None, protocol: ProtocolPin = PIN
    ) -> "Person":
        person = cls(integration, cohort_id or uuid4(), protocol)
        await person.take_seat()
        return person

    async def take_seat(self) -> None:
        seat = SeatAccepted(program_id=self.id, cohort_id=self.cohort_id, protocol=self.protocol, zone=ZONE)
        await self.integration.publish(seat)

    async def becomes(self, state: State) -> None:
        await self.integration.publish(StateChanged(program_id=self.id, cohort_id=self.cohort_id, state=state))

    async def is_asked(self, item: str) -> None:
        """A check-in is due now; the one after leaving is the one that names no dose."""
        due_at = await self.integration.now()
        about = {"program_id": self.id, "cohort_id": self.cohort_id, "zone": ZONE, "protocol": self.protocol}
        await self.integration.publish(
            CheckInDue(**about, item=item, due_at=due_at, follows="dose" if ":dose:" in item else "leaving")
        )

    async def is_measured(self, key: str, opens: timedelta, closes: timedelta) -> datetime:
        """A measure opens now; answers when it is due."""
        opens_at = await self.integration.now()
        due_at = opens_at - opens
        about = {"program_id": self.id, "cohort_id": self.cohort_id, "zone": ZONE, "protocol": self.protocol}
        window = {"opens_at": opens_at, "due_at": due_at, "closes_at": due_at + closes}
        await self.integration.publish(MeasureDue(**about, **window, item=f"measure:{key}"))
        return due_at

    async def is_overridden(self, item: str) -> None:
        await self.integration.publish(ItemOverridden(program_id=self.id, item=item))

    async def makes_up(self, item: str, *, starts_in: timedelta = HOUR) -> MakeUpBooked:
        session_id, starts_at = uuid4(), await self.integration.now() + starts_in
        booked = MakeUpBooked(
            program_id=self.id,
            cohort_id=self.cohort_id,
            session_id=session_id,
            item=f"make_up:{item}",
            missed_item=item,
            kind="circle",
            starts_at=starts_at,
            ends_at=starts_at + HOUR,
            no_show_at=starts_at + 20 * MINUTE,
            zone=ZONE,
            protocol=self.protocol,
        )
        await self.integration.publish(booked)
        return booked

    async def calls_off(self, booked: MakeUpBooked) -> None:
        """The make-up is cancelled."""
        said = booked.model_dump(exclude={"no_show_at", "protocol"})
        await self.integration.publish(MakeUpCancelled(**said, protocol=self.protocol))

    async def says(self, item: str, **answers: int) -> Any:
        return await self._post(f"/check-ins/{self.id}/{item}/answers", {"answers": answers})

    async def fills_in(self, item: str, instrument: str, items: list[int | None]) -> Any:
        return await self._post(f"/measures/{self.id}/{item}/{instrument}", {"items": items})

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        return await self.integration.as_("participant", subject=self.id).post(path, json=body)

    async def tasks(self, kind: str) -> list[dict[str, Any]]:
        return await tasks(self.integration, kind, program_id=str(self.id))

    async def clearance(self, item: str = "dose:4") -> ClearanceAnswer:
        now = await self.integration.now()
        asked = ClearanceQuestion(program_id=self.id, site="bc", item=item, asked_at=now)
        session = await self.integration.peers.user("session")
        subject = question_subject("integration", "clearance")
        reply = await session.request(subject, asked.model_dump_json().encode(), timeout=5)
        return ClearanceAnswer.model_validate_json(reply.data)


async def tasks(integration: Component, kind: str, **query: str) -> list[dict[str, Any]]:
    answer = await integration.as_("auditor").get("/tasks", params={"kind": kind} | query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def booked_circle(
    integration: Component, cohort_id: UUID, *, item: str = "circle:3", revision: int = 1, starts_in: timedelta = HOUR
) -> SessionBooked:
    """A circle as the calendar has it; not told yet."""
    starts_at = await integration.now() + starts_in
    return SessionBooked(
        session_id=uuid4(),
        cohort_id=cohort_id,
        item=item,
        kind="circle",
        starts_at=starts_at,
        ends_at=starts_at + 90 * MINUTE,
        zone=ZONE,
        calendar_revision=revision,
        protocol=PIN,
    )


def due(booked: SessionBooked, *people: Person) -> SessionDue:
    """The same circle, due, with its roster."""
    said = booked.model_dump(exclude={"calendar_revision", "protocol"})
    no_show_at = booked.starts_at + 20 * MINUTE
    return SessionDue(**said, protocol=booked.protocol, no_show_at=no_show_at, roster=tuple(p.id for p in people))


@pytest.fixture(scope="module")
async def integration(postgres_server: PostgresServer) -> AsyncIterator[Component]:
    async with running("integration", postgres_server) as component:
        yield component


@pytest.fixture
async def person(integration: Component) -> Person:
    return await Person.seated(integration)
