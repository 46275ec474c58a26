"""How a dosing session is kept safe: limits, observations, discharge, staffing."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.protocol.base import Cited, Duration, Key, Part, Sentence, Sourced
from shared.protocol.words import Role, Route, Vital


class RouteRange(Sourced):
    """The usual range of one dose; both ends null where none is published: the prescriber's order stands alone."""

    route: Route
    unit: Literal["mg/kg", "mg"]
    low: float | None = Field(default=None, gt=0)
    high: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _range_is_upright(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError(f"the {self.route} range has one end only: give both, or neither")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"the {self.route} range is upside down: {self.low} to {self.high} {self.unit}")
        return self


class VitalLimit(Sourced):
    """A vital sign outside its limit. Exactly one of `below` (<), `above` (>) and `from_value` (≥).

    `repeat`: rest, repeat, then the prescriber decides · `prescriber`: held until the prescriber decides ·
    `hard_hold`: no dose today · `emergency`: at any time of the session day. Units: see `Vital`.
    """

    vital: Vital
    level: Literal["repeat", "prescriber", "hard_hold", "emergency", "alert"]
    below: int | None = None
    above: int | None = None
    from_value: int | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if sum(limit is not None for limit in (self.below, self.above, self.from_value)) != 1:
            raise ValueError(f"the {self.level} limit of {self.vital} has exactly one of: below, above, from_value")
        return self


class Criterion(Sourced):
    """One line of a checklist that a named person confirms."""

    id: Key
    says: Sentence


class Repeats(Part):
    """After a `repeat` limit: rest for `rest_at_least` to `rest_at_most`, measure again `times` times."""

    rest_at_least: Cited[Duration]
    rest_at_most: Cited[Duration]
    times: Cited[int]


class Discharge(Part):
    """Nobody leaves sooner than `not_before` after the last dose of the day, nor with a criterion open."""

    not_before: Cited[Duration]
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    signed_by: tuple[Role, ...] = Field(min_length=1)


class Staffing(Part):
    on_site: tuple[Role, ...] = Field(min_length=1)
    participants_per_monitor: Cited[int]
    minimum_staff: Cited[int]


class Dosing(Part):
    """Everything the session service needs to run a dose safely; `observations` count from administration."""

    doses: int = Field(ge=1, le=52)
    min_interval: Cited[Duration]
    routes: tuple[RouteRange, ...] = Field(min_length=1)
    checklist: tuple[Criterion, ...] = Field(min_length=1)
    weight_dated_within: Cited[Duration]
    vitals: tuple[VitalLimit, ...] = Field(min_length=1, max_length=60)
    repeats: Repeats
    observations: Cited[tuple[Duration, ...]]
    observation_grace: Cited[Duration]
    discharge: Discharge
    staffing: Staffing
    verifier_differs: Cited[bool]
    clearance_valid_for: Cited[Duration]

    @model_validator(mode="after")
    def _observations_rise(self) -> Self:
        times = self.observations.value
        if list(times) != sorted(set(times)):
            raise ValueError("the observations are not in rising order")
        return self
