"""Everybody of an experiment. They work from the services' task lists: what is not done stays there for later."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from chaos.calendar import PROTOCOL
from chaos.people.api_client import ApiClient, Away, Refused
from chaos.people.care import Care
from chaos.people.days import Days
from chaos.people.person import Actors, Person
from rehearsal.compressed_time.bodies import ANSWERS, ON_CALL, RECEIPT, SITE, ZONE, referral
from shared.events import SERVICES

LOOK_AGAIN = 0.4
STARTS_IN = timedelta(seconds=14)
WAITS_AT_MOST = timedelta(seconds=75)
"""Who has no seat by then goes elsewhere: an experiment has an end."""
MOST_SEATS = 8
AGREEMENTS = ("treatment_consent", "group_agreement")
Act = Callable[[dict[str, Any]], Awaitable[object]]


class Crowd:
    """`people` are the referred by program id. Whatever an actor could not do is tried again at the next look."""

    def __init__(self, api: ApiClient, seed: int) -> None:
        self.people: dict[UUID, Person] = {}
        self.cohorts, self.tries = 0, api.tries
        self._api, self._actors = api, Actors(seed)
        self._since: dict[UUID, datetime] = {}
        self._busy: dict[tuple[Any, ...], asyncio.Task[None]] = {}
        care, days = Care(api, self.people), Days(api, self.people)
        self._acts: dict[tuple[str, str], Act] = care.acts() | days.acts()

    async def live(self) -> None:
        """Until cancelled."""
        try:
            await self._insist(lambda: self._api.ask("coordinator", "PUT", f"notifications/on-call/{SITE}", ON_CALL))
            await self._insist(lambda: self._api.ask("prescriber", "POST", "session/substance-ledger", RECEIPT))
            async with asyncio.TaskGroup() as together:
                for service in SERVICES:
                    together.create_task(self._again_and_again(partial(self._see_to_tasks, service)))
                together.create_task(self._again_and_again(self._take_offers))
        finally:
            for acting in self._busy.values():
                acting.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def begin_cohort(self, size: int) -> None:
        """So many people are referred and screened; as soon as they wait, a cohort opens with a seat for each."""
        self.cohorts += 1
        theme = f"experiment {self.cohorts}"
        new = [await self._refer(self._actors.next()) for _ in range(size)]
        with suppress(TimeoutError):
            async with asyncio.timeout(WAITS_AT_MOST.total_seconds()):
                while not await self._all_past(new, "in_screening"):  # noqa: ASYNC110 (they look, as people do)
                    await asyncio.sleep(LOOK_AGAIN)
        await self._insist(lambda: self._open_cohort(theme, size))

    async def _refer(self, person: Person) -> UUID:
        program_id = UUID(await self._insist(lambda: self._program_of(person)))
        self.people[program_id], self._since[program_id] = person, datetime.now(UTC)
        url = f"intake/referrals/{program_id}"
        for kind in AGREEMENTS:
            await self._insist(partial(self._participant, program_id, "POST", f"{url}/agreements", {"kind": kind}))
        await self._insist(lambda: self._participant(program_id, "PUT", f"{url}/answers", ANSWERS))
        return program_id

    async def _program_of(self, person: Person) -> str:
        """A referral whose answer was lost is answered again: its key is the person's reference."""
        body, key = referral(person.reference, PROTOCOL), f"referral:{person.reference}"
        return str((await self._api.ask("coordinator", "POST", "intake/referrals", body, key=key))["program_id"])

    async def _open_cohort(self, theme: str, capacity: int) -> None:
        """Known by its theme: one whose answer was lost is not opened twice."""
        listed = await self._api.ask("coordinator", "GET", "scheduler/cohorts")
        if any(cohort["theme"] == theme for cohort in listed["items"]):
            return
        waiting = await self._api.ask("coordinator", "GET", f"scheduler/programs?site={SITE}&state=waiting")
        seats = min(max(capacity, len(waiting["items"])), MOST_SEATS)
        starts_at = datetime.now(UTC) + STARTS_IN
        body = {"site": SITE, "protocol_id": PROTOCOL, "capacity": seats, "theme": theme}
        body |= {"starts_at": starts_at.isoformat(), "starts_on": str(starts_at.astimezone(ZONE).date())}
        await self._api.ask("coordinator", "POST", "scheduler/cohorts", body)

    async def _all_past(self, programs: list[UUID], state: str) -> bool:
        with suppress(Away):
            listed = await self._api.ask("coordinator", "GET", f"scheduler/programs?site={SITE}")
            known = {UUID(one["program_id"]): one["state"] for one in listed["items"]}
            return all(known.get(id, state) != state for id in programs)
        return False

    async def _take_offers(self) -> None:
        """Who is offered a seat takes it; who waits for too long leaves."""
        for state in ("in_screening", "waiting", "offered"):
            listed = await self._api.ask("coordinator", "GET", f"scheduler/programs?site={SITE}&state={state}")
            for one in listed["items"]:
                id = UUID(one["program_id"])
                url = f"scheduler/programs/{id}"
                with suppress(Refused):
                    if state == "offered":
                        await self._participant(id, "POST", f"{url}/offer/accept")
                    elif datetime.now(UTC) - self._since.setdefault(id, datetime.now(UTC)) > WAITS_AT_MOST:
                        await self._participant(id, "POST", f"{url}/withdraw", {"confirms": str(id)})

    async def _participant(self, id: UUID, method: str, url: str, body: object = None) -> dict[str, Any]:
        return await self._api.ask("participant", method, url, body, id)

    async def _see_to_tasks(self, service: str) -> None:
        """Begin whatever is on the list, can be done by somebody, and is not being done."""
        for task in (await self._api.ask("auditor", "GET", f"{service}/tasks"))["items"]:
            act = self._acts.get((service, task["kind"]))
            key = (service, task["id"])
            if act and key not in self._busy:
                self._busy[key] = asyncio.create_task(self._do(act, task))
                self._busy[key].add_done_callback(partial(self._forget, key))

    def _forget(self, key: tuple[Any, ...], _: asyncio.Task[None]) -> None:
        self._busy.pop(key, None)

    async def _do(self, act: Act, task: dict[str, Any]) -> None:
        with suppress(Away, Refused):
            await act(task)

    async def _again_and_again(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            with suppress(Away, Refused):
                await look()
            await asyncio.sleep(LOOK_AGAIN)

    async def _insist(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Until it is accepted; what is refused is so already."""
        while True:
            try:
                return await act()
            except Refused as refused:
                if refused.status == 422:
                    raise
                return None
            except Away:
                await asyncio.sleep(LOOK_AGAIN)
