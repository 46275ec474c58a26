"""Check-ins and questionnaires: participants answer, staff call, and somebody closes what nobody answers."""

from datetime import datetime, timedelta
from uuid import UUID

from rehearsal.actors.context import Context, Hearing, Told, signature
from rehearsal.actors.days import (
    CLINICIANS,
    COORDINATORS,
    PARTICIPANTS,
    at_clock,
    in_time,
    local_day,
    next_clock,
    next_minutes,
)
from rehearsal.actors.scores import items, point
from shared.events import integration, scheduler
from shared.protocol.calendar import CheckInQuestion

SOON = timedelta(minutes=30)
ANSWERS_AFTER_DAYS = (1, 3, 6)
LATE_AFTER_DAYS = 3
A_FEW_MINUTES = 5
EVENING = ("18:00",)
ANSWERS_IN_THE_EVENING = 0.15
CALLS = ("call", "second_call")
ENDS = ("clinician_decides", "close_as_missed")


class Answering:
    """The participants' answers, and the calls and decisions where there are none."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {
            scheduler.CheckInDue: self._check_in_due,
            scheduler.MeasureDue: self._measure_due,
            integration.ObligationEscalated: self._chased,
        }

    def _check_in_due(self, told: Told) -> None:
        program_id, item = told.data.program_id, told.data.item
        if not self._context.known(program_id) or self._context.person(program_id).silence(item):
            return
        reference, zone = self._context.reference(program_id), self._context.zone(program_id)
        late = self._context.chance.happens(reference, f"{item}:evening", ANSWERS_IN_THE_EVENING)
        at = next_clock(told.data.due_at + SOON, EVENING if late else PARTICIPANTS, zone)
        self._context.plan(f"{item}:{program_id}", at, lambda: self._answer_check_in(program_id, item))

    async def _answer_check_in(self, program_id: UUID, item: str) -> None:
        context = self._context
        reference = context.reference(program_id)
        if context.has_left(program_id) and item.count(":") > 1:
            return
        asked = context.protocol.check_ins.questions if context.protocol.check_ins else ()
        answers = {question.key: self._ordinary(reference, item, question) for question in asked}
        signal = context.person(program_id).signal(item)
        answers |= dict(signal.answers) if signal else {}
        url = f"integration/check-ins/{program_id}/{item}/answers"
        await context.apis.post(context.actor(program_id), url, f"{reference} answers {item}", {"answers": answers})

    def _ordinary(self, reference: str, item: str, question: CheckInQuestion) -> int:
        """An answer below whatever signals risk."""
        draw = self._context.chance.of(reference, f"{item}:{question.key}")
        highest = min(question.highest, 6)
        limit = question.signals_risk_from
        highest = highest if limit is None else min(highest, limit - 1)
        return int(draw.random() ** 2 * (highest + 1)) if highest > 0 else 0

    def _measure_due(self, told: Told) -> None:
        program_id, item = told.data.program_id, told.data.item
        if not self._context.known(program_id) or self._context.person(program_id).silence(item):
            return
        at = self._answers_at(program_id, item, told.data.opens_at, told.data.closes_at)
        due = told.data
        self._context.plan(f"{item}:{program_id}", max(at, told.time), lambda: self._answer_measure(due))

    def _answers_at(self, program_id: UUID, item: str, opens_at: datetime, closes_at: datetime) -> datetime:
        zone, reference = self._context.zone(program_id), self._context.reference(program_id)
        if item in self._context.person(program_id).answers_late:
            return at_clock(local_day(closes_at, zone), EVENING[0], zone, days=LATE_AFTER_DAYS)
        days = self._context.chance.one_of(reference, item, ANSWERS_AFTER_DAYS)
        evening = at_clock(local_day(opens_at, zone), EVENING[0], zone, days=days)
        return evening if evening < closes_at else next_minutes(opens_at + (closes_at - opens_at) / 3, A_FEW_MINUTES)

    async def _answer_measure(self, due: scheduler.MeasureDue) -> None:
        context, program_id, item = self._context, due.program_id, due.item
        reference, key = context.reference(program_id), item.partition(":")[2]
        measure = context.protocol.measure(key)
        sessions = [booked for (cohort_id, _), booked in context.booked.items() if cohort_id == due.cohort_id]
        at = point(key == context.protocol.measures[0].key, due.due_at, sessions)
        if context.has_left(program_id) and not (
            measure.offered_after_leaving and context.states[program_id] == "withdrawn"
        ):
            return
        signal = context.person(program_id).signal(item)
        for name in measure.instruments:
            signalled = {}
            if signal and signal.instrument == name and signal.question and signal.score:
                signalled = {signal.question: signal.score}
            before = context.scenario.before.get(name)
            answers = items(context.chance, reference, key, at, context.protocol.instrument(name), signalled, before)
            url = f"integration/measures/{program_id}/{item}/{name}"
            await context.apis.post(context.actor(program_id), url, f"{reference} answers {name}", {"items": answers})

    def _chased(self, told: Told) -> None:
        """The next rung of a ladder belongs to somebody: they act at their next hour."""
        owed, program_id = told.data, told.data.program_id
        if owed.kind not in ("check_in", "measure") or not self._context.known(program_id):
            return
        zone = self._context.zone(program_id)
        name = f"chase:{owed.item}:{owed.stage}:{program_id}"
        if owed.stage == "overdue":
            reference = self._context.reference(program_id)
            self._context.trouble(f"{owed.item} of {reference} is overdue with the {owed.owner}")
        if owed.kind == "check_in" and owed.stage in CALLS:
            at = next_clock(told.time, COORDINATORS, zone)
            self._context.plan(name, at, lambda: self._call(program_id, owed.item))
        elif owed.kind == "check_in" and owed.stage in ENDS:
            at = in_time(told.time, owed.deadline, CLINICIANS, zone)
            self._context.plan(name, at, lambda: self._decide(program_id, owed.item))
        elif owed.kind == "measure" and owed.stage == "close_as_missed":
            at = in_time(told.time, owed.deadline, COORDINATORS[:1], zone)
            self._context.plan(name, at, lambda: self._give_up(program_id, owed.item, owed.owner))

    async def _call(self, program_id: UUID, item: str) -> None:
        """Nobody who is silent in the scenario is reached; anybody else is, and that closes the check-in."""
        context = self._context
        reached = context.person(program_id).silence(item) is None
        body = {"reached": reached, "outcome": "is well" if reached else "no answer"}
        url = f"integration/check-ins/{program_id}/{item}/calls"
        doing = f"calls {context.reference(program_id)} about {item}"
        await context.apis.post(context.team(program_id).coordinator, url, doing, body, expected=["check_in_closed"])

    async def _decide(self, program_id: UUID, item: str) -> None:
        context = self._context
        silence = context.person(program_id).silence(item)
        body = {
            "decision": silence.clinician if silence else "close",
            "reason": silence.reason if silence else "was reached in another way",
            "signature": signature("I have reviewed this unanswered check-in."),
        }
        url = f"integration/check-ins/{program_id}/{item}/decision"
        doing = f"decides on the unanswered {item} of {context.reference(program_id)}"
        await context.apis.post(context.team(program_id).clinician, url, doing, body, expected=["check_in_closed"])

    async def _give_up(self, program_id: UUID, item: str, owner: str) -> None:
        context = self._context
        silence = context.person(program_id).silence(item)
        if silence is None:
            context.trouble(f"{item} of {context.reference(program_id)} was chased to its end, against the scenario")
        reason = silence.reason if silence else "never answered"
        who = context.team(program_id).of_role(owner)
        doing = f"closes {item} of {context.reference(program_id)} as missed"
        url = f"integration/measures/{program_id}/{item}/close"
        await context.apis.post(who, url, doing, {"reason": reason}, expected=["measure_closed"])
