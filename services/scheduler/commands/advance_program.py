"""What follows from a participant's facts: what is due, what is still to be done, where the program stands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.scheduler.commands import call_unheard
from services.scheduler.commands.take_back_absences import take_back_what_rested_on_absences
from services.scheduler.commands.wait_for_protocol import wait_for_protocol
from services.scheduler.domain.agenda import Item, ItemKind, anchor_of
from services.scheduler.domain.attendance import holds_a_dose, remedy
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.decide import Decision, decide
from services.scheduler.domain.facts import Absence, FactKind
from services.scheduler.storage import cohorts, obligations, programs
from services.scheduler.storage.programs import Program, View
from shared.events import Event
from shared.events import scheduler as events
from shared.program_states import LEFT, ON_THE_WAY
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import Role
from shared.watch import WakePlan
from shared.work import Work


async def in_the_same_transaction(work: Work, program_id: UUID) -> WakePlan | None:
    """Draw the consequences in the transaction that recorded a fact, under the program's lock.

    Return what the program's workflow must be told: that it runs, another moment or phase, or that cohorts are to be
    told, or the protocol waited for, which it does in transactions of its own. None when it rests on as it does.
    """
    before = await programs.get(work, program_id)
    try:
        advanced = await _advance(work, before)
    except ProtocolGone:
        return WakePlan(before.revision)
    after = advanced.program
    row_status = after.wake_at, after.phase, after.closed_at is None
    rests_on = before.settled_revision and row_status == (before.wake_at, before.phase, before.closed_at is None)
    if rests_on and not advanced.concerns_cohorts:
        return None
    return WakePlan(after.revision) if advanced.concerns_cohorts else advanced.plan


async def advance(work: Work, program_id: UUID) -> "Advanced":
    """Draw the consequences when a moment has come or cohorts are to be told; wait for a protocol that is gone."""
    program = await programs.lock(work, program_id)
    try:
        return await _advance(work, program)
    except ProtocolGone as gone:
        cohort_id = program.cohort_id
        whose = {"cohort_id": str(cohort_id)} if cohort_id else {"protocol_id": program.protocol_id}
        plan = await wait_for_protocol(work, program.site, whose, gone, revision=program.revision)
        return Advanced(await programs.change(work, program, wake_at=plan.wake_at))


async def tell_cohorts(work: Work, program: Program) -> None:
    """Let the cohorts look that a program concerns, in a transaction of its own: a cohort is locked before its members.

    Only then is the program settled. A cohort frees the seat of somebody who is not on the path any more: it goes to
    the next person.
    """
    if program.cohort_id:
        await cohorts.touch(work, await cohorts.get(work, program.cohort_id, lock=True))
    else:
        for cohort in await cohorts.open_for(work, program.site, program.protocol_id):
            await cohorts.touch(work, cohort)
    await programs.settle(work, program)


@dataclass(frozen=True)
class Advanced:
    """A program after its consequences were drawn; settled, unless it concerns cohorts that must be told first."""

    program: Program
    concerns_cohorts: bool = False

    @property
    def plan(self) -> WakePlan:
        one = self.program
        return WakePlan(one.revision, one.wake_at, open=one.closed_at is None, phase=one.phase)


async def _advance(work: Work, program: Program) -> Advanced:
    """Announce what is due, see to what is owed, write where the program stands and when to look again."""
    view = await programs.view(work, program)
    decision = decide(view.protocol, view.calendar, view.history, work.now)
    program = await _announce(work, view, program, decision)
    program = await _see_to_refusals(work, program, decision)
    program = await _see_to_absences(work, view, program, decision)
    program = await _stand(work, view, program, decision)
    concerns_cohorts = _concerns_cohorts(view, decision, work.now)
    settled = {} if concerns_cohorts else {"settled_revision": program.revision, "settled_at": work.now}
    closed_at = (program.closed_at or work.now) if decision.over else None
    wake_at = None if decision.over else decision.wake_at
    program = await programs.change(work, program, wake_at=wake_at, closed_at=closed_at, **settled)
    return Advanced(program, concerns_cohorts)


def _concerns_cohorts(view: View, decision: Decision, now: datetime) -> bool:
    """Somebody waits for a seat, holds one no longer, or will miss a session ahead, which may lack its quorum then."""
    sessions = view.calendar.sessions if view.calendar else {}
    ahead = {item for item, session in sessions.items() if session.starts_at > now}
    misses = any(absence.item in ahead for absence in decision.absences)
    holds_none = decision.state not in ON_THE_WAY or view.history.decision == "reopened"
    return misses or holds_none or decision.state == "waiting"


async def _announce(work: Work, view: View, program: Program, decision: Decision) -> Program:
    for item in decision.announce:
        await work.emit(_due(view, item), site=program.site)
        window = {"at": item.at.isoformat(), "until": item.until.isoformat()}
        program = await programs.record(
            work, program, FactKind.ANNOUNCED, item.key, key=f"announced:{item.key}", data=window, nudge=False
        )
    return program


def _due(view: View, item: Item) -> Event:
    assert view.cohort is not None
    assert view.calendar is not None
    common = {
        "program_id": view.program.id,
        "cohort_id": view.cohort.id,
        "item": item.key,
        "zone": view.cohort.zone,
        "protocol": view.cohort.pin,
    }
    if item.kind == ItemKind.CHECK_IN:
        return events.CheckInDue(**common, due_at=item.at, follows=item.follows)
    if item.kind == ItemKind.MEASURE:
        anchor = anchor_of(view.protocol.measure(item.key.partition(":")[2]), view.calendar, view.history.doses)
        assert anchor is not None
        return events.MeasureDue(**common, opens_at=item.at, due_at=anchor, closes_at=item.until)
    return events.ReminderDue(**common, **_reminded_of(view.calendar, item))


def _reminded_of(calendar: Calendar, item: Item) -> dict[str, object]:
    session = calendar.sessions[item.about or ""]
    return {"session_item": session.item, "kind": session.kind.value, "starts_at": session.starts_at}


async def _see_to_absences(work: Work, view: View, program: Program, decision: Decision) -> Program:
    for absence in decision.absences:
        await _see_to_absence(work, view, program, absence)
    if any(fact.kind == FactKind.ABSENCE_UNHEARD for fact in view.facts):
        await call_unheard.owe_calls_about_absences(work, program, view.history)
    for review in decision.reviews:
        deadline = work.now + view.protocol.attendance.review_within.value
        await obligations.open(
            work,
            site=program.site,
            kind="withdrawal_review",
            item=review,
            owner=Role.CLINICIAN,
            deadline=deadline,
            program_id=program.id,
        )
        program = await programs.record(work, program, FactKind.REVIEW_OPENED, review, key=review, nudge=False)
    program = await take_back_what_rested_on_absences(work, view, program, decision)
    if decision.state in LEFT:
        owed = await obligations.all_open(work, program_id=program.id)
        for obligation in (one for one in owed if one.kind != "orphan_fact"):
            await obligations.close(work, obligation, closure="program_closed", closed_by="rule:left")
    elif decision.over:
        await call_unheard.close_calls(work, program, closure="program_closed", closed_by="rule:program_closed")
    return program


async def _see_to_refusals(work: Work, program: Program, decision: Decision) -> Program:
    """Let a refusal that is foreseen be somebody's task, until it is averted or its dose is over."""
    for refusal in decision.foreseen:
        await obligations.open(
            work,
            site=program.site,
            kind=refusal.kind,
            item=refusal.item,
            owner=refusal.owner,
            deadline=refusal.deadline,
            program_id=program.id,
        )
        data, key = {"kind": refusal.kind}, f"foreseen:{refusal.item}"
        program = await programs.record(
            work, program, FactKind.REFUSAL_FORESEEN, refusal.item, key=key, data=data, nudge=False
        )
    for item, kind in decision.averted:
        owed = await obligations.find(work, kind, item, program.id)
        if owed:
            await obligations.close(work, owed, closure="averted", closed_by="rule:foreseen")
        key = f"averted:{item}"
        program = await programs.record(work, program, FactKind.REFUSAL_AVERTED, item, key=key, nudge=False)
    return program


async def _see_to_absence(work: Work, view: View, program: Program, absence: Absence) -> None:
    """Each absence is an obligation with an owner from the moment it is known, until it has its one remedy."""
    assert view.calendar is not None
    owed = remedy(view.protocol, absence, view.calendar.sessions[absence.item].starts_at)
    is_open = absence.closure is None and view.history.left is None
    held = is_open and holds_a_dose(view.protocol, view.calendar, view.history, absence.item)
    is_new = await obligations.open(
        work,
        site=program.site,
        kind="absence",
        item=absence.task,
        owner=owed.owner,
        deadline=owed.deadline,
        program_id=program.id,
        data={"holds": held},
    )
    if is_new and held:
        await work.emit(events.DoseHeld(program_id=program.id, item=absence.item), site=program.site)
    if absence.closure is None:
        return
    obligation = await obligations.find(work, "absence", absence.task, program.id)
    if obligation:
        await obligations.close(work, obligation, closure=absence.closure, closed_by=absence.closed_by)
        if obligation.data.get("holds"):
            await work.emit(events.DoseReleased(program_id=program.id, item=absence.item), site=program.site)


async def _stand(work: Work, view: View, program: Program, decision: Decision) -> Program:
    """Write and tell the program's state and phase when they changed."""
    told = {"program_id": program.id, "cohort_id": program.cohort_id}
    if decision.finished:
        program = await programs.record(work, program, FactKind.FINISHED, "program", key="finished", nudge=False)
    if decision.state != program.state:
        await work.emit(events.StateChanged(**told, state=decision.state), site=program.site)
    if decision.phase != program.phase:
        await work.emit(events.PhaseChanged(**told, phase=decision.phase), site=program.site)
    since = view.history.eligible_since if decision.state == "waiting" else program.waiting_since
    if (decision.state, decision.phase, since) == (program.state, program.phase, program.waiting_since):
        return program
    return await programs.change(
        work,
        program,
        state=decision.state,
        phase=decision.phase,
        waiting_since=since,
        offers_expired=view.history.offers_expired,
    )
