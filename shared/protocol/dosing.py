"""How a dosing session is kept safe: limits, observations, discharge, staffing."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.protocol.base import CONVENTION, Cited, Count, Criterion, Key, Part, Sentence, Sourced, added
from shared.protocol.spans import Days, Duration, Window
from shared.protocol.vocabulary import Role, Route, Vital

DoseUnit = Literal["mg/kg", "mg"]


class RouteRange(Sourced):
    """The usual range of one dose; both ends null where none is published: the prescriber's order stands alone."""

    route: Route = Field(description="the route")
    unit: DoseUnit = Field(description="the unit of the range")
    low: float | None = Field(default=None, gt=0, description="the lowest usual dose")
    high: float | None = Field(default=None, gt=0, description="the highest usual dose")

    @model_validator(mode="after")
    def _range_is_upright(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError(f"the {self.route} range has one end only: give both, or neither")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"the {self.route} range is upside down: {self.low} to {self.high} {self.unit}")
        return self


class Arm(Sourced):
    """A group of participants whose dose has a range of its own; everything else is the same for all.

    `routes` gives every route of the program a range within the program's, with both ends.
    """

    id: Key = Field(description="the arm's id")
    title: Sentence = Field(description="what it is called")
    routes: tuple[RouteRange, ...] = Field(
        min_length=1, max_length=20, description="the range of one dose in this arm by route"
    )


Level = Literal["repeat", "prescriber", "hard_hold", "emergency", "alert"]


class VitalLimit(Sourced):
    """A vital sign outside its limit. Exactly one of `below` (<), `above` (>) and `from_value` (≥).

    `repeat`: rest, repeat, then the prescriber decides · `prescriber`: held until the prescriber decides ·
    `hard_hold`: no dose today · `emergency`: at any time of the session day. Units: see `Vital`.
    """

    vital: Vital = Field(description="the vital sign")
    level: Level = Field(description="what happens outside the limit")
    below: int | None = Field(default=None, description="outside when below")
    above: int | None = Field(default=None, description="outside when above")
    from_value: int | None = Field(default=None, description="outside from this value")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if sum(limit is not None for limit in (self.below, self.above, self.from_value)) != 1:
            raise ValueError(f"the {self.level} limit of {self.vital} has exactly one of: below, above, from_value")
        return self


class Repeats(Part):
    """After a `repeat` limit: rest for `rest_at_least` to `rest_at_most`, measure again `times` times."""

    rest_at_least: Cited[Duration] = Field(description="the shortest rest before vital signs are measured again")
    rest_at_most: Cited[Duration] = Field(description="the longest rest before vital signs are measured again")
    times: Cited[Count] = Field(description="how often vital signs are measured again")


class Discharge(Part):
    """Nobody leaves sooner than `not_before` after the last dose of the day, nor with a criterion open."""

    not_before: Cited[Duration] = Field(description="the shortest stay after the last dose of the day")
    criteria: tuple[Criterion, ...] = Field(
        min_length=1, max_length=100, description="what has to hold before somebody leaves"
    )
    signed_by: tuple[Role, ...] = Field(min_length=1, max_length=10, description="who signs a discharge")


class Staffing(Part):
    on_site: tuple[Role, ...] = Field(min_length=1, max_length=10, description="who is on site")
    participants_per_monitor: Cited[Count] = Field(description="the most participants for each monitor")
    minimum_staff: Cited[Count] = Field(description="the fewest staff")


FORESEEN_BEFORE = Cited[Window](value=timedelta(days=14), source=CONVENTION, needs_medical_director_signoff=True)
"""Time to reach a person, to ask them again and to sign, where a protocol says nothing."""


class Dosing(Part):
    """Everything the session service needs to run a dose safely; `observations` count from administration."""

    doses: int = Field(ge=1, le=52, description="the number of doses")
    min_interval: Cited[Duration] = Field(description="the minimum interval between doses")
    routes: tuple[RouteRange, ...] = Field(
        min_length=1, max_length=20, description="the usual range of one dose by route"
    )
    arms: tuple[Arm, ...] = added(default=(), max_length=20, description="the arms, each with its range of one dose")
    checklist: tuple[Criterion, ...] = Field(
        min_length=1, max_length=100, description="what is confirmed before a dose"
    )
    weight_dated_within: Cited[Days] = Field(description="how old a weight may be")
    vitals: tuple[VitalLimit, ...] = Field(min_length=1, max_length=60, description="the limits of vital signs")
    repeats: Repeats = Field(description="what happens after a limit that asks to repeat")
    observations: Cited[Annotated[tuple[Duration, ...], Field(max_length=200)]] = Field(
        description="the observations after a dose"
    )
    observation_grace: Cited[Duration] = Field(description="how late an observation may be")
    discharge: Discharge = Field(description="when somebody may leave")
    staffing: Staffing = Field(description="who has to be there")
    verifier_differs: Cited[bool] = Field(description="whether a second person verifies the dose")
    clearance_valid_for: Cited[Window] = Field(description="how long a go stays valid")
    foreseen_before: Cited[Window] = Field(
        default=FORESEEN_BEFORE, description="how long before a dose a refusal that is known already is somebody's task"
    )

    @field_validator("arms")
    @classmethod
    def _nobody_is_alone(cls, arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
        if len(arms) == 1:
            raise ValueError(f"{arms[0].id!r} is the only arm: give two or more, or none")
        return arms

    @model_validator(mode="after")
    def _observations_rise(self) -> Self:
        times = self.observations.value
        if list(times) != sorted(set(times)):
            raise ValueError("the observations are not in rising order")
        return self
