"""A participant answers one questionnaire of a measure: it is scored, and read for risk, at once."""

from dataclasses import dataclass
from uuid import UUID

from services.integration.commands.complete_measure import complete_measure
from services.integration.commands.locked import locked_measure
from services.integration.commands.raise_risk import raise_risk
from services.integration.domain import instruments
from services.integration.domain import measures as rules
from services.integration.domain.instruments import Items, Score
from services.integration.storage import measures
from services.integration.storage.pinned import protocol_of
from shared.auth import Principal
from shared.work import Work


@dataclass(frozen=True)
class Answered:
    """What became of one questionnaire, and of the measure of a site that it belongs to."""

    site: str
    score: Score
    late: bool
    completed: bool
    risk_id: UUID | None


async def answer_questionnaire(
    work: Work, program_id: UUID, item: str, instrument_id: str, items: Items, caller: Principal
) -> Answered:
    """Score and keep the answers; the last complete questionnaire completes the measure.

    Refused: `not_found`, `unknown_instrument`, `measure_closed`, `already_answered`, `wrong_number_of_items`,
    `out_of_range`, and while the measure's protocol cannot be read.
    """
    measure = await locked_measure(work, program_id, item)
    protocol = protocol_of(work, measure)
    planned = protocol.measure(measure.key)
    complete = await measures.complete(work.connection, program_id, item)
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
        answered_by=caller.subject,
        now=work.now,
    )
    completed = score.total is not None and rules.is_complete(planned, {*complete, instrument_id})
    if completed:
        await complete_measure(work, measure, caller.subject, late=late)
    signalled = instruments.risks(instrument, items)
    why = f"{instrument_id}:item{signalled[0].item}" if signalled else None
    risk_id = await raise_risk(work, measure, why=why, screen=True) if why else None
    return Answered(measure.site, score, late, completed, risk_id)
