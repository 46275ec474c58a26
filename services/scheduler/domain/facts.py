"""What can happen to a program, one fact at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.events.intake import ScreeningDecision
from shared.vocabulary import those

Decision = Literal[ScreeningDecision, "reopened"]
"""What was decided about a screening last; `reopened`: an `eligible` stands no longer until it is signed again."""
FINAL: frozenset[Decision] = those(Decision, are=("excluded", "redirected"), are_not=("eligible", "reopened"))
"""Never decided again."""
Left = Literal["withdrawn", "transferred", "died"]
GivenClosure = Literal["go_on", "excused_by_clinician", "dose_passed"]
"""How a person closes an absence that is not made up."""
Closure = Literal["make_up", "override", GivenClosure]
"""How an absence is remedied."""
STILL_OWED: frozenset[Closure] = those(
    Closure, are=("override", "go_on", "excused_by_clinician", "dose_passed"), are_not=("make_up",)
)
"""Closures after which the session itself was not made up."""


class FactKind(StrEnum):
    """What can happen to a program. Append-only: a fact is never changed or taken back."""

    REFERRED = "referred"
    FORMS_SUBMITTED = "forms_submitted"
    SCREENED = "screened"
    SCREENING_REOPENED = "screening_reopened"
    SCREENING_LAPSED = "screening_lapsed"
    SEAT_OFFERED = "seat_offered"
    OFFER_HEARD = "offer_heard"
    SEAT_ACCEPTED = "seat_accepted"
    SEAT_DECLINED = "seat_declined"
    SEAT_EXPIRED = "seat_expired"
    SEAT_TAKEN_BACK = "seat_taken_back"
    AGREEMENT_SIGNED = "agreement_signed"
    AGREEMENT_REVOKED = "agreement_revoked"
    ANNOUNCED = "announced"
    ATTENDED = "attended"
    ABSENT = "absent"
    ABSENCE_TAKEN_BACK = "absence_taken_back"
    ABSENCE_UNHEARD = "absence_unheard"
    DOSED = "dosed"
    WITHHELD = "withheld"
    MAKE_UP_BOOKED = "make_up_booked"
    MAKE_UP_CANCELLED = "make_up_cancelled"
    OVERRIDDEN = "overridden"
    HELD = "held"
    RELEASED = "released"
    ABSENCE_CLOSED = "absence_closed"
    CHECK_IN_CLOSED = "check_in_closed"
    MEASURE_COMPLETED = "measure_completed"
    MEASURE_MISSED = "measure_missed"
    REVIEW_OPENED = "review_opened"
    REFUSAL_FORESEEN = "refusal_foreseen"
    REFUSAL_AVERTED = "refusal_averted"
    REVIEW_DECIDED = "review_decided"
    LEFT = "left"
    LEFT_TAKEN_BACK = "left_taken_back"
    FINISHED = "finished"
    AMENDED = "amended"
    CALENDAR_MOVED = "calendar_moved"


@dataclass(frozen=True)
class ProgramFact:
    """One fact of a program; `item` is what it is about, `at` when it happened."""

    revision: int
    kind: FactKind
    item: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """When something was asked of a person, and until when they could answer."""

    at: datetime
    until: datetime


def task_of(item: str, number: int) -> str:
    """Return the item of an obligation about the first, second, … absence from the same session."""
    return item if number == 1 else f"{item}#{number}"


@dataclass(frozen=True)
class Absence:
    """What was missed when: `closure` is how the absence was remedied (None while it is open), `closed_by` by whom.

    `number` counts the absences from the same item: the one before it was taken back.
    """

    item: str
    at: datetime
    excused: bool
    closure: Closure | None = None
    closed_by: str = ""
    number: int = 1

    @property
    def task(self) -> str:
        """The item of its obligation: each absence is owed once."""
        return task_of(self.item, self.number)


@dataclass(frozen=True)
class MakeUp:
    """A booked make-up of a missed preparation or circle."""

    item: str
    missed_item: str
    starts_at: datetime
    ends_at: datetime
    session_id: UUID
    cancelled: bool = False
