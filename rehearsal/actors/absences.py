"""Absences are closed: made up, overridden with a signature, or gone on from; and reviews are decided."""

from datetime import datetime, timedelta
from uuid import UUID

from rehearsal.actors.context import Context, Hearing, Told, signature
from rehearsal.actors.days import CLINICIANS, COORDINATORS, next_clock, working_hour
from shared.events import scheduler

MAKE_UPS = ("14:00",)
USUAL_REMEDY = {"preparation": "make_up", "circle": "make_up", "dose": "go_on"}


class Absences:
    """What coordinators, clinicians and prescribers do about absences."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {scheduler.ObligationOpened: self._owed}

    def _owed(self, told: Told) -> None:
        if not self._context.known(told.data.program_id):
            return
        if told.data.kind == "absence":
            self._see_to_absence(told)
        elif told.data.kind == "withdrawal_review":
            program_id = told.data.program_id
            at = working_hour(told.time, CLINICIANS, self._context.zone(program_id))
            self._context.plan(f"{told.data.item}:{program_id}", at, lambda: self._decide_review(program_id))

    def _see_to_absence(self, told: Told) -> None:
        context, program_id, item = self._context, told.data.program_id, told.data.item
        if item in context.person(program_id).comes_after_all:
            return
        absence = context.person(program_id).absence(item)
        if absence is None:
            context.trouble(f"{context.reference(program_id)} is absent from {item}, and the scenario does not say so")
        remedy = absence.remedy if absence else USUAL_REMEDY[item.partition(":")[0]]
        reason = absence.reason if absence else "not in the scenario"
        zone = context.zone(program_id)
        clocks = COORDINATORS[:1] if remedy == "make_up" else CLINICIANS
        at = working_hour(max(told.time, self._starts_at(program_id, item, told.time)), clocks, zone)
        act = {"make_up": self._make_up, "override": self._override, "go_on": self._go_on}[remedy]
        context.plan(f"{remedy}:{item}:{program_id}", at, lambda: act(program_id, item, reason))

    def _starts_at(self, program_id: UUID, item: str, otherwise: datetime) -> datetime:
        """When the missed session begins: an absence may be told before."""
        booked = self._context.booked.get((self._context.seats[program_id], item))
        return booked.starts_at if booked else otherwise

    async def _make_up(self, program_id: UUID, item: str, reason: str) -> None:
        context = self._context
        starts_at = working_hour(context.now + timedelta(hours=12), MAKE_UPS, context.zone(program_id))
        minutes = int(context.protocol.session(item).duration.total_seconds() // 60)
        if self._too_late(program_id, item, starts_at):
            starts_at = next_clock(context.now, MAKE_UPS, context.zone(program_id))
        body = {"missed_item": item, "starts_at": starts_at.isoformat(), "minutes": minutes}
        doing = f"books a make-up of {item} with {context.reference(program_id)} ({reason})"
        url = f"scheduler/programs/{program_id}/make-ups"
        await context.apis.post(context.team(program_id).coordinator, url, doing, body)

    def _too_late(self, program_id: UUID, item: str, starts_at: datetime) -> bool:
        """Whether the next dose would come first."""
        cohort_id = self._context.seats.get(program_id)
        ahead = [
            session.starts_at
            for (cohort, _), session in self._context.booked.items()
            if cohort == cohort_id and session.kind == "dose" and session.starts_at > self._context.now
        ]
        return starts_at > min(ahead, default=starts_at)

    async def _override(self, program_id: UUID, item: str, reason: str) -> None:
        context = self._context
        body = {"item": item, "reason": reason, "signature": signature("This does not hold the next dose.")}
        doing = f"signs that {item} does not hold the next dose of {context.reference(program_id)}"
        url = f"scheduler/programs/{program_id}/overrides"
        await context.apis.post(context.team(program_id).clinician, url, doing, body)

    async def _go_on(self, program_id: UUID, item: str, reason: str) -> None:
        context = self._context
        body = {"closure": "go_on", "reason": f"not worse since; {reason}"}
        doing = f"lets {context.reference(program_id)} go on after missing {item}"
        url = f"scheduler/programs/{program_id}/absences/{item}/close"
        await context.apis.post(context.team(program_id).prescriber, url, doing, body)

    async def _decide_review(self, program_id: UUID) -> None:
        context = self._context
        decision = context.person(program_id).review
        doing = f"decides the withdrawal review of {context.reference(program_id)}: {decision}"
        body = {"decision": decision, "reason": "spoke with the person about what kept them away"}
        if decision == "withdraw":
            body["confirms"] = str(program_id)
        url = f"scheduler/programs/{program_id}/review"
        await context.apis.post(context.team(program_id).clinician, url, doing, body)
