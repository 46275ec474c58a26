"""Measures: opened, answered, chased to their closure; a person closes what stays incomplete."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.integration.activities import risks
from services.integration.domain import instruments
from services.integration.domain import measures as rules
from services.integration.domain.instruments import Items, Score
from services.integration.domain.ladder import Standing, without_protocol
from services.integration.domain.measures import Measure
from services.integration.domain.members import keeps_measure
from services.integration.storage import measures, members
from services.integration.storage.owed import obligations, owe, stand
from services.integration.storage.pinned import protocol_of
from shared.events.integration import MeasureCompleted, MeasureMissed, MeasureOpened, MeasureReminderDue
from shared.events.scheduler import State
from shared.obligation import Obligation
from shared.program_states import LEFT
from shared.protocol.library import ProtocolGone
from shared.refusal import not_found
from shared.work import Work

BY_LEAVING = "rule:program_left"


@dataclass(frozen=True)
class Answered:
    """What became of one questionnaire, and of the measure that it belongs to."""

    score: Score
    late: bool
    completed: bool
    risk_id: UUID | None


async def open_measure(work: Work, measure: Measure) -> None:
    """Open a measurement point and chase it; who left is offered what they keep, and nothing else."""
    member = await members.get(work.connection, measure.program_id)
    standing = _first_standing(work, measure, member.state if member else None)
    if standing is None:
        gone = replace(measure, closure="program_closed", closed_at=work.now, closed_by=BY_LEAVING)
        await measures.add(work.connection, gone)
        return
    if await measures.add(work.connection, measure):
        await owe(work, measure, "measure", standing)
        await work.emit(MeasureOpened(program_id=measure.program_id, item=measure.item), site=measure.site)


def _first_standing(work: Work, measure: Measure, state: State | None) -> Standing | None:
    """Return where the chase begins; None for who keeps no such measure.

    While the protocol cannot be read a person sees to it for everybody who has not died or left.
    """
    try:
        protocol = protocol_of(work, measure)
    except ProtocolGone as gone:
        return None if state in LEFT else without_protocol(gone.rule, work.now)
    keeps = keeps_measure(state, protocol.measure(measure.key))
    return rules.chase(protocol, measure, work.now) if keeps else None


async def locked(work: Work, program_id: UUID, item: str) -> Measure:
    """The measure, with its obligation, locked for a change."""
    await obligations.find(work, "measure", item, program_id)
    measure = await measures.lock(work, program_id, item)
    if measure is None:
        raise not_found("measure", item)
    return measure


async def answer(work: Work, measure: Measure, instrument_id: str, items: Items, answered_by: str) -> Answered:
    """Score and keep one questionnaire; the last complete one completes the measure."""
    protocol = protocol_of(work, measure)
    planned = protocol.measure(measure.key)
    complete = await measures.complete(work.connection, measure.program_id, measure.item)
    rules.check_answer(measure, planned, instrument_id, complete)
    instrument = protocol.instrument(instrument_id)
    score, late = instruments.score(instrument, items), rules.is_late(measure, work.now)
    await measures.keep_response(
        work.connection,
        measure,
        instrument_id,
        items,
        score,
        recall_days=instrument.recall_days,
        late=late,
        answered_by=answered_by,
        now=work.now,
    )
    completed = score.total is not None and rules.is_complete(planned, {*complete, instrument_id})
    if completed:
        await _complete(work, measure, answered_by, late=late)
    signalled = instruments.risks(instrument, items)
    why = f"{instrument_id}:item{signalled[0].item}" if signalled else None
    risk_id = await risks.raise_risk(work, measure, why=why, screen=True) if why else None
    return Answered(score, late, completed, risk_id)


async def _complete(work: Work, measure: Measure, answered_by: str, *, late: bool) -> None:
    await measures.close(work.connection, measure, "completed", closed_by=answered_by, now=work.now, late=late)
    await _settle(work, measure, "completed", answered_by)
    completed = MeasureCompleted(program_id=measure.program_id, item=measure.item, late=late)
    await work.emit(completed, site=measure.site)


async def miss(work: Work, measure: Measure, reason: str, closed_by: str) -> None:
    """A person closes a measure that was chased to its end and stays incomplete."""
    try:
        chase = protocol_of(work, measure).measure(measure.key).chase
    except ProtocolGone:
        chase = ()
    rules.check_closing(measure, chase, work.now)
    await measures.close(work.connection, measure, "missed", closed_by=closed_by, now=work.now, reason=reason)
    await _settle(work, measure, "missed", closed_by)
    await work.emit(MeasureMissed(program_id=measure.program_id, item=measure.item), site=measure.site)


async def leave(work: Work, program_id: UUID, state: State) -> None:
    """Close what a person who left is not offered any more."""
    for found in await measures.of_program(work.connection, program_id):
        if found.closed_at is None and _first_standing(work, found, state) is None:
            measure = await locked(work, program_id, found.item)
            if measure.closed_at is None:
                now = work.now
                await measures.close(work.connection, measure, "program_closed", closed_by=BY_LEAVING, now=now)
                await _settle(work, measure, "program_closed", BY_LEAVING)


async def come_back(work: Work, program_id: UUID, state: State) -> None:
    """Offer again what was closed when somebody left who had not."""
    for measure in await measures.of_program(work.connection, program_id):
        standing = _first_standing(work, measure, state) if measure.closed_by == BY_LEAVING else None
        if standing:
            await owe(work, measure, "measure", standing)
            await measures.reopen(work.connection, measure)


async def chase_measure(work: Work, obligation: Obligation) -> None:
    """Rule `measure`: remind and call as the protocol says; at the end a person closes it."""
    assert obligation.program_id is not None
    measure = await locked(work, obligation.program_id, obligation.item)
    standing = rules.chase(protocol_of(work, measure), measure, work.now)
    if standing.reminder and standing.stage != obligation.stage:
        reminder = MeasureReminderDue(program_id=measure.program_id, item=measure.item, reminder=standing.reminder)
        await work.emit(reminder, site=measure.site)
    await stand(work, obligation, standing)


async def _settle(work: Work, measure: Measure, closure: str, closed_by: str) -> None:
    if owed := await obligations.find(work, "measure", measure.item, measure.program_id):
        await obligations.close(work, owed, closure=closure, closed_by=closed_by)
