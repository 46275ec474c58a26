"""What participants answer and what staff decide: one act for each kind of task."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chaos.calendar import GRACE
from chaos.people.api_client import ApiClient
from chaos.people.person import Person
from rehearsal.compressed_time.bodies import SIGNED

MAKE_UP_IN = timedelta(seconds=3)
GIVE_UP_MAKE_UP_AFTER = MAKE_UP_IN + timedelta(seconds=GRACE + 4)
Task = dict[str, Any]


class Care:
    def __init__(self, api: ApiClient, people: Mapping[UUID, Person]) -> None:
        self._ask, self._people = api.ask, people
        self._made_up: dict[str, datetime] = {}

    def acts(self) -> dict[tuple[str, str], Callable[[Task], Awaitable[object]]]:
        return {
            ("intake", "screening_review"): self._review,
            ("scheduler", "absence"): self._remedy,
            ("scheduler", "withdrawal_review"): self._decide_review,
            ("scheduler", "orphan_fact"): self._look_at,
            ("scheduler", "cohort_below_minimum"): self._run_it,
            ("scheduler", "session_below_quorum"): self._run_it,
            ("scheduler", "unheard_offer"): self._ask_about_a_seat,
            ("scheduler", "unheard_absence"): self._look_at,
            ("integration", "check_in"): self._check_in,
            ("integration", "measure"): self._measure,
            ("integration", "c_ssrs"): self._screen,
            ("integration", "risk"): self._decide_risk,
            ("notifications", "page"): self._acknowledge,
            ("notifications", "undelivered"): self._tell_instead,
        }

    def _person(self, task: Task) -> Person:
        return self._people[UUID(task["program_id"])]

    async def _review(self, task: Task) -> None:
        body = {"decision": "eligible", "signature": SIGNED}
        await self._ask("clinician", "POST", f"intake/referrals/{task['program_id']}/decision", body)

    async def _remedy(self, task: Task) -> None:
        """A make-up first, then a signed override; a missed dose is gone on from."""
        url, item = f"scheduler/programs/{task['program_id']}", task["item"]
        if item.startswith("dose:"):
            await self._go_on(url, item)
            return
        tried_at = self._made_up.get(task["id"])
        now = datetime.now(UTC)
        if tried_at is None:
            body = {"missed_item": item, "starts_at": (now + MAKE_UP_IN).isoformat(), "minutes": 5}
            await self._ask("coordinator", "POST", f"{url}/make-ups", body)
            self._made_up[task["id"]] = now
        elif now - tried_at > GIVE_UP_MAKE_UP_AFTER:
            body = {"item": item, "reason": "the make-up did not come about", "signature": SIGNED}
            await self._ask("clinician", "POST", f"{url}/overrides", body)

    async def _go_on(self, url: str, item: str) -> None:
        body = {"closure": "go_on", "reason": "not worse since"}
        await self._ask("prescriber", "POST", f"{url}/absences/{item}/close", body)

    async def _decide_review(self, task: Task) -> None:
        body = {"decision": "continue", "reason": "spoke with the person"}
        await self._ask("clinician", "POST", f"scheduler/programs/{task['program_id']}/review", body)

    async def _look_at(self, task: Task) -> None:
        await self._ask("coordinator", "POST", f"scheduler/tasks/{task['id']}/close")

    async def _run_it(self, task: Task) -> None:
        """A group with too few people goes on as it is."""
        await self._ask("coordinator", "POST", f"scheduler/tasks/{task['id']}/close", {"choice": "run"})

    async def _ask_about_a_seat(self, task: Task) -> None:
        url = f"scheduler/programs/{task['program_id']}/offer/told"
        await self._ask("coordinator", "POST", url, {"outcome": "wants_a_seat"})

    async def _check_in(self, task: Task) -> None:
        """Who does not answer is called: the first call reaches nobody."""
        id, item, person = task["program_id"], task["item"], self._person(task)
        url = f"integration/check-ins/{id}/{item}"
        if item not in person.silent:
            answers = {"unsafe": int(item in person.unsafe), "coping": 2}
            await self._ask("participant", "POST", f"{url}/answers", {"answers": answers}, id)
        elif task["stage"] == "second_call":
            await self._ask("coordinator", "POST", f"{url}/calls", {"reached": True})
        elif task["stage"] in ("clinician_decides", "overdue"):
            body = {"decision": "close", "reason": "heard of through the family", "signature": SIGNED}
            await self._ask("clinician", "POST", f"{url}/decision", body)

    async def _measure(self, task: Task) -> None:
        id, item = task["program_id"], task["item"]
        if item in self._person(task).silent:
            await self._ask("clinician", "POST", f"integration/measures/{id}/{item}/close", {"reason": "not reached"})
            return
        listed = await self._ask("participant", "GET", f"integration/measures?program_id={id}", subject=id)
        asked = next(one for one in listed["items"] if one["item"] == item)
        for one in asked["questionnaires"]:
            if not one["complete"]:
                least = one["item_min"]
                body = {"items": [least + 1] + [least] * (one["items"] - 1)}
                await self._ask(
                    "participant", "POST", f"integration/measures/{id}/{item}/{one['instrument']}", body, id
                )

    async def _screen(self, task: Task) -> None:
        body = {"answers": {"q1": False, "q2": False, "q6": False}}
        await self._ask("clinician", "POST", f"integration/risks/{task['item']}/c-ssrs", body)

    async def _decide_risk(self, task: Task) -> None:
        body = {"decision": "safety_plan", "reason": "spoke with the person", "signature": SIGNED}
        await self._ask("clinician", "POST", f"integration/risks/{task['item']}/close", body)

    async def _acknowledge(self, task: Task) -> None:
        await self._ask("clinician", "POST", f"notifications/pages/{task['item']}/acknowledge")

    async def _tell_instead(self, task: Task) -> None:
        body = {"outcome": "reached"}
        await self._ask("coordinator", "POST", f"notifications/messages/{task['item']}/resolution", body)
