"""What rested on an absence that is none any more: its task, the hold, a make-up ahead, the review of it."""

from services.scheduler.commands.cancel_make_up import record_cancellation
from services.scheduler.domain.decide import TAKEN_BACK, Decision
from services.scheduler.domain.facts import FactKind, MakeUp
from services.scheduler.domain.history import History
from services.scheduler.storage import obligations, programs
from services.scheduler.storage.programs import Program, View
from shared.events import scheduler as events
from shared.work import Work

BY_RULE = "rule:absence_taken_back"


async def take_back_what_rested_on_absences(work: Work, view: View, program: Program, decision: Decision) -> Program:
    """Close and cancel what has lost its ground. Drawn again, it draws nothing new."""
    history = view.history
    if history.taken_back:
        await _close_tasks(work, program, history)
    for make_up in [one for one in history.make_ups.values() if _lost_its_ground(work, history, one)]:
        if view.cohort is not None:
            program = await record_cancellation(work, program, view.cohort, make_up, by=BY_RULE, nudge=False)
    for review in decision.without_ground:
        data = {"by": BY_RULE, "decision": TAKEN_BACK}
        program = await programs.record(
            work, program, FactKind.REVIEW_DECIDED, review, key=f"decided:{review}", data=data, nudge=False
        )
        if task := await obligations.find(work, "withdrawal_review", review, program.id):
            await obligations.close(work, task, closure=TAKEN_BACK, closed_by=BY_RULE)
    return program


async def _close_tasks(work: Work, program: Program, history: History) -> None:
    stand = {absence.task for absence in history.absences.values()}
    for task in await obligations.all_open(work, program_id=program.id, kind="absence"):
        if task.item not in stand:
            await obligations.close(work, task, closure=TAKEN_BACK, closed_by=BY_RULE)
            if task.data.get("holds"):
                item = task.item.partition("#")[0]
                await work.emit(events.DoseReleased(program_id=program.id, item=item), site=program.site)


def _lost_its_ground(work: Work, history: History, make_up: MakeUp) -> bool:
    ahead = history.awaits(make_up) and make_up.starts_at > work.now
    return ahead and make_up.missed_item in history.taken_back and make_up.missed_item not in history.absences
