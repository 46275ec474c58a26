"""When things happen in a program, before any cohort has a date: moments, sessions and check-ins."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from shared.protocol.base import Cited, Criterion, Key, Part, Sentence, SessionKey, Sourced, WallClock, added
from shared.protocol.spans import Duration, ForwardSpan, Offset, SignedSpan, Window
from shared.protocol.vocabulary import Role, Route, SessionKind
from shared.refusal import Refused
from shared.vocabulary import those

MOST_CHECKS = 20
"""Before one session without a dose."""


class OnDay(Part):
    """Wall clock in the site's zone; day 0 is the cohort's start date, so week w begins on day 7·(w − 1)."""

    day: int = Field(ge=-60, le=730, description="the day, counted from the cohort's start date, which is day 0")
    time: WallClock = Field(description="the time of day, in the site's zone")


class AfterStart(Part):
    """Exact time elapsed since the cohort's start instant."""

    offset: Offset = Field(description="the exact time after the cohort's start")


class FromInput(Part):
    """A day that is not published: given when the cohort is opened, under this input's key."""

    input: Key = Field(description="the input that says the day or the week")
    plus_days: int = Field(
        default=0, ge=-60, le=730, description="days after the day that was given, or after the first day of that week"
    )
    time: WallClock = Field(description="the time of day, in the site's zone")


class AtSession(Part):
    """Relative to the planned start of a session of this protocol."""

    session: SessionKey = Field(description="the session it is counted from")
    offset: SignedSpan = Field(description="the time after that session's planned start")


class AfterDose(Part):
    """Counted from when this dose was given; whoever was not given it has no such moment."""

    dose: SessionKey = Field(description="the dose it is counted from")
    offset: ForwardSpan = Field(description="the time after that dose was given")


def _moment_key(value: Any) -> str | None:
    names = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((f"~{key}" for key in ("session", "dose", "input", "day", "offset") if key in names), None)


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
    | Annotated[AtSession, Tag("~session")]
    | Annotated[AfterDose, Tag("~dose")],
    Discriminator(
        _moment_key,
        custom_error_type="moment",
        custom_error_message="an anchor is {day, time}, {offset}, {input, time}, {session, offset} or {dose, offset}",
    ),
]


InputUnit = Literal["day", "week", "yes_no"]


class CohortInput(Part):
    """What a cohort must be given when it is opened, because no publication says it or because groups differ in it.

    A `day` counts from day 0, a `week` from 1 (day 0 is its first day); `yes_no` is 1 or 0.
    """

    key: Key = Field(description="the input's key")
    unit: InputUnit = Field(default="day", description="what is given: a day, a week, yes or no")
    at_most: int | None = Field(default=None, ge=1, le=730, description="the last day or week that can be given")
    says: Sentence = Field(description="what is asked of the person who opens a cohort")

    def check(self, given: int) -> None:
        """Raises ValueError when this cannot be a value of the unit."""
        match self.unit:
            case "week" if given < 1:
                raise ValueError(f"{self.key} is a week, counted from 1; {given} was given")
            case "yes_no" if given not in (0, 1):
                raise ValueError(f"{self.key} is 1 (yes) or 0 (no); {given} was given")
            case "day" | "week" | "yes_no":
                pass
        if self.at_most is not None and given > self.at_most:
            raise ValueError(f"{self.key} is {self.at_most} at most; {given} was given")

    @property
    def says_a_day(self) -> bool:
        """Whether a session can lie on it."""
        match self.unit:
            case "day" | "week":
                return True
            case "yes_no":
                return False

    def day(self, given: int) -> int:
        """The day number that a given day or week stands for."""
        match self.unit:
            case "week":
                return 7 * (given - 1)
            case "day" | "yes_no":
                return given


class PlannedSession(Part):
    """One session of the cohort's calendar; `integrates` names the dose a circle belongs to.

    `routes` are those a dose may be given by that day; none named: any of the protocol's.
    """

    key: SessionKey = Field(description="the session's key: its kind and its number")
    kind: SessionKind = Field(description="the kind of session")
    title: Sentence = Field(description="the title")
    at: Moment = Field(description="when it is held")
    duration: Window = Field(description="how long it lasts")
    integrates: SessionKey | None = Field(default=None, description="the dose that it integrates")
    routes: tuple[Route, ...] = Field(default=(), max_length=20, description="the routes by which it may be given")
    includes: tuple[Literal["intention", "contact_exchange", "maintenance_decision"], ...] = Field(
        default=(), max_length=3, description="what else belongs to it"
    )


Effect = Literal["blocks_first_dose", "holds_next_dose", "never_doubled", "none"]
BLOCKS_FIRST_DOSE: frozenset[Effect] = those(
    Effect, are=("blocks_first_dose",), are_not=("holds_next_dose", "never_doubled", "none")
)
HOLDS_NOTHING: frozenset[Effect] = those(
    Effect, are=("none",), are_not=("blocks_first_dose", "holds_next_dose", "never_doubled")
)


class Missed(Sourced):
    """What an absence from this kind of session does, and until when a make-up may close it (after the session)."""

    effect: Effect = Field(description="what an absence does")
    make_up_within: Window | None = Field(default=None, description="the time for a make-up, after the session")
    if_worse_ask: Role | None = Field(default=None, description="who decides when the person is worse")
    says: Sentence = Field(description="what staff are told")

    @property
    def holds_a_dose(self) -> bool:
        """Whether a dose waits for it to be made up or overridden."""
        match self.effect:
            case "blocks_first_dose" | "holds_next_dose":
                return True
            case "never_doubled" | "none":
                return False


class Advice(Sourced):
    """What a participant reads in each reminder of such a session, such as not to drive afterwards.

    It is a mail: it names no drug, no diagnosis, no group and no program.
    """

    id: Key = Field(description="the line's id")
    says: Sentence = Field(description="what participants are told")


class SessionRules(Part):
    """What holds for every session of a kind.

    `announce_before` is the lead at which the scheduler says it is due; `late_after` and `grace` (then a no-show) count
    from the planned start, `close_within` from the planned end; `remind_before` from the start, longest first.
    `checks` are confirmed of everybody before they join a session without a dose; a dose has a checklist of its own.
    """

    kind: SessionKind = Field(description="the kind of session")
    called: Sentence | None = added(default=None, description="what such a session is called in this program")
    checks: tuple[Criterion, ...] = added(
        default=(), max_length=MOST_CHECKS, description="what is confirmed of everybody before such a session"
    )
    announce_before: Duration = Field(description="how long before the start it is said to be due")
    remind_before: tuple[ForwardSpan, ...] = Field(
        default=(), max_length=20, description="the reminders before the start"
    )
    advice: tuple[Advice, ...] = Field(default=(), max_length=20, description="what participants are told beforehand")
    late_after: Cited[Duration] = Field(description="when somebody counts as late, after the planned start")
    grace: Cited[Duration] = Field(description="when somebody counts as absent, after the planned start")
    close_within: Cited[Window] = Field(description="the time to close it, after the planned end")
    missed: Missed = Field(description="what an absence does and how it is made up")

    def require_checks(self, confirmed: Collection[str]) -> None:
        """Refuse (`check_missing`) that somebody joins such a session before its checks were confirmed of them."""
        if missing := [check for check in self.checks if check.id not in confirmed]:
            said = "; ".join(f"{check.id}: {check.says}" for check in missing)
            raise Refused("check_missing", f"confirm before they join: {said}", field="checks")


Act = Literal["remind", "call", "second_call", "clinician_decides"]


class ChaseStep(Sourced):
    """One rung of a ladder: at `after` the item's due time (a measure's anchor), `owner` does `act`."""

    after: SignedSpan = Field(description="when, counted from the due time")
    act: Act = Field(description="what is done")
    owner: Role = Field(description="who does it")


AnswerKind = Literal["yes_no", "scale_0_10"]


class CheckInQuestion(Sourced):
    """Yes is 1 and no is 0; an answer of `signals_risk_from` or more opens a risk."""

    key: Key = Field(description="the question's key")
    says: Sentence = Field(description="what the participant is asked")
    answer: AnswerKind = Field(description="how it is answered")
    signals_risk_from: int | None = Field(
        default=None, ge=0, le=10, description="the answer from which it signals risk"
    )

    @property
    def highest(self) -> int:
        """The highest answer: yes is 1 and no is 0; a scale ends at 10."""
        match self.answer:
            case "yes_no":
                return 1
            case "scale_0_10":
                return 10


Follows = Literal["dose", "leaving"]
"""What a check-in follows: a dose that was given, or leaving the program."""


class CheckIn(Sourced):
    """Due `after` each given dose, or after the person left the program; overdue after `answer_within`.

    With `coalesce_with_next_dose` it gives way to the next dose's session day or check-in when it falls on that day.
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=32)] = Field(description="the check-in's key")
    follows: Follows = Field(description="what it follows")
    after: ForwardSpan = Field(description="how long after that it is asked")
    answer_within: Window = Field(description="the time to answer")
    coalesce_with_next_dose: bool = Field(
        default=False, description="whether it gives way to the next dose on the same day"
    )


class CheckIns(Part):
    asked: tuple[CheckIn, ...] = Field(max_length=50, description="the check-ins, and when they are asked")
    questions: tuple[CheckInQuestion, ...] = Field(min_length=1, max_length=100, description="the questions")
    chase: tuple[ChaseStep, ...] = Field(min_length=1, max_length=20, description="what is done while nobody answers")
