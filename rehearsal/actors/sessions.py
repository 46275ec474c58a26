"""Preparation and dosing days: arrivals, rest, go or no-go, the dose, observations, discharge, close."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from rehearsal.actors import bodies
from rehearsal.actors.context import Context, Hearing, Told, signature
from rehearsal.actors.days import COORDINATORS, local_day, next_clock
from rehearsal.actors.staff import Team
from rehearsal.scenario.script import AdverseEvent
from shared.events import scheduler
from shared.protocol.dosing import Dosing
from shared.protocol.vocabulary import SessionKind

DOSED_AFTER = timedelta(minutes=15)
RESTED_LONGER = timedelta(minutes=2)
A_MOMENT = timedelta(minutes=1)
"""Observations are recorded in the minute after they are due: nobody's is too early, and all go together."""
NO_SHOWS_SETTLED = timedelta(minutes=10)


@dataclass(frozen=True)
class Day:
    """One session's day at one site."""

    session_id: UUID
    item: str
    site: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    roster: tuple[UUID, ...]


class Sessions:
    """What staff and participants do on preparation and dosing days."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {scheduler.SessionDue: self._due, scheduler.MakeUpBooked: self._make_up}

    def _due(self, told: Told) -> None:
        if told.data.kind in ("preparation", "dose"):
            self._plan(told, told.data.roster)

    def _make_up(self, told: Told) -> None:
        if told.data.kind == "preparation":
            self._plan(told, (told.data.program_id,))

    def _plan(self, told: Told, roster: Sequence[UUID]) -> None:
        due, context = told.data, self._context
        known = tuple(program_id for program_id in roster if context.known(program_id))
        day = Day(due.session_id, due.item, told.site, due.zone, due.starts_at, due.ends_at, known)
        telling_at = min(next_clock(told.time, COORDINATORS, day.zone), day.starts_at - A_MOMENT)
        for program_id in known:
            person = context.person(program_id)
            absence = person.absence(day.item)
            if (absence and absence.how == "told") or day.item in person.comes_after_all:
                name = f"absence:{day.session_id}:{program_id}"
                context.plan(name, telling_at, partial(self._tell_absence, day, program_id))
        context.plan(f"arrivals:{day.session_id}", day.starts_at, lambda: self._arrive(day, dosing=due.kind == "dose"))
        closes_at = max(day.ends_at, due.no_show_at + NO_SHOWS_SETTLED)
        context.plan(f"close:{day.session_id}", closes_at, lambda: self._close(day), rank=2)

    async def _tell_absence(self, day: Day, program_id: UUID) -> None:
        context = self._context
        absence = context.person(program_id).absence(day.item)
        reason = absence.reason if absence else "told in advance"
        body = {"program_id": str(program_id), "excused": True, "reason": reason}
        doing = f"notes that {context.reference(program_id)} will miss {day.item}"
        url = f"session/sessions/{day.session_id}/absences"
        await context.apis.post(self._team(day).coordinator, url, doing, body)

    async def _arrive(self, day: Day, *, dosing: bool) -> None:
        context = self._context
        team = self._team(day)
        on_site = team.on_site(self._dosing().staffing if dosing else None, len(day.roster))
        doing = f"says that they are on site for {day.item}"
        await asyncio.gather(*(context.apis.post(actor, self._url(day, "staff"), doing) for actor in on_site))
        coming = [id for id in day.roster if not (context.has_left(id) or context.person(id).absence(day.item))]
        if dosing and self._dosing().arms:
            await asyncio.gather(*(self._assign_arm(day, id) for id in coming))
        arrived = await asyncio.gather(*(self._check_in(day, id, dosing=dosing) for id in coming))
        if dosing:
            here = [id for id, is_here in zip(coming, arrived, strict=True) if is_here]
            self._plan_doses(day, here)

    async def _assign_arm(self, day: Day, program_id: UUID) -> None:
        """Said before each dose: only the first changes anything, and one that was lost on the way is made good."""
        reference = self._context.reference(program_id)
        arm = bodies.arm(self._context.chance, reference, self._dosing())
        if arm:
            doing = f"assigns {reference} to arm {arm.id}"
            await self._context.apis.put(
                self._team(day).clinician, self._url(day, f"arms/{program_id}"), doing, {"arm": arm.id}
            )

    async def _check_in(self, day: Day, program_id: UUID, *, dosing: bool) -> bool:
        body: dict[str, object] = {"program_id": str(program_id)}
        protocol = self._context.scenario.protocol
        checks = {"checks": bodies.checks(protocol, SessionKind.PREPARATION)}
        more = self._checked(day, program_id) if dosing else checks
        doing = f"checks {self._context.reference(program_id)} in for {day.item}"
        answer = await self._context.apis.post(
            self._team(day).facilitator, self._url(day, "arrivals"), doing, body | more
        )
        return answer is not None

    def _checked(self, day: Day, program_id: UUID) -> dict[str, object]:
        usual = self._context.scenario.answers[self._context.reference(program_id)]
        return {"checklist": bodies.checklist(self._dosing(), usual), "vitals": self._measured(day, program_id, 0)}

    def _measured(self, day: Day, program_id: UUID, reading: int) -> dict[str, int]:
        """Ordinary vitals, with the blood pressure that the scenario gives for this reading."""
        reference = self._context.reference(program_id)
        usual = self._context.scenario.answers[reference]
        ordinary = bodies.vitals(self._context.chance, reference, f"{day.item}:{reading}", usual)
        pressure = self._context.person(program_id).pressure(day.item)
        return bodies.pressed(ordinary, pressure.readings[reading]) if pressure else ordinary

    def _plan_doses(self, day: Day, here: Iterable[UUID]) -> None:
        """Who must rest is measured again, and decided on, after the others."""
        everyone = list(here)
        resting = [id for id in everyone if self._context.person(id).pressure(day.item)]
        ready = [id for id in everyone if id not in resting]
        self._plan_group(day, ready, day.starts_at + DOSED_AFTER, "ready")
        rest = self._dosing().repeats.rest_at_least.value + RESTED_LONGER
        readings = max((len(self._readings(day, id)) for id in resting), default=0)
        for reading in range(1, readings):
            name = f"rest:{day.session_id}:{reading}"
            at = day.starts_at + reading * rest
            self._context.plan(name, at, partial(self._measure_again, day, resting, reading))
        self._plan_group(day, resting, day.starts_at + max(readings * rest, 2 * DOSED_AFTER), "rested")

    def _readings(self, day: Day, program_id: UUID) -> Sequence[tuple[int, int]]:
        pressure = self._context.person(program_id).pressure(day.item)
        return pressure.readings if pressure else ()

    async def _measure_again(self, day: Day, resting: Sequence[UUID], reading: int) -> None:
        for program_id in resting:
            if reading < len(self._readings(day, program_id)):
                body = {"program_id": str(program_id), "vitals": self._measured(day, program_id, reading)}
                doing = f"measures {self._context.reference(program_id)} again after a rest"
                await self._context.apis.post(self._team(day).nurse, self._url(day, "vitals"), doing, body)

    def _plan_group(self, day: Day, group: Sequence[UUID], at: datetime, name: str) -> None:
        if group:
            act = partial(self._dose_group, day, group, at, name)
            self._context.plan(f"doses:{day.session_id}:{name}", at, act)

    async def _dose_group(self, day: Day, group: Sequence[UUID], at: datetime, name: str) -> None:
        given = await asyncio.gather(*(self._decide_and_dose(day, id) for id in group))
        dosed = [id for id, was_given in zip(group, given, strict=True) if was_given]
        if not dosed:
            return
        observations = self._dosing().observations.value
        for offset in observations:
            minute = round(offset.total_seconds() / 60, 2)
            act = partial(self._observe, day, dosed, minute)
            self._context.plan(f"observe:{day.session_id}:{name}:{minute:g}", at + A_MOMENT + offset, act)
        stays_for = max([*observations, self._dosing().discharge.not_before.value])
        leave = partial(self._discharge_all, day, dosed)
        self._context.plan(f"discharge:{day.session_id}:{name}", at + A_MOMENT + stays_for, leave, rank=1)

    async def _decide_and_dose(self, day: Day, program_id: UUID) -> bool:
        """True when the person was dosed."""
        context, team = self._context, self._team(day)
        reference = context.reference(program_id)
        pressure = context.person(program_id).pressure(day.item)
        decision = "no_go" if pressure and not pressure.settles else "go"
        body: dict[str, Any] = {"program_id": str(program_id), "decision": decision}
        body |= {"reason": "blood pressure did not settle after two rests"} if decision == "no_go" else {}
        body |= {"signature": signature(f"I decide {decision.replace('_', '-')} for today's dose.")}
        doing = f"decides {decision} for {day.item} of {reference}"
        decided = await context.apis.post(team.prescriber, self._url(day, "decisions"), doing, body)
        if decided is None or decision == "no_go":
            return False
        usual = context.scenario.answers[reference]
        today = local_day(day.starts_at, day.zone)
        order = bodies.order(context.chance, reference, day.item, context.protocol, usual, today)
        verification = await self._verify(day, reference, body := order | {"program_id": str(program_id)})
        if verification is None:
            return False
        doing = f"gives {day.item} to {reference}"
        body |= {"verification": verification}
        return await context.apis.post(team.prescriber, self._url(day, "doses"), doing, body) is not None

    async def _verify(self, day: Day, reference: str, order: dict[str, Any]) -> str | None:
        """The nurse's own check of the drawn-up dose; made once more when its answer was lost on the way."""
        doing = f"verifies {day.item} of {reference}"
        for _ in range(2):
            made = await self._context.apis.post(self._team(day).nurse, self._url(day, "verifications"), doing, order)
            if made is not None and "verification_id" in made.body:
                return str(made.body["verification_id"])
        return None

    async def _observe(self, day: Day, dosed: Sequence[UUID], minute: float) -> None:
        await asyncio.gather(*(self._observe_one(day, id, minute) for id in dosed))

    async def _discharge_all(self, day: Day, dosed: Sequence[UUID]) -> None:
        """After the last observation, and no sooner than the protocol lets anybody go."""
        await asyncio.gather(*(self._discharge(day, id) for id in dosed))

    async def _observe_one(self, day: Day, program_id: UUID, minute: float) -> None:
        context = self._context
        reference = context.reference(program_id)
        usual = context.scenario.answers[reference]
        seen = bodies.observed(context.chance, reference, day.item, minute, usual)
        body = {"program_id": str(program_id), "minute": minute} | seen
        doing = f"observes {reference} at minute {minute:g} of {day.item}"
        await context.apis.post(self._team(day).nurse, self._url(day, "observations"), doing, body)
        for event in context.person(program_id).adverse_events:
            if event.item == day.item and self._is_seen(event.after_minutes, minute):
                await self._record_event(day, program_id, event)

    def _is_seen(self, after_minutes: int, minute: float) -> bool:
        """At the first observation that is not before it."""
        offsets = [offset.total_seconds() / 60 for offset in self._dosing().observations.value]
        return minute == next((round(at, 2) for at in offsets if at >= after_minutes), round(offsets[-1], 2))

    async def _record_event(self, day: Day, program_id: UUID, event: AdverseEvent) -> None:
        context = self._context
        body = {"program_id": str(program_id), "term": event.term, "grade": event.grade, "serious": event.serious}
        body |= {"relatedness": "probable", "outcome": "recovered"}
        doing = f"records an adverse event of {context.reference(program_id)}"
        await context.apis.post(self._team(day).nurse, self._url(day, "adverse-events"), doing, body)

    async def _discharge(self, day: Day, program_id: UUID) -> None:
        context = self._context
        reference = context.reference(program_id)
        usual = context.scenario.answers[reference]
        body = {
            "program_id": str(program_id),
            "criteria": bodies.discharged(self._dosing()),
            "vitals": bodies.vitals(context.chance, reference, f"{day.item}:discharge", usual),
            "signature": signature("I have seen this person and they may leave."),
        }
        doing = f"discharges {reference} after {day.item}"
        await context.apis.post(self._team(day).clinician, self._url(day, "discharges"), doing, body)

    async def _close(self, day: Day) -> None:
        doing = f"closes {day.item}"
        await self._context.apis.post(self._team(day).facilitator, self._url(day, "close"), doing)

    def _team(self, day: Day) -> Team:
        return self._context.teams[day.site]

    def _dosing(self) -> Dosing:
        if self._context.protocol.dosing is None:
            raise RuntimeError(f"{self._context.protocol.id} has no dosing rules")
        return self._context.protocol.dosing

    @staticmethod
    def _url(day: Day, what: str) -> str:
        return f"session/sessions/{day.session_id}/{what}"
