"""Check-ins: how a person is between sessions, asked until somebody knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.integration.domain.ladder import Standing, rungs, standing
from shared.events.integration import CheckInClosure
from shared.protocol.calendar import CheckIn as PlannedCheckIn
from shared.protocol.calendar import CheckInQuestion, CheckIns, Follows
from shared.refusal import Refused


@dataclass(frozen=True)
class CheckIn:
    """One check-in of one person; `due_at` is when it was asked; `follows` is None if an older build asked it."""

    program_id: UUID
    item: str
    site: str
    due_at: datetime
    zone: str
    protocol_id: str
    protocol_version: str
    protocol_hash: str | None
    closed_at: datetime | None
    closed_by: str | None
    closure: CheckInClosure | None
    follows: Follows | None = None

    @property
    def wall(self) -> ZoneInfo:
        """The zone whose wall clock its days keep."""
        return ZoneInfo(self.zone)


def planned(check_ins: CheckIns, item: str) -> PlannedCheckIn:
    """Return the protocol's words on this check-in: the last part of its item is its key."""
    key = item.rsplit(":", 1)[-1]
    found = next((check_in for check_in in check_ins.asked if check_in.key == key), None)
    if found is None:
        raise KeyError(f"this protocol has no check-in {key!r}")
    return found


def chase(check_ins: CheckIns, item: str, due_at: datetime, zone: ZoneInfo, now: datetime) -> Standing:
    """Return where the chase of an unanswered check-in stands: reminded, called twice, then a clinician decides."""
    return standing(rungs(check_ins.chase, due_at, zone), planned(check_ins, item).answer_within, now)


def check_open(check_in: CheckIn) -> None:
    if check_in.closed_at is not None:
        raise Refused("check_in_closed", f"{check_in.item} is closed already ({check_in.closure})")


def signals(check_ins: CheckIns, answers: Mapping[str, int]) -> list[str]:
    """Return the questions whose answer signals risk; refuse answers that are unknown, out of range or not enough.

    Each question that can signal risk is needed, unless another one signals it already.
    """
    questions = {question.key: question for question in check_ins.questions}
    for key, answer in answers.items():
        _check_answer(questions, key, answer)
    found = [key for key, question in questions.items() if _signals(question, answers.get(key))]
    for key, question in questions.items():
        if not found and question.signals_risk_from is not None and key not in answers:
            raise Refused("answer_missing", f"{key} is not answered", status=422, field=f"answers.{key}")
    return found


def _check_answer(questions: Mapping[str, CheckInQuestion], key: str, answer: int) -> None:
    if key not in questions:
        asked = ", ".join(questions)
        raise Refused("unknown_question", f"{key} is not asked; {asked} are", status=422, field=f"answers.{key}")
    highest = questions[key].highest
    if not 0 <= answer <= highest:
        raise Refused("out_of_range", f"{key} is answered from 0 to {highest}", status=422, field=f"answers.{key}")


def _signals(question: CheckInQuestion, answer: int | None) -> bool:
    return question.signals_risk_from is not None and answer is not None and answer >= question.signals_risk_from
