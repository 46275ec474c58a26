"""The scheduler on the real servers: clinics of a test's own, who is on their waitlist, and what happens to them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from rehearsal.virtual_time.watches import Watches
from shared.events import Event, intake, integration, notifications, session
from shared.events import scheduler as told
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, question_subject
from shared.migrations import ROOT
from tests.lib.component import Component
from tests.lib.servers import temporary_folder
from tests.lib.stack import PostgresServer, running
from tests.lib.virtual import Rows

ZONE = ZoneInfo("America/Vancouver")
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
SIGNATURE = {"meaning": "I have reviewed this and decided."}
AGREEMENTS: tuple[intake.AgreementKind, ...] = ("treatment_consent", "group_agreement")
CLINICS = 300
"""More than there are tests here."""
_numbers = count()


class Paths(Rows):
    """Programs and cohorts as well, also those that wait for a fact and not for a moment."""

    settled = ("program", "cohort")


@dataclass
class Scheduler(Component):
    """The scheduler is idle when every program and every cohort has drawn its consequences, and its watch sleeps."""

    watches: Watches

    @cached_property
    def _rows(self) -> Rows:
        return Paths(self.database, self.run.service.name)

    async def _unrest(self) -> list[str]:
        return await super()._unrest() or await self.watches.restless(await self._acted_on())

    async def _acted_on(self) -> dict[str, int]:
        """The workflow of every row that was acted on, with the row's revision."""
        rows = await self.database.fetch(
            """
            select 'scheduler-program-' || id as workflow, settled_revision from program where settled_revision > 0
            union all select 'scheduler-cohort-' || id, settled_revision from cohort where settled_revision > 0
            """
        )
        return {row["workflow"]: row["settled_revision"] for row in rows}


class Clinic:
    """A site that no other test uses: its waitlist and its cohorts are this test's alone."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler, self.site = scheduler, f"clinic{next(_numbers)}"
        self.protocol_id = "weekly6"

    def as_(self, role: Any, *, subject: Any = None, authenticated_at: datetime | None = None) -> httpx.AsyncClient:
        return self.scheduler.as_(role, self.site, subject=subject, authenticated_at=authenticated_at)

    async def publish(self, *events: Event) -> None:
        await self.scheduler.publish(*events, site=self.site)

    async def monday(self, *, at_least: timedelta = WEEK) -> date:
        """The first Monday that is at least this far away."""
        day = (await self.scheduler.now() + at_least).astimezone(ZONE).date()
        return day + timedelta(days=-day.weekday() % 7)

    async def post_cohort(self, **changed: Any) -> httpx.Response:
        starts_on = changed.pop("starts_on", None) or await self.monday()
        body = {"site": self.site, "protocol_id": self.protocol_id, "starts_on": str(starts_on), "capacity": 4}
        return await self.as_("coordinator").post("/cohorts", json=body | changed)

    async def open_cohort(self, **changed: Any) -> "Cohort":
        answer = await self.post_cohort(**changed)
        assert answer.status_code == 201, answer.text
        await self.scheduler.until_idle()
        return Cohort(self, answer.json())

    async def person(self, *signed: intake.AgreementKind) -> "Person":
        """Somebody who was found eligible and waits."""
        return (await self.people(1, *signed))[0]

    async def people(self, number: int, *signed: intake.AgreementKind) -> list["Person"]:
        people = [Person(self) for _ in range(number)]
        for person in people:
            await self.publish(*person.found_eligible(), *(person.signs(kind) for kind in signed or AGREEMENTS))
        return people

    async def member(self) -> "Person":
        """Somebody who has a seat in a cohort that starts in about a week."""
        return (await self.members(1))[0]

    async def members(self, number: int, **changed: Any) -> list["Person"]:
        cohort = await self.open_cohort(**changed)
        people = await self.people(number)
        for person in people:
            accepted = await person.accept()
            assert accepted.status_code == 200, accepted.text
            person.cohort = cohort
        await self.scheduler.until_idle()
        return people

    async def close(self) -> None:
        coordinator = self.as_("coordinator")
        for program in (await coordinator.get("/programs")).json()["items"]:
            leaving = {"reason": "the test is over", "confirms": program["program_id"]}
            await coordinator.post(f"/programs/{program['program_id']}/death", json=leaving)
        for kind in (
            "orphan_fact",
            "leaving_taken_back",
            "seat_given_on",
            "unheard_absence",
            "cohort_below_minimum",
            "session_below_quorum",
        ):
            for task in await self.tasks(kind):
                await coordinator.post(f"/tasks/{task['id']}/close", json={"choice": "run"})

    async def tasks(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        await self.scheduler.until_idle()
        answer = await self.as_("auditor").get("/tasks", params={"kind": kind} | query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


class Cohort:
    """A cohort as the coordinator sees it when it is opened."""

    def __init__(self, clinic: Clinic, shown: dict[str, Any]) -> None:
        self.clinic, self.shown, self.id = clinic, shown, UUID(shown["cohort_id"])

    def session(self, item: str) -> tuple[UUID, datetime]:
        found = next(session for session in self.shown["sessions"] if session["item"] == item)
        return UUID(found["session_id"]), datetime.fromisoformat(found["starts_at"])

    def start(self, item: str) -> datetime:
        return self.session(item)[1]

    async def seats(self) -> dict[str, int]:
        """How many seats are in each state."""
        await self.clinic.scheduler.until_idle()
        answer = await self.clinic.as_("coordinator").get(f"/cohorts/{self.id}")
        states = [seat["state"] for seat in answer.json()["seats"]]
        return {state: states.count(state) for state in sorted(set(states))}


class Person:
    """One program: what the other services say of it, what the person and the staff do."""

    cohort: Cohort

    def __init__(self, clinic: Clinic) -> None:
        self.clinic, self.id = clinic, uuid4()
        self.path = f"/programs/{self.id}"

    def found_eligible(self) -> tuple[Event, ...]:
        return (
            intake.ReferralReceived(program_id=self.id, protocol_id=self.clinic.protocol_id),
            self.screened("eligible"),
        )

    def screened(self, decision: Any) -> Event:
        return intake.ScreeningDecided(program_id=self.id, protocol_id=self.clinic.protocol_id, decision=decision)

    def signs(self, kind: intake.AgreementKind) -> Event:
        return intake.AgreementSigned(program_id=self.id, kind=kind)

    async def accept(self) -> httpx.Response:
        return await self.posts("participant", "offer/accept")

    async def hears_the_offer(self, *, by: Literal["mail", "call"] = "mail") -> None:
        """Notifications says that the person was told of the newest offer."""
        *_, offer = await self.clinic.scheduler.all_heard(told.SeatOffered, program_id=self.id)
        heard = notifications.ParticipantTold(
            message_id=uuid4(),
            program_id=self.id,
            category="seat_offer",
            item=None,
            cohort_id=offer.data.cohort_id,
            caused_at=offer.time,
            by=by,
        )
        await self.clinic.publish(heard)

    async def decline(self) -> httpx.Response:
        return await self.posts("participant", "offer/decline")

    async def posts(self, role: Any, what: str, **body: Any) -> httpx.Response:
        subject = self.id if role == "participant" else None
        return await self.clinic.as_(role, subject=subject).post(f"{self.path}/{what}", json=body)

    async def shown(self) -> dict[str, Any]:
        await self.clinic.scheduler.until_idle()
        answer = await self.clinic.as_("coordinator").get(self.path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def state(self) -> str:
        return str((await self.shown())["state"])

    async def ahead(self) -> dict[str, dict[str, Any]]:
        return {item["item"]: item for item in (await self.shown())["next"]}

    async def tasks(self, kind: str) -> list[dict[str, Any]]:
        return await self.clinic.tasks(kind, program_id=str(self.id))

    async def is_absent(self, item: str, *, excused: bool = False, at: datetime | None = None) -> None:
        about = {"program_id": self.id, "session_id": self._session_id(item), "item": item}
        told, clinic = _teller(item), self.clinic
        absences: tuple[Event, ...] = (
            told.AttendanceRecorded(**about, status="absent"),
            told.AbsenceRecorded(**about, excused=excused, no_show=not excused),
        )
        for event in absences:
            await clinic.scheduler.peers.tell(event, site=clinic.site, time=at or await clinic.scheduler.now())
        await clinic.scheduler.until_idle()

    async def had_not_heard_of(self, item: str) -> None:
        """Notifications says that nothing had told the person of a session that they missed just now."""
        about = {"program_id": self.id, "session_id": self._session_id(item), "item": item}
        now = await self.clinic.scheduler.now()
        await self.clinic.publish(notifications.AbsenceUnheard(**about, absent_at=now))

    async def is_not_absent(self, item: str, status: Literal["attended", "expected"]) -> None:
        """The absence from an item is taken back."""
        about = {"program_id": self.id, "session_id": self._session_id(item), "item": item}
        await self.clinic.publish(_teller(item).AttendanceCorrected(**about, status=status))

    async def attends(self, *items: str) -> None:
        for item in items:
            about = {"program_id": self.id, "session_id": self._session_id(item), "item": item}
            await self.clinic.publish(_teller(item).AttendanceRecorded(**about, status="attended"))

    async def is_dosed(self, item: str, at: datetime | None = None) -> datetime:
        """The dose is given now, or was at an instant."""
        now = at or await self.clinic.scheduler.now()
        about = {"program_id": self.id, "session_id": self._session_id(item), "item": item}
        given = {"administered_at": now, "administered_by": "nurse-1", "verified_by": "nurse-2", "clearances": ()}
        await self.clinic.publish(session.DoseAdministered(**about, **given))
        return now

    async def completes(self, measure: str) -> None:
        await self.clinic.publish(integration.MeasureCompleted(program_id=self.id, item=measure, late=False))

    async def check_in_ends(self, item: str, closure: Literal["answered", "reached"] = "answered") -> None:
        await self.clinic.publish(integration.CheckInClosed(program_id=self.id, item=item, closure=closure))

    async def books_make_up(self, missed: str, starts_at: datetime | None = None) -> httpx.Response:
        starts_at = starts_at or await self.clinic.scheduler.now() + DAY
        body = {"missed_item": missed, "starts_at": starts_at.isoformat(), "minutes": 60}
        return await self.posts("coordinator", "make-ups", **body)

    async def leaves(self, how: Any, role: Any = "coordinator") -> httpx.Response:
        """Withdraws, goes to another network, or dies."""
        return await self.posts(role, how, reason="said so on the phone", confirms=str(self.id))

    async def is_withdrawn_by_review(self) -> httpx.Response:
        body = {"decision": "withdraw", "reason": "spoke with the person", "confirms": str(self.id)}
        return await self.posts("clinician", "review", **body)

    async def is_overridden(self, item: str) -> httpx.Response:
        body = {"item": item, "reason": "well on the phone", "signature": SIGNATURE}
        return await self.posts("clinician", "overrides", **body)

    async def goes_on(self, item: str) -> httpx.Response:
        body = {"closure": "go_on", "reason": "not worse since"}
        return await self.posts("prescriber", f"absences/{item}/close", **body)

    async def clearance(self, item: str) -> ClearanceAnswer:
        scheduler = self.clinic.scheduler
        asked = ClearanceQuestion(program_id=self.id, site=self.clinic.site, item=item, asked_at=await scheduler.now())
        peer, subject = await scheduler.peers.user("session"), question_subject("scheduler", "clearance")
        reply = await peer.request(subject, asked.model_dump_json().encode(), timeout=5)
        return ClearanceAnswer.model_validate_json(reply.data)

    def _session_id(self, item: str) -> UUID:
        booked = {session["item"]: UUID(session["session_id"]) for session in self.cohort.shown["sessions"]}
        return booked.get(item) or uuid4()


def _teller(item: str) -> Any:
    """Circles are integration's, everything else is session's."""
    return integration if "circle" in item else session


def problem(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    """The status, and the rule and the field that the problem names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    errors = body.get("errors") or [{}]
    return answer.status_code, body.get("rule"), body.get("field") or errors[0].get("field")


@pytest.fixture(scope="package")
async def scheduler(postgres_server: PostgresServer) -> AsyncIterator[Scheduler]:
    async with temporary_folder() as folder:
        ground = {"sites": write_sites(folder / "sites.yaml"), "protocols": write_protocols(folder / "protocols")}
        async with running("scheduler", postgres_server, **ground) as component:
            known = {field.name: getattr(component, field.name) for field in fields(component)}
            yield Scheduler(**known, watches=Watches(component.run.temporal))


@pytest.fixture
async def clinic(scheduler: Scheduler) -> AsyncIterator[Clinic]:
    """A clinic, that is empty again afterwards: nobody's calendar runs on into another test's weeks."""
    clinic = Clinic(scheduler)
    yield clinic
    await clinic.close()


def write_sites(path: Path) -> Path:
    """The network's sites, and one for each test."""
    sites = yaml.safe_load((ROOT / "deploy" / "sites.yaml").read_text())["sites"]
    more = [sites[0] | {"code": f"clinic{number}"} for number in range(CLINICS)]
    path.write_text(yaml.safe_dump({"sites": sites + more}))
    return path


AMENDED = {
    "1.1.0": {
        '"circle:5", kind: circle, title: Integration circle 5, at: {day: 44': (
            '"circle:5", kind: circle, title: Integration circle 5, at: {day: 45'
        ),
        '  - {key: "circle:9", kind: circle, title: Integration circle 9, at: {day: 72, time: "10:00"}, '
        "duration: PT90M}\n": "",
        "\nsession_rules:\n": '  - {key: "circle:11", kind: circle, title: A last circle, '
        'at: {day: 86, time: "10:00"}, duration: PT90M}\n\nsession_rules:\n',
        "{key: 72h, follows: dose, after: PT72H": "{key: 72h, follows: dose, after: PT48H",
        "  - key: week8\n": '  - key: week8\n    required_for: ["dose:6"]\n',
    },
    "1.3.0": {"level: hard_hold, from_value: 160": "level: hard_hold, from_value: 150"},
    "1.2.0": {
        'title: Medicine session 1, at: {day: 15, time: "09:00"}': (
            'title: Medicine session 1, at: {day: 15, time: "11:00"}'
        )
    },
}
"""What the versions of a test's protocol say otherwise: of what lies ahead, of no date at all, and of the past."""


def _edited(text: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


def write_protocols(folder: Path) -> Path:
    """Three published protocols, and one whose last circle is on a day that each cohort says."""
    folder.mkdir()
    published = (ROOT / "protocols" / "weekly6.yaml").read_text()
    (folder / "weekly6.yaml").write_text(published)
    for name in ("rtt3.yaml", "otago2.yaml"):
        (folder / name).write_text((ROOT / "protocols" / name).read_text())
    asking = published.replace("id: weekly6\n", "id: asking6\n", 1)
    asking = asking.replace('at: {day: 79, time: "10:00"}', 'at: {input: closing_day, time: "10:00"}')
    asking = asking.replace(
        "\nscreening:\n", "\ninputs:\n  - {key: closing_day, says: The day of the closing circle.}\n\nscreening:\n", 1
    )
    (folder / "asking6.yaml").write_text(asking)
    amendable = published.replace("id: weekly6\n", "id: amendable6\n", 1)
    (folder / "amendable6.yaml").write_text(amendable)
    for version, changes in AMENDED.items():
        (folder / f"amendable6-{version}.yaml").write_text(_edited(amendable, {'"1.0.0"': f'"{version}"'} | changes))
    return folder
