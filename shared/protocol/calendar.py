"""When things happen in a program, before any cohort has a date: moments, sessions and check-ins."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from shared.protocol.base import Cited, Duration, Key, Offset, Part, Sentence, SessionKey, Sourced, WallClock
from shared.protocol.words import Role, SessionKind


class OnDay(Part):
    """Wall clock in the site's zone; day 0 is the cohort's start date, so week w begins on day 7·(w − 1)."""

    day: int = Field(ge=-60, le=730)
    time: WallClock


class AfterStart(Part):
    """Exact time elapsed since the cohort's start instant."""

    offset: Offset


class FromInput(Part):
    """A day that is not published: given, as a day number, when the cohort is opened, under this input's key."""

    input: Key
    plus_days: int = 0
    time: WallClock


class AtSession(Part):
    """Relative to the planned start of a session of this protocol; whole days keep the wall clock."""

    session: SessionKey
    offset: Offset


def _moment_key(value: Any) -> str | None:
    names = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((f"~{key}" for key in ("session", "input", "day", "offset") if key in names), None)


Moment = Annotated[
    Annotated[OnDay, Tag("~day")] | Annotated[AfterStart, Tag("~offset")] | Annotated[FromInput, Tag("~input")],
    Discriminator(
        _moment_key,
        custom_error_type="moment",
        custom_error_message="a moment is {day, time}, {offset} or {input, time}",
    ),
]
Anchor = Annotated[
    Annotated[OnDay, Tag("~day")]
    | Annotated[AfterStart, Tag("~offset")]
    | Annotated[FromInput, Tag("~input")]
    | Annotated[AtSession, Tag("~session")],
    Discriminator(
        _moment_key,
        custom_error_type="moment",
        custom_error_message="an anchor is {day, time}, {offset}, {input, time} or {session, offset}",
    ),
]


class CohortInput(Part):
    """A day number the cohort must be given when it is opened, because the publication does not say it."""

    key: Key
    says: Sentence


class PlannedSession(Part):
    """One session of the cohort's calendar; `integrates` names the dose a circle belongs to."""

    key: SessionKey
    kind: SessionKind
    title: Sentence
    at: Moment
    duration: Duration
    integrates: SessionKey | None = None
    includes: tuple[Literal["intention", "contact_exchange", "maintenance_decision"], ...] = ()


class Missed(Sourced):
    """What an absence from this kind of session does, and until when a make-up may close it (after the session)."""

    effect: Literal["blocks_first_dose", "holds_next_dose", "never_doubled", "none"]
    make_up_within: Duration | None = None
    if_worse_ask: Role | None = None
    says: Sentence


class SessionRules(Part):
    """What holds for every session of a kind.

    `announce_before` is the lead at which the scheduler says it is due; `late_after` and `grace` (then a no-show) count
    from the planned start, `close_within` from the planned end; `remind_before` from the start, longest first.
    """

    kind: SessionKind
    announce_before: Duration
    remind_before: tuple[Duration, ...] = ()
    late_after: Cited[Duration]
    grace: Cited[Duration]
    close_within: Cited[Duration]
    missed: Missed


class ChaseStep(Sourced):
    """One rung of a ladder: at `after` the item's due time (a measure's anchor), `owner` does `act`."""

    after: Offset
    act: Literal["remind", "call", "second_call", "clinician_decides"]
    owner: Role


class CheckInQuestion(Sourced):
    """Yes is 1 and no is 0; an answer of `signals_risk_from` or more opens a risk."""

    key: Key
    says: Sentence
    answer: Literal["yes_no", "scale_0_10"]
    signals_risk_from: int | None = Field(default=None, ge=0, le=10)


class CheckIn(Sourced):
    """Due `after` each given dose, or after the person left the program; overdue after `answer_within`.

    With `coalesce_with_next_dose` it gives way to the next dose's session day or check-in when it falls on that day.
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=32)]
    follows: Literal["dose", "leaving"]
    after: Duration
    answer_within: Duration
    coalesce_with_next_dose: bool = False


class CheckIns(Part):
    asked: tuple[CheckIn, ...]
    questions: tuple[CheckInQuestion, ...] = Field(min_length=1)
    chase: tuple[ChaseStep, ...] = Field(min_length=1)
