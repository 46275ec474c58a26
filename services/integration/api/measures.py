"""Questionnaires over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.integration.api.models import Anyone, Instrument, MeasureItem, Participant, Text
from services.integration.commands import answer_questionnaire as answering
from services.integration.commands import close_measure as closing
from services.integration.domain.measures import Closure, Measure
from services.integration.storage import measures
from services.integration.storage.measures import Response
from services.integration.storage.pinned import protocol_of
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_program
from shared.paging import InPages, Paged
from shared.protocol.library import ProtocolGone
from shared.protocol.measures import MOST_COUNTED
from shared.protocol.measures import Instrument as Asked
from shared.request_body import RequestBody
from shared.work import Work

router = Router(prefix="/measures", tags=["measures"])
SEE_SCORES = ("clinician", "prescriber")


class SubscaleView(BaseModel):
    """The score of one subscale; `positive` is null where the protocol names no screening cut for it."""

    subscale: str
    score: float
    positive: bool | None


class ScoreView(BaseModel):
    """One scored questionnaire; no total while an item is missing, and no subscale that the item belongs to."""

    total: int | None
    band: str | None
    positive: bool | None
    provisional: bool | None
    subscales: list[SubscaleView]
    late: bool
    answered_at: datetime


class Questionnaire(BaseModel):
    """`items` items, each `item_min`…`item_max`, about the last `recall_days` days. Scores are only for clinicians."""

    instrument: str
    title: str
    items: int
    item_min: int
    item_max: int
    recall_days: int
    complete: bool
    score: ScoreView | None


class MeasureView(BaseModel):
    """A measurement point; after `closes_at` an answer is late, and welcome until it is closed.

    `refused_by`: its pinned protocol cannot be read (`protocol_changed`, `protocol_faulty`, `protocol_gone`,
    `protocol_unpinned`).
    """

    program_id: UUID
    site: str
    item: str
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    closure: Closure | None
    late: bool
    questionnaires: list[Questionnaire]
    refused_by: str | None


class Measures(Paged):
    items: list[MeasureView]


class Items(RequestBody):
    """One answer an item, in order and as given; null is not answered, and leaves the questionnaire without a total."""

    items: list[Annotated[int, Field(ge=0, le=MOST_COUNTED)] | None] = Field(min_length=1, max_length=100)


class Scored(BaseModel):
    """What was understood. `missing` are the numbers of unanswered items; `completed`: the whole measure is.

    `crisis_line` is shown to the person whenever a risk is raised.
    """

    program_id: UUID
    item: str
    instrument: str
    missing: list[int]
    late: bool
    completed: bool
    risk_id: UUID | None
    crisis_line: str | None


class Reason(RequestBody):
    """Why the measure stays incomplete; kept in the record, never sent."""

    reason: Text


class Missed(BaseModel):
    program_id: UUID
    item: str
    closure: Closure


@router.get("")
async def list_measures(caller: Anyone, work: InWork, page: InPages, program_id: UUID | None = None) -> Measures:
    """Measurement points with their questionnaires, by time; a participant names their own program."""
    if caller.role == "participant":
        own_program(caller, program_id)
    found = await measures.of_program(work.connection, program_id, page)
    points = [(measure.program_id, measure.item) for measure in found]
    answered = await measures.responses(work.connection, points)
    scores = caller.role in SEE_SCORES
    items = [_view(work, measure, answered[measure.program_id, measure.item], scores) for measure in found]
    return Measures(items=items, next=page.next(points))


@router.post("/{program_id}/{item}/close")
async def close_measure(
    caller: Annotated[Principal, allow("coordinator", "facilitator", "prescriber", "clinician")],
    work: InWork,
    program_id: UUID,
    item: MeasureItem,
    body: Reason,
) -> Missed:
    """Give up a measure that was chased to its end, as the role of the protocol's last step.

    Refused: `chase_not_over`, `measure_closed`.
    """
    await closing.close_measure(work, program_id, item, caller, reason=body.reason)
    return Missed(program_id=program_id, item=item, closure="missed")


@router.post("/{program_id}/{item}/{instrument}")
async def answer_questionnaire(
    caller: Participant, work: InWork, program_id: UUID, item: MeasureItem, instrument: Instrument, body: Items
) -> Scored:
    """The participant answers one questionnaire; it is scored, and read for risk, at once.

    Refused: `measure_closed`, `already_answered`, `unknown_instrument`, `wrong_number_of_items`, `out_of_range`.
    """
    own_program(caller, program_id)
    answered = await answering.answer_questionnaire(work, program_id, item, instrument, body.items, caller)
    return Scored(
        program_id=program_id,
        item=item,
        instrument=instrument,
        missing=list(answered.score.missing),
        late=answered.late,
        completed=answered.completed,
        risk_id=answered.risk_id,
        crisis_line=work.sites[answered.site].crisis_line if answered.risk_id else None,
    )


def _view(work: Work, measure: Measure, answered: Sequence[Response], scores: bool) -> MeasureView:
    asked, refused_by = _instruments(work, measure)
    newest = {response.instrument: response for response in answered}
    questionnaires = []
    for instrument in asked:
        response = newest.get(instrument.id)
        shown = ScoreView.model_validate(response, from_attributes=True) if response and scores else None
        questionnaires.append(
            Questionnaire(
                instrument=instrument.id,
                title=instrument.title,
                items=instrument.items,
                item_min=instrument.item_min,
                item_max=instrument.item_max,
                recall_days=instrument.recall_days,
                complete=response is not None and response.total is not None,
                score=shown,
            )
        )
    about = {name: getattr(measure, name) for name in MeasureView.model_fields if hasattr(measure, name)}
    return MeasureView(**about, questionnaires=questionnaires, refused_by=refused_by)


def _instruments(work: Work, measure: Measure) -> tuple[list[Asked], str | None]:
    """What a measure asks, or the rule that keeps it back: the list shows the others anyway."""
    try:
        protocol = protocol_of(work, measure)
    except ProtocolGone as gone:
        return [], gone.rule
    return [protocol.instrument(id) for id in protocol.measure(measure.key).instruments], None
