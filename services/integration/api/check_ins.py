"""Check-ins over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.integration.api.models import (
    Anyone,
    CheckInItem,
    Deciding,
    Participant,
    Proof,
    Signature,
    Text,
)
from services.integration.commands import answer_check_in as answering
from services.integration.commands import decide_check_in as deciding
from services.integration.commands import record_call as recording
from services.integration.commands.answer_check_in import Reached
from services.integration.commands.decide_check_in import DecisionWord
from services.integration.domain.check_ins import CheckIn
from services.integration.storage import check_ins
from services.integration.storage.pinned import check_ins_of
from shared.auth import Principal
from shared.events.integration import CheckInClosure
from shared.http import InWork, Router, allow, own_program
from shared.paging import InPages, Paged
from shared.protocol.calendar import AnswerKind, CheckInQuestion
from shared.protocol.library import ProtocolGone
from shared.refusal import not_found
from shared.request_body import RequestBody
from shared.work import Work

router = Router(prefix="/check-ins", tags=["check-ins"])


class Question(BaseModel):
    """A question and the highest answer to it; the lowest is 0. Yes is 1 and no is 0."""

    key: str
    says: str
    answer: AnswerKind
    highest: int


class CheckInView(BaseModel):
    """A check-in; its questions while it is open. `refused_by`: its pinned protocol cannot be read (`protocol_changed`,
    `protocol_faulty`, `protocol_gone`, `protocol_unpinned`), so that nothing is asked, and its owner calls."""

    program_id: UUID
    site: str
    item: str
    due_at: datetime
    closed_at: datetime | None
    closure: CheckInClosure | None
    questions: list[Question]
    refused_by: str | None


class CheckIns(Paged):
    items: list[CheckInView]


class CallView(BaseModel):
    reached: bool
    outcome: str | None
    called_at: datetime
    called_by: str


class CheckInRecord(CheckInView):
    """A check-in with what was answered and every call."""

    answers: dict[str, int] | None
    calls: list[CallView]


class Answers(RequestBody):
    """Answers by question key. Those that can signal risk are needed; the others may stay open."""

    answers: dict[str, Annotated[int, Field(ge=0, le=10)]] = Field(min_length=1, max_length=50)


class CallBody(RequestBody):
    """A call. `risk` says that the caller learnt of danger: it raises a risk at once."""

    reached: bool
    outcome: Text | None = None
    risk: bool = False


class CheckInDecision(RequestBody):
    """A clinician's decision on a check-in that nobody answered."""

    decision: DecisionWord
    reason: Text
    signature: Signature


class Ended(BaseModel):
    """What became of the check-in. `crisis_line` is shown to the person whenever a risk is raised."""

    program_id: UUID
    item: str
    closure: CheckInClosure | None
    risk_id: UUID | None = None
    crisis_line: str | None = None


class Decided(Ended, Proof):
    """The closed check-in and the signature's proof."""


@router.get("")
async def list_check_ins(
    caller: Anyone, work: InWork, page: InPages, program_id: UUID | None = None, open: bool | None = None
) -> CheckIns:
    """Check-ins, by due time; a participant names their own program."""
    if caller.role == "participant":
        own_program(caller, program_id)
    found = await check_ins.listed(work.connection, program_id, open, page)
    behind = page.next([(check_in.program_id, check_in.item) for check_in in found])
    return CheckIns(items=[_view(work, check_in) for check_in in found], next=behind)


@router.get("/{program_id}/{item}")
async def get_check_in(caller: Deciding, work: InWork, program_id: UUID, item: CheckInItem) -> CheckInRecord:
    """One check-in with its answers and calls."""
    found = await check_ins.listed(work.connection, program_id, None)
    check_in = next((check_in for check_in in found if check_in.item == item), None)
    if check_in is None:
        raise not_found("check-in", item)
    answers = await check_ins.answers(work.connection, check_in)
    calls = await check_ins.calls(work.connection, check_in)
    views = [CallView.model_validate(call, from_attributes=True) for call in calls]
    return CheckInRecord(**_view(work, check_in).model_dump(), answers=answers, calls=views)


@router.post("/{program_id}/{item}/answers")
async def answer_check_in(
    caller: Participant, work: InWork, program_id: UUID, item: CheckInItem, body: Answers
) -> Ended:
    """The participant answers. Refused: `check_in_closed`, `unknown_question`, `out_of_range`, `answer_missing`."""
    own_program(caller, program_id)
    reached = await answering.answer_check_in(work, program_id, item, body.answers, caller)
    return _ended(work, reached, "answered")


@router.post("/{program_id}/{item}/calls")
async def record_call(
    caller: Annotated[Principal, allow("coordinator", "facilitator", "prescriber", "clinician")],
    work: InWork,
    program_id: UUID,
    item: CheckInItem,
    body: CallBody,
) -> Ended:
    """Record a call; one that reached the person closes the check-in. Refused: `check_in_closed`."""
    called = await recording.record_call(work, program_id, item, caller, **dict(body))
    return _ended(work, called, "reached" if body.reached else None)


@router.post("/{program_id}/{item}/decision")
async def decide_check_in(
    caller: Annotated[Principal, allow("clinician")],
    work: InWork,
    program_id: UUID,
    item: CheckInItem,
    body: CheckInDecision,
) -> Decided:
    """A clinician ends a check-in that nobody answered: close it, or have the person visited. Signed."""
    reason, signature = body.reason, body.signature.given()
    closure, proof = await deciding.decide_check_in(
        work, program_id, item, body.decision, caller, reason=reason, signature=signature
    )
    return Decided(program_id=program_id, item=item, closure=closure, sha256=proof)


def _view(work: Work, check_in: CheckIn) -> CheckInView:
    asked, refused_by = _questions(work, check_in)
    questions = [Question(key=q.key, says=q.says, answer=q.answer, highest=q.highest) for q in asked]
    return CheckInView(
        program_id=check_in.program_id,
        site=check_in.site,
        item=check_in.item,
        due_at=check_in.due_at,
        closed_at=check_in.closed_at,
        closure=check_in.closure,
        questions=questions,
        refused_by=refused_by,
    )


def _questions(work: Work, check_in: CheckIn) -> tuple[Sequence[CheckInQuestion], str | None]:
    """What an open check-in asks, or the rule that keeps it back: the list shows the others anyway."""
    if check_in.closed_at is not None:
        return (), None
    try:
        return check_ins_of(work, check_in).questions, None
    except ProtocolGone as gone:
        return (), gone.rule


def _ended(work: Work, reached: Reached, closure: CheckInClosure | None) -> Ended:
    check_in, risk_id = reached.check_in, reached.risk_id
    crisis_line = work.sites[check_in.site].crisis_line if risk_id else None
    return Ended(
        program_id=check_in.program_id, item=check_in.item, closure=closure, risk_id=risk_id, crisis_line=crisis_line
    )
