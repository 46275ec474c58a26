"""The session service on the real servers, and a day at the clinic to run through it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.auth import Role
from shared.events.questions import AUTHORITIES, ClearanceAnswer, ClearanceQuestion
from shared.events.scheduler import MakeUpBooked, MakeUpCancelled, SeatAccepted, SessionBooked, SessionDue
from shared.idempotency import HEADER
from tests.lib.component import Component
from tests.lib.pinned import pin
from tests.lib.stack import PostgresServer, running

PIN = pin("weekly6")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SIGNATURE = {"meaning": "I decided this."}
CALM = {"systolic": 122, "diastolic": 78, "heart_rate": 70, "respiratory_rate": 14, "spo2": 98}
READY = {
    "identity": True,
    "consent": True,
    "interval_history": True,
    "substances_abstained": True,
    "fasted": True,
    "pregnancy_test": "not_applicable",
    "driver": True,
    "c_ssrs": "none",
    "intention": True,
}
STAFF: dict[str, Role] = {
    "prescriber-1": "prescriber",
    "facilitator-1": "facilitator",
    "facilitator-2": "facilitator",
}
LOT, PLENTY_MG = "K-17", 1_000_000
LEAVING = {"sedation_resolved": True, "dissociation_resolved": True, "respiratory_resolved": True, "transport": True}


class Day:
    """One session, from its booking to its close, and the people expected there."""

    pin = PIN

    def __init__(self, service: Component, starts_at: datetime, item: str, people: list[UUID], site: str) -> None:
        self.service, self.item, self.people, self.site = service, item, people, site
        self.session_id, self.cohort_id = uuid4(), uuid4()
        self.starts_at, self.ends_at = starts_at, starts_at + 4 * HOUR
        self.path = f"/sessions/{self.session_id}"

    def _told(self, **changed: Any) -> dict[str, Any]:
        kind = self.item.split(":")[0]
        times = {"starts_at": self.starts_at, "ends_at": self.ends_at, "zone": "America/Vancouver"}
        about = {"session_id": self.session_id, "cohort_id": self.cohort_id, "item": self.item, "kind": kind}
        return about | times | {"protocol": self.pin} | changed

    def booked(self, revision: int = 1, **changed: Any) -> SessionBooked:
        return SessionBooked(**self._told(calendar_revision=revision, **changed))

    def due(self, **changed: Any) -> SessionDue:
        return SessionDue(**self._told(no_show_at=self.starts_at + 30 * MINUTE, roster=tuple(self.people)) | changed)

    def make_up(self) -> MakeUpBooked:
        told = self._told(kind="preparation", no_show_at=self.starts_at + 30 * MINUTE)
        return MakeUpBooked(**told, program_id=self.people[0], missed_item="preparation:1")

    def make_up_cancelled(self) -> MakeUpCancelled:
        return MakeUpCancelled(**self._told(kind="preparation"), program_id=self.people[0], missed_item="preparation:1")

    def seats(self) -> list[SeatAccepted]:
        seat = {"cohort_id": self.cohort_id, "protocol": self.pin, "zone": "America/Vancouver"}
        return [SeatAccepted(program_id=person, **seat) for person in self.people]

    async def begin(self, *, staffed: bool = True) -> "Day":
        """Booked, due, and the planned start has come."""
        await self.service.publish(*self.seats(), self.booked(), self.due(), site=self.site)
        await self.service.skip(self.starts_at)
        if staffed:
            await self.are_on_site(*STAFF)
        return self

    async def are_on_site(self, *subjects: str) -> None:
        """Each says it with their own login."""
        for subject in subjects:
            assert (await self.post(STAFF[subject], "staff", by=subject)).status_code == 200

    async def post(self, role: Any, what: str, *, by: str | None = None, key: str | None = None, **body: Any) -> Any:
        client = self.service.as_(role, self.site, subject=by)
        return await client.post(f"{self.path}/{what}", json=body, headers={HEADER: key} if key else {})

    async def arrive(self, person: UUID, *, vitals: dict[str, int] = CALM, **checklist: Any) -> Any:
        body = {"program_id": str(person), "checklist": READY | checklist, "vitals": vitals}
        return await self.post("facilitator", "arrivals", **body)

    async def measure(self, person: UUID, **vitals: int) -> Any:
        return await self.post("facilitator", "vitals", program_id=str(person), vitals=CALM | vitals)

    async def decide(self, person: UUID, decision: str = "go", **more: Any) -> Any:
        body = {"program_id": str(person), "decision": decision, "signature": SIGNATURE}
        return await self.post("prescriber", "decisions", **body | more)

    async def order(self, person: UUID, **changed: Any) -> dict[str, Any]:
        """What is drawn up: 70 mg for 70 kg, intramuscular."""
        today = (await self.service.now()).date()
        right = {
            "program_id": str(person),
            "route": "IM",
            "mg": 70,
            "weight_kg": 70,
            "weighed_on": str(today - 3 * DAY),
            "lot": LOT,
            "expires_on": str(today + 100 * DAY),
            "concentration_mg_per_ml": 50,
        }
        return right | changed

    async def verify(self, person: UUID, *, by: str = "facilitator-1", **changed: Any) -> Any:
        return await self.post("facilitator", "verifications", by=by, **await self.order(person, **changed))

    async def dose(
        self, person: UUID, by: str = "prescriber-1", verified_by: str = "facilitator-1", **order: Any
    ) -> Any:
        """The dose, once a second person has verified it; when they may not, it is given without."""
        verified = (await self.verify(person, by=verified_by, **order)).json()
        basis = {"verification": verified.get("verification_id", str(uuid4()))}
        return await self.post("prescriber", "doses", by=by, **await self.order(person, **order), **basis)

    async def observe(self, person: UUID, minute: float, **vitals: int) -> Any:
        told = {"minute": minute, "vitals": CALM | vitals, "moaas": 5, "dissociation": 1}
        return await self.post("facilitator", "observations", program_id=str(person), **told)

    async def discharge(self, person: UUID, **changed: Any) -> Any:
        body = {"program_id": str(person), "criteria": LEAVING, "vitals": CALM, "signature": SIGNATURE}
        return await self.post("clinician", "discharges", **body | changed)

    async def close(self) -> Any:
        return await self.service.as_("facilitator", self.site).post(f"{self.path}/close")

    async def states(self) -> dict[UUID, str]:
        return {UUID(entry["program_id"]): entry["state"] for entry in (await self.shown())["roster"]}

    async def shown(self) -> dict[str, Any]:
        answer = await self.service.as_("clinician", self.site).get(self.path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def tasks(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.service.as_("coordinator", self.site).get("/tasks", params={"all": True} | query)
        ours = {str(self.session_id), *map(str, self.people)}
        return [task for task in answer.json()["items"] if ours & {task["item"], task["program_id"]}]


async def authorities_answer(service: Component, *silent: str, **refusals: str) -> None:
    """From now on each authority clears everybody, but for the rules given by its name; the silent ones say nothing."""
    for authority in AUTHORITIES:

        def say(question: ClearanceQuestion, authority: Any = authority) -> ClearanceAnswer | None:
            if authority in silent:
                return None
            until = question.asked_at + 15 * MINUTE
            rules = (refusals[authority],) if authority in refusals else ()
            return ClearanceAnswer(
                authority=authority, refusals=rules, revision=3, answered_at=question.asked_at, valid_until=until
            )

        await service.peer_answers(authority, "clearance", ClearanceQuestion, say)


@pytest.fixture(scope="package")
async def service(postgres_server: PostgresServer) -> AsyncIterator[Component]:
    async with running("session", postgres_server) as component:
        await authorities_answer(component)
        for site in ("bc", "co"):
            received = {"site": site, "movement": "receipt", "lot": LOT, "mg": PLENTY_MG}
            await component.as_("prescriber", site).post("/substance-ledger", json=received)
        yield component


async def plan(service: Component, item: str = "dose:1", people: int = 1, site: str = "bc") -> Day:
    """A session two hours from now, for people nobody has seen yet."""
    starts_at = (await service.now()).replace(microsecond=0) + 2 * HOUR
    return Day(service, starts_at, item, [uuid4() for _ in range(people)], site)


@pytest.fixture
async def day(service: Component) -> Day:
    """A dosing session for one person that is about to begin, everything ready."""
    await authorities_answer(service)
    return await (await plan(service)).begin()


def rule(answer: Any) -> str:
    """The rule that refused a request."""
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["rule"])
