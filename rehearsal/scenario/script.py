"""What a scenario is made of: people, cohorts, and what goes differently."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rehearsal.referrals import Referral, StoryDay
from shared.events.intake import ScreeningDecision
from shared.events.scheduler import State
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import Modality, RiskLevel
from shared.sites import Site
from shared.vocabulary import those

FIFTY_TWO_WEEKS = timedelta(weeks=52)
"""A scenario is moved by whole 52 weeks: Mondays stay Mondays, and clocks change in the same weeks for many years."""

WITHOUT_A_GROUP = those(Modality, are=(Modality.INDIVIDUAL,), are_not=(Modality.GROUP, Modality.COMBINED))
"""Who is suggested this is redirected: a cohort is a group."""

Reason = Annotated[str, Field(min_length=3, max_length=300)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Absence(Part):
    """Not there: told in advance, or a no-show; and how staff close it."""

    item: str
    how: Literal["told", "no_show"]
    remedy: Literal["make_up", "override", "go_on"]
    reason: Reason


class BloodPressure(Part):
    """mmHg, as measured at the dose session: on arrival, then after each rest."""

    item: str
    readings: Annotated[tuple[tuple[int, int], ...], Field(min_length=2, max_length=4)]
    settles: bool


class Signal(Part):
    """An answer that signals risk: in a check-in (`answers`), or one question of a questionnaire.

    `c_ssrs` is what the clinician then finds; `page` is how fast the first person on call acknowledges.
    """

    item: str
    answers: Mapping[str, int] = Field(default_factory=dict)
    instrument: str | None = None
    question: int | None = None
    score: int | None = None
    c_ssrs: RiskLevel = RiskLevel.LOW
    page: Literal["in_time", "late"] = "in_time"
    response: Reason


class Silence(Part):
    """A check-in or measurement point that nobody answers, whoever asks."""

    item: str
    clinician: Literal["close", "welfare_check"] = "close"
    reason: Reason


class AdverseEvent(Part):
    """CTCAE v5 term and grade, seen `after_minutes` the dose."""

    item: str
    term: str = Field(min_length=2, max_length=80)
    grade: int = Field(ge=1, le=5)
    serious: bool = False
    after_minutes: int = Field(ge=0, le=240)


class Withdrawal(Part):
    """Leaves on the Thursday of this week of the cohort's program: week 1 begins on its start date, 0 a week before."""

    week: int = Field(ge=-8, le=52)
    reason: Reason


class Correction(Part):
    """Answers that turn out to have been wrong, on the Thursday of this week of the cohort's program."""

    week: int = Field(ge=1, le=52)
    answers: Annotated[Mapping[str, Any], Field(min_length=1)]
    reason: Reason


class Person(Part):
    """What one person does differently; nothing said is the ordinary path, and it ends `completed`.

    `comes_after_all` are preparations and doses that they said they would miss, and stood there in time. `stops_at` is
    the measure whose mail they answer with STOP: no mail about questionnaires comes any more.
    """

    note: str = ""
    forms: Literal["submitted", "never_finished"] = "submitted"
    decision: ScreeningDecision = "eligible"
    decision_reason: Reason | None = None
    seat: Literal["accepts", "declines"] = "accepts"
    absences: tuple[Absence, ...] = ()
    comes_after_all: tuple[str, ...] = ()
    blood_pressure: tuple[BloodPressure, ...] = ()
    signals: tuple[Signal, ...] = ()
    silent: tuple[Silence, ...] = ()
    answers_late: tuple[str, ...] = ()
    stops_at: str | None = None
    adverse_events: tuple[AdverseEvent, ...] = ()
    withdraws: Withdrawal | None = None
    referred_again_as: str | None = None
    corrects: Correction | None = None
    review: Literal["continue", "withdraw"] = "continue"
    ends: State = "completed"

    def absence(self, item: str) -> Absence | None:
        return next((absence for absence in self.absences if absence.item == item), None)

    def pressure(self, item: str) -> BloodPressure | None:
        return next((pressure for pressure in self.blood_pressure if pressure.item == item), None)

    def signal(self, item: str) -> Signal | None:
        return next((signal for signal in self.signals if signal.item == item), None)

    def silence(self, item: str) -> Silence | None:
        return next((silence for silence in self.silent if silence.item == item), None)


class Cohort(Part):
    """A group that the coordinator opens: `starts_on` is day 0 of the protocol, `capacity` in seats.

    `opens_on` is when it begins to take people; nothing said is before the first referral.
    """

    name: str = Field(min_length=1, max_length=60)
    site: str
    starts_on: StoryDay
    opens_on: StoryDay | None = None
    capacity: int = Field(ge=1, le=100)
    theme: str | None = Field(default=None, max_length=100)
    inputs: Mapping[str, int] = Field(default_factory=dict)

    def moved(self, by: timedelta) -> "Cohort":
        """The same group, later."""
        opens_on = self.opens_on + by if self.opens_on else None
        return self.model_copy(update={"starts_on": self.starts_on + by, "opens_on": opens_on})


class Script(Part):
    """scenario.yaml; `before` is a questionnaire's mean total at the first measure, where a publication gives one."""

    title: str
    before: Mapping[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    people: Mapping[str, Person] = Field(default_factory=dict)


class Cohorts(Part):
    """cohorts.yaml"""

    cohorts: Annotated[tuple[Cohort, ...], Field(min_length=1)]


ORDINARY = Person()


@dataclass(frozen=True)
class Scenario:
    """Everything a rehearsal is told: the people, their answers, the cohorts, and what goes differently."""

    protocol: Protocol
    sites: Mapping[str, Site]
    referrals: tuple[Referral, ...]
    answers: Mapping[str, ScreeningAnswers]
    cohorts: tuple[Cohort, ...]
    people: Mapping[str, Person] = field(default_factory=dict)
    title: str = ""
    before: Mapping[str, float] = field(default_factory=dict)

    def person(self, reference: str) -> Person:
        return self.people.get(reference, ORDINARY)

    def protocol_of(self, cohort: Cohort) -> Protocol:
        """The protocol as that group lives through it, with its inputs in place."""
        return self.protocol.with_inputs(cohort.inputs) if self.protocol.inputs else self.protocol

    @property
    def begins_on(self) -> date:
        return min(referral.referred_on for referral in self.referrals)

    def not_before(self, now: datetime) -> "Scenario":
        """The same scenario, moved by as many whole 52 weeks as it takes for nobody to be referred in the past."""
        late = now.date() + timedelta(days=2) - self.begins_on
        by = -(-late // FIFTY_TWO_WEEKS) * FIFTY_TWO_WEEKS
        if by <= timedelta(0):
            return self
        return replace(
            self,
            referrals=tuple(referral.moved(by) for referral in self.referrals),
            cohorts=tuple(cohort.moved(by) for cohort in self.cohorts),
        )
