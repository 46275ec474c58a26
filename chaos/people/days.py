"""Session days and circles: whoever looks sees where each person stands, and does the next thing that is right."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chaos.people.api_client import ApiClient, Away, Refused
from chaos.people.person import Person
from rehearsal.compressed_time.bodies import CHECKLIST, LEAVING, NURSE, ON_SITE, SIGNED, VITALS, ZONE, order

Task = dict[str, Any]


def is_past(moment: str | None) -> bool:
    return moment is not None and datetime.fromisoformat(moment) <= datetime.now(UTC)


class Days:
    def __init__(self, api: ApiClient, people: Mapping[UUID, Person]) -> None:
        self._ask, self._people = api.ask, people

    def acts(self) -> dict[tuple[str, str], Callable[[Task], Awaitable[object]]]:
        return {
            ("session", "session_close"): self._hold_session,
            ("integration", "circle_close"): self._hold_circle,
        }

    async def _hold_session(self, task: Task) -> None:
        url = f"session/sessions/{task['item']}"
        day = await self._ask("facilitator", "GET", url)
        if not is_past(day["starts_at"]):
            return
        if day["kind"] == "dose" and len(day["staff"]) < len(ON_SITE):
            for role in ON_SITE:
                await self._ask(role, "POST", f"{url}/staff")
        await asyncio.gather(*(self._next(url, day, entry) for entry in day["roster"]))
        await self._close(url)

    async def _next(self, url: str, day: Task, entry: Task) -> None:
        """The next thing for one person; what is refused or fails now is looked at again."""
        with suppress(Refused, Away):
            if entry["state"] == "expected" and not self._stays_away(entry, day["item"]):
                await self._arrive(url, day, entry)
            elif entry["state"] == "arrived" and day["kind"] == "dose":
                await self._be_dosed(url, entry)
            elif entry["state"] == "dosed":
                await self._be_watched(url, entry)

    def _stays_away(self, entry: Task, item: str) -> bool:
        return item in self._people[UUID(entry["program_id"])].misses

    async def _arrive(self, url: str, day: Task, entry: Task) -> None:
        checked = {"checklist": CHECKLIST, "vitals": VITALS} if day["kind"] == "dose" else {}
        body = {"program_id": entry["program_id"], "admitted_by_clinician": True, **checked}
        await self._ask("clinician", "POST", f"{url}/arrivals", body)

    async def _be_dosed(self, url: str, entry: Task) -> None:
        who = {"program_id": entry["program_id"]}
        if entry["decision"] != "go" or is_past(entry["go_valid_until"]):
            await self._ask("prescriber", "POST", f"{url}/decisions", who | {"decision": "go", "signature": SIGNED})
        drawn_up = who | order(datetime.now(ZONE).date())
        verified = await self._ask("facilitator", "POST", f"{url}/verifications", drawn_up, NURSE)
        await self._ask("prescriber", "POST", f"{url}/doses", drawn_up | {"verification": verified["verification_id"]})

    async def _be_watched(self, url: str, entry: Task) -> None:
        who, owed = {"program_id": entry["program_id"]}, entry["next_observation"]
        if owed and is_past(owed["at"]):
            seen = {"minute": owed["minute"], "vitals": VITALS, "moaas": 5, "dissociation": 0}
            await self._ask("facilitator", "POST", f"{url}/observations", who | seen, NURSE)
        elif not owed and is_past(entry["discharge_from"]):
            leaving = {"criteria": LEAVING, "vitals": VITALS, "signature": SIGNED}
            await self._ask("clinician", "POST", f"{url}/discharges", who | leaving)

    async def _close(self, url: str) -> None:
        """When the day is over: nobody waits for a dose that may still be given; whoever leaves after it does so."""
        day = await self._ask("facilitator", "GET", url)
        waits = [entry for entry in day["roster"] if entry["state"] in ("expected", "dosed")]
        waits += [entry for entry in day["roster"] if self._may_still_be_dosed(day, entry)]
        if waits:
            return
        await self._ask("facilitator", "POST", f"{url}/close")
        for entry in day["roster"]:
            if self._people[UUID(entry["program_id"])].leaves_after == day["item"]:
                id = entry["program_id"]
                await self._ask("participant", "POST", f"scheduler/programs/{id}/withdraw", {"confirms": id}, id)

    def _may_still_be_dosed(self, day: Task, entry: Task) -> bool:
        return (
            day["kind"] == "dose"
            and entry["state"] == "arrived"
            and not is_past(day.get("no_show_at") or day["ends_at"])
        )

    async def _hold_circle(self, task: Task) -> None:
        url = f"integration/circles/{task['item']}"
        circle = await self._ask("facilitator", "GET", url)
        if not is_past(circle["starts_at"]):
            return
        expected = [seat["program_id"] for seat in circle["roster"] if seat["status"] == "expected"]
        present = [id for id in expected if circle["item"] not in self._people[UUID(id)].misses]
        if present:
            await self._ask("facilitator", "POST", f"{url}/attendance", {"present": present})
        if len(present) == len(expected):
            await self._ask("facilitator", "POST", f"{url}/close")
