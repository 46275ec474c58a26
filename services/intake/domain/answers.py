"""The screening answers: drafts are laid over one another, the whole is checked before it is submitted."""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError, create_model
from pydantic.fields import FieldInfo

from services.intake.domain.referral import State
from shared.fields import EARLIEST_BIRTH
from shared.protocol import ScreeningAnswers
from shared.protocol.answers import Answers, CodedCondition
from shared.protocol.screening import Screening
from shared.refusal import Refused


@dataclass(frozen=True)
class AnswersVersion:
    """One version of a person's answers, never changed. `sha256` is of `content` as canonical JSON."""

    version: int
    complete: bool
    content: Mapping[str, Any]
    sha256: str
    given_at: datetime
    given_by: str


def _optional(field: FieldInfo) -> FieldInfo:
    optional = copy(field)
    optional.default = None
    return optional


_every_answer: dict[str, Any] = {
    name: (field.annotation | None if field.annotation else Any, _optional(field))
    for name, field in ScreeningAnswers.model_fields.items()
}
Draft = create_model("Draft", __base__=Answers, __doc__="Some of the screening answers.", **_every_answer)


def laid_over(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was kept, with the newly given answers in place; an answer given as null is taken back."""
    laid = {**kept, **given}
    return {name: answer for name, answer in laid.items() if answer is not None}


class AnswersIncomplete(Exception):
    """Raised when what is to be submitted is not whole; `errors` say where and why, as pydantic words them."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(f"{error.error_count()} answers are missing or not what is asked")
        self.errors = error.errors()


def whole(content: Mapping[str, Any]) -> ScreeningAnswers:
    """Return the answers that are to be submitted; raise AnswersIncomplete when they are not whole."""
    try:
        return ScreeningAnswers.model_validate(content)
    except ValidationError as error:
        raise AnswersIncomplete(error) from error


def check_open(state: State, *, complete: bool, correctable: bool) -> None:
    """Refuse answers once they are decided on; once submitted they are corrected as a whole, not put back to a draft.

    `correctable`: staff may correct what an `eligible` decision rests on, and anybody what one rests on
    that has ended or ends soon.
    """
    decided = Refused(
        "already_decided", "the screening decision is signed: the clinic corrects the answers of who is eligible"
    )
    match state:
        case State.AWAITING_FORMS:
            return
        case State.AWAITING_REVIEW:
            pass
        case State.ELIGIBLE:
            if not correctable:
                raise decided
        case State.EXCLUDED | State.REDIRECTED:
            raise decided
        case State.LAPSED:
            raise Refused("screening_lapsed", "the time for the forms is over; refer the person again")
    if not complete:
        raise Refused("already_submitted", "the answers are submitted; correct them with complete=true")


def check_conditions(given: Iterable[CodedCondition], screening: Screening) -> None:
    """Refuse (`unknown_condition`) a condition that the person's protocol does not know: no rule would read it."""
    for index, condition in enumerate(given):
        if sentence := screening.unknown_condition(condition.code):
            raise Refused("unknown_condition", sentence, status=422, field=f"conditions.{index}.code")


def check_whole(answers: ScreeningAnswers, date_of_birth: date, today: date) -> None:
    """Refuse answers that contradict the referral, the calendar or themselves."""
    if answers.date_of_birth != date_of_birth:
        says = "this is not the date of birth of the person who was referred"
        raise Refused("another_date_of_birth", says, status=422, field="date_of_birth")
    for field, day in _dates(answers):
        if not EARLIEST_BIRTH <= day <= today:
            says = f"{field}: {day} does not lie between {EARLIEST_BIRTH} and today ({today})"
            raise Refused("impossible_date", says, status=422, field=field)
    for index, use in enumerate(answers.substances):
        if use.active == (use.remission_since is not None):
            says = "a substance use disorder is either active, or in remission since a date"
            raise Refused("remission_date", says, status=422, field=f"substances.{index}.remission_since")


def _dates(answers: ScreeningAnswers) -> Iterator[tuple[str, date]]:
    for index, condition in enumerate(answers.conditions):
        if condition.since:
            yield f"conditions.{index}.since", condition.since
    for index, medication in enumerate(answers.medications):
        if medication.last_taken:
            yield f"medications.{index}.last_taken", medication.last_taken
    for index, use in enumerate(answers.substances):
        if use.remission_since:
            yield f"substances.{index}.remission_since", use.remission_since
