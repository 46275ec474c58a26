"""Absences are closed: made up, overridden with a signature, or gone on from; and reviews are decided."""

from datetime import datetime, timedelta
from uuid import UUID

from rehearsal.cast.days import CLINICIANS, COORDINATORS, next_clock, working_hour
from rehearsal.cast.stage import Hearing, Stage, Told, signature
from shared.events import scheduler

MAKE_UPS = ("14:00",)
USUAL_REMEDY = {"preparation": "make_up", "circle": "make_up", "dose": "go_on"}


class Absences:
    """What coordinators, clinicians and prescribers do about absences."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def hears(self) -> Hearing:
        return {scheduler.ObligationOpened: self._owed}

    def _owed(self, told: Told) -> None:
        if not self._stage.known(told.data.program_id):
            return
        if told.data.kind == "absence":
            self._see_to_absence(told)
        elif told.data.kind == "withdrawal_review":
            program_id = told.data.program_id
            at = working_hour(told.time, CLINICIANS, self._stage.zone(program_id))
            self._stage.plan(f"{told.data.item}:{program_id}", at, lambda: self._decide_review(program_id))

    def _see_to_absence(self, told: Told) -> None:
        stage, program_id, item = self._stage, told.data.program_id, told.data.item
        if item in stage.person(program_id).comes_after_all:
            return
        absence = stage.person(program_id).absence(item)
        if absence is None:
            stage.trouble(f"{stage.reference(program_id)} is absent from {item}, and the story does not say so")
        remedy = absence.remedy if absence else USUAL_REMEDY[item.partition(":")[0]]
        reason = absence.reason if absence else "not in the story"
        zone = stage.zone(program_id)
        clocks = COORDINATORS[:1] if remedy == "make_up" else CLINICIANS
        at = working_hour(max(told.time, self._starts_at(program_id, item, told.time)), clocks, zone)
        act = {"make_up": self._make_up, "override": self._override, "go_on": self._go_on}[remedy]
        stage.plan(f"{remedy}:{item}:{program_id}", at, lambda: act(program_id, item, reason))

    def _starts_at(self, program_id: UUID, item: str, otherwise: datetime) -> datetime:
        """When the missed session begins: an absence may be told before."""
        booked = self._stage.booked.get((self._stage.seats[program_id], item))
        return booked.starts_at if booked else otherwise

    async def _make_up(self, program_id: UUID, item: str, reason: str) -> None:
        stage = self._stage
        starts_at = working_hour(stage.now + timedelta(hours=12), MAKE_UPS, stage.zone(program_id))
        minutes = int(stage.protocol.session(item).duration.total_seconds() // 60)
        if self._too_late(program_id, item, starts_at):
            starts_at = next_clock(stage.now, MAKE_UPS, stage.zone(program_id))
        body = {"missed_item": item, "starts_at": starts_at.isoformat(), "minutes": minutes}
        doing = f"books a make-up of {item} with {stage.reference(program_id)} ({reason})"
        url = f"scheduler/programs/{program_id}/make-ups"
        await stage.apis.post(stage.team(program_id).coordinator, url, doing, body)

    def _too_late(self, program_id: UUID, item: str, starts_at: datetime) -> bool:
        """Whether the next dose would come first."""
        cohort_id = self._stage.seats.get(program_id)
        ahead = [
            session.starts_at
            for (cohort, _), session in self._stage.booked.items()
            if cohort == cohort_id and session.kind == "dose" and session.starts_at > self._stage.now
        ]
        return starts_at > min(ahead, default=starts_at)

    async def _override(self, program_id: UUID, item: str, reason: str) -> None:
        stage = self._stage
        body = {"item": item, "reason": reason, "signature": signature("This does not hold the next dose.")}
        doing = f"signs that {item} does not hold the next dose of {stage.reference(program_id)}"
        url = f"scheduler/programs/{program_id}/overrides"
        await stage.apis.post(stage.team(program_id).clinician, url, doing, body)

    async def _go_on(self, program_id: UUID, item: str, reason: str) -> None:
        stage = self._stage
        body = {"closure": "go_on", "reason": f"not worse since; {reason}"}
        doing = f"lets {stage.reference(program_id)} go on after missing {item}"
        url = f"scheduler/programs/{program_id}/absences/{item}/close"
        await stage.apis.post(stage.team(program_id).prescriber, url, doing, body)

    async def _decide_review(self, program_id: UUID) -> None:
        stage = self._stage
        decision = stage.person(program_id).review
        doing = f"decides the withdrawal review of {stage.reference(program_id)}: {decision}"
        body = {"decision": decision, "reason": "spoke with the person about what kept them away"}
        if decision == "withdraw":
            body["confirms"] = str(program_id)
        url = f"scheduler/programs/{program_id}/review"
        await stage.apis.post(stage.team(program_id).clinician, url, doing, body)
