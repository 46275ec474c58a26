"""A small group of people who act at once, for a whole program in seconds of real time.

They hear the events and act through the HTTP APIs with a token of their role, as the rehearsal's actors does; but where
the actors acts on the hour, these act on the event. They wait for the calendar's instants and for nothing else.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx

from embedded.endpoints import Endpoints
from rehearsal.compressed_time.bodies import (
    ANSWERS,
    CHECKLIST,
    LEAVING,
    NURSE,
    ON_CALL,
    ON_SITE,
    RECEIPT,
    SIGNED,
    SITE,
    VITALS,
    ZONE,
    order,
    referral,
)
from rehearsal.virtual_time.broker import Broker
from shared.auth import Issuer, Role
from shared.events import Envelope, Event, intake, integration, notifications, scheduler, session

LOOK_AGAIN = 0.1
MAKE_UP_IN = timedelta(seconds=1.5)
ENDED = (notifications.MessageSent, notifications.MessageSuppressed, notifications.MessageFailed)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Person:
    """A referred person of a test: which circles they miss without a word, and after which dose they leave."""

    reference: str
    misses: frozenset[str] = frozenset()
    leaves_after: str | None = None


class Refusal(Exception):
    """A service refused what somebody of the group did."""


class Group:
    """Everybody of one cohort. `hear` is given every event; `log` keeps them; `troubles` says what went wrong."""

    def __init__(self, endpoints: Endpoints, issuer: Issuer) -> None:
        self.log: list[Envelope[Event]] = []
        self.troubles: list[str] = []
        self.people: dict[UUID, Person] = {}
        self.while_absent: dict[UUID, Mapping[str, Any]] = {}
        self._clients = {name: httpx.AsyncClient(base_url=url, timeout=30) for name, url in endpoints.services.items()}
        self._issuer = issuer
        self._acting: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._reactions: dict[type[Event], Callable[[Any], Awaitable[None]]] = {
            intake.ObligationOpened: self._review,
            scheduler.SeatOffered: self._accept,
            scheduler.ObligationOpened: self._make_up,
            session.ObligationOpened: self._hold_session,
            integration.ObligationOpened: self._hold_circle,
            integration.ObligationClosed: self._close_circle,
            integration.CheckInOpened: self._answer_check_in,
            integration.MeasureOpened: self._answer_measure,
        }

    def hear(self, told: Envelope[Event]) -> None:
        self.log.append(told)
        if react := self._reactions.get(type(told.data)):
            acting = asyncio.create_task(self._act(react, told))
            self._acting.add(acting)
            acting.add_done_callback(self._acting.discard)
        self._tell_news()

    async def close(self) -> None:
        for acting in self._acting:
            acting.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))

    def all_of(self, event: type[E], **fields: Any) -> list[Envelope[E]]:
        """What was heard of this type and with these values, in its order."""
        named = [told for told in self.log if type(told.data) is event]
        return [told for told in named if all(getattr(told.data, field) == fields[field] for field in fields)]

    async def heard(self, event: type[E], times: int = 1, *, within: float, **fields: Any) -> Envelope[E]:
        """The event that was awaited, heard for the nth time; nobody waits on when something went wrong."""
        await self._wait_for(lambda: len(self.all_of(event, **fields)) >= times, within, f"{event.__name__} {fields}")
        return self.all_of(event, **fields)[times - 1]

    async def mail_is_out(self, broker: Broker, *, within: float) -> None:
        """Every service has dealt with every event, and every message has come to its end."""
        async with asyncio.timeout(within):
            while (await broker.look()).behind:  # noqa: ASYNC110 (a consumer that comes up is no event)
                await asyncio.sleep(LOOK_AGAIN)
        listed = await self.call("auditor", "GET", "notifications/messages?limit=1000")
        kept = {UUID(message["id"]) for message in listed["items"]}
        await self._wait_for(lambda: kept <= self._ended_messages(), within, "the end of every message")

    def _ended_messages(self) -> set[UUID]:
        return {told.data.message_id for told in self.log if isinstance(told.data, ENDED)}

    async def _wait_for(self, is_so: Callable[[], bool], seconds: float, what: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not (is_so() or self.troubles):
                    await self._news.wait()
        except TimeoutError:
            newest = "\n".join(f"{told.time:%H:%M:%S.%f} {told.type} {told.data}" for told in self.log[-15:])
            raise AssertionError(f"{what} was not heard within {seconds:.0f} s; the newest events:\n{newest}") from None
        assert not self.troubles, "\n".join(self.troubles)

    async def call(
        self, role: Role, method: str, url: str, body: object = None, subject: object = None
    ) -> dict[str, Any]:
        """`url` is `service/path`. A participant's subject is their program id."""
        service, _, path = url.partition("/")
        token = self._issuer.token(str(subject or f"{role}-1"), role, [SITE], datetime.now(UTC), timedelta(hours=1))
        answer = await self._clients[service].request(
            method, f"/{path}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        if not answer.is_success:
            raise Refusal(f"{role}: {method} {url}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    async def set_who_is_on_call(self) -> None:
        """Pages go to them all, and what concerns a role to whoever has it; the medicine has come."""
        await self.call("coordinator", "PUT", f"notifications/on-call/{SITE}", ON_CALL)
        await self.call("prescriber", "POST", "session/substance-ledger", RECEIPT)

    async def refer(self, person: Person, protocol: str) -> UUID:
        """A referral; the person fills in the forms and signs what is needed for a seat."""
        program_id = await self.refer_without_forms(person, protocol)
        url = f"intake/referrals/{program_id}"
        for kind in ("treatment_consent", "group_agreement"):
            await self.call("participant", "POST", f"{url}/agreements", {"kind": kind}, program_id)
        await self.call("participant", "PUT", f"{url}/answers", ANSWERS, program_id)
        return program_id

    async def refer_without_forms(self, person: Person, protocol: str) -> UUID:
        """A referral, and no more yet."""
        body = referral(person.reference, protocol)
        program_id = UUID((await self.call("coordinator", "POST", "intake/referrals", body))["program_id"])
        self.people[program_id] = person
        return program_id

    async def open_cohort(self, protocol: str, starts_in: timedelta) -> UUID:
        """A cohort with a seat for each who was referred, that starts so soon."""
        starts_at = datetime.now(UTC) + starts_in
        body = {"site": SITE, "protocol_id": protocol, "capacity": len(self.people)}
        body |= {"starts_at": starts_at.isoformat(), "starts_on": str(starts_at.astimezone(ZONE).date())}
        return UUID((await self.call("coordinator", "POST", "scheduler/cohorts", body))["cohort_id"])

    def _tell_news(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _act(self, react: Callable[[Any], Awaitable[None]], told: Envelope[Event]) -> None:
        try:
            await react(told)
        except Refusal as refused:
            self.troubles.append(f"on hearing {told.type} {told.data}: {refused}")
        except Exception:
            self.troubles.append(f"on hearing {told.type}: {traceback.format_exc()}")
        finally:
            self._tell_news()

    async def _review(self, told: Envelope[intake.ObligationOpened]) -> None:
        if told.data.kind == "screening_review":
            body = {"decision": "eligible", "signature": SIGNED}
            await self.call("clinician", "POST", f"intake/referrals/{told.data.program_id}/decision", body)

    async def _accept(self, told: Envelope[scheduler.SeatOffered]) -> None:
        id = told.data.program_id
        await self.call("participant", "POST", f"scheduler/programs/{id}/offer/accept", subject=id)

    async def _make_up(self, told: Envelope[scheduler.ObligationOpened]) -> None:
        """The coordinator looks at the program before they book the make-up of a missed circle."""
        if told.data.kind == "absence" and told.data.program_id:
            url = f"scheduler/programs/{told.data.program_id}"
            self.while_absent[told.data.program_id] = await self.call("coordinator", "GET", url)
            starts_at = (datetime.now(UTC) + MAKE_UP_IN).isoformat()
            body = {"missed_item": told.data.item, "starts_at": starts_at, "minutes": 5}
            await self.call("coordinator", "POST", f"{url}/make-ups", body)

    async def _hold_session(self, told: Envelope[session.ObligationOpened]) -> None:
        """The day is open: whoever is expected comes at the start; the facilitator closes when all have gone home."""
        if told.data.kind != "attendance":
            return
        url = f"session/sessions/{told.data.item}"
        day = await self.call("facilitator", "GET", url)
        await until(day["starts_at"])
        if day["kind"] == "dose":
            await asyncio.gather(*(self.call(role, "POST", f"{url}/staff") for role in ON_SITE))
        come = self._be_dosed if day["kind"] == "dose" else self._arrive
        expected = [entry["program_id"] for entry in day["roster"] if entry["state"] == "expected"]
        await asyncio.gather(*(come(url, program_id) for program_id in expected))
        await self.call("facilitator", "POST", f"{url}/close")
        for program_id in map(UUID, expected):
            if self.people[program_id].leaves_after == day["item"]:
                leaving = {"confirms": str(program_id)}
                await self.call("participant", "POST", f"scheduler/programs/{program_id}/withdraw", leaving, program_id)

    async def _arrive(self, url: str, program_id: str, **checked: object) -> None:
        await self.call("facilitator", "POST", f"{url}/arrivals", {"program_id": program_id, **checked})

    async def _be_dosed(self, url: str, program_id: str) -> None:
        """Check-in, go, the dose with a second person, every observation at its minute, and the discharge."""
        who = {"program_id": program_id}
        await self._arrive(url, program_id, checklist=CHECKLIST, vitals=VITALS)
        await self.call("prescriber", "POST", f"{url}/decisions", who | {"decision": "go", "signature": SIGNED})
        drawn_up = who | order(datetime.now(ZONE).date())
        verified = await self.call("facilitator", "POST", f"{url}/verifications", drawn_up, NURSE)
        basis = {"verification": verified["verification_id"]}
        given = await self.call("prescriber", "POST", f"{url}/doses", drawn_up | basis)
        for moment in given["observations"]:
            await until(moment["at"])
            seen = {"minute": moment["minute"], "vitals": VITALS, "moaas": 5, "dissociation": 0}
            await self.call("facilitator", "POST", f"{url}/observations", who | seen, NURSE)
        await until(given["discharge_from"])
        leaving = {"criteria": LEAVING, "vitals": VITALS, "signature": SIGNED}
        await self.call("clinician", "POST", f"{url}/discharges", who | leaving)

    async def _hold_circle(self, told: Envelope[integration.ObligationOpened]) -> None:
        """The facilitator records who is there; whoever stays away without a word is left to the grace time."""
        if told.data.kind != "attendance":
            return
        url = f"integration/circles/{told.data.item}"
        await until((await self.call("facilitator", "GET", url))["starts_at"])
        circle = await self.call("facilitator", "GET", url)
        expected = [seat["program_id"] for seat in circle["roster"] if seat["status"] == "expected"]
        present = [id for id in expected if circle["item"] not in self.people[UUID(id)].misses]
        if present:
            await self.call("facilitator", "POST", f"{url}/attendance", {"present": present})

    async def _close_circle(self, told: Envelope[integration.ObligationClosed]) -> None:
        if told.data.kind == "attendance" and told.data.closure in ("recorded", "no_show"):
            await self.call("facilitator", "POST", f"integration/circles/{told.data.item}/close")

    async def _answer_check_in(self, told: Envelope[integration.CheckInOpened]) -> None:
        id, item = told.data.program_id, told.data.item
        asked = await self.call("participant", "GET", f"integration/check-ins?program_id={id}&open=true", subject=id)
        for check_in in asked["items"]:
            if check_in["item"] == item:
                answers = {question["key"]: 0 for question in check_in["questions"]}
                url = f"integration/check-ins/{id}/{item}/answers"
                await self.call("participant", "POST", url, {"answers": answers}, id)

    async def _answer_measure(self, told: Envelope[integration.MeasureOpened]) -> None:
        id, item = told.data.program_id, told.data.item
        measures = await self.call("participant", "GET", f"integration/measures?program_id={id}", subject=id)
        asked = next(measure for measure in measures["items"] if measure["item"] == item)
        for one in asked["questionnaires"]:
            least = one["item_min"]
            body = {"items": [least + 1] + [least] * (one["items"] - 1)}
            await self.call("participant", "POST", f"integration/measures/{id}/{item}/{one['instrument']}", body, id)


async def until(moment: str) -> None:
    """An instant of the calendar, on the wall clock that the services have too."""
    at = datetime.fromisoformat(moment)
    while (left := (at - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110 (no event tells the time)
        await asyncio.sleep(left)
