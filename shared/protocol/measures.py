"""What is measured, when, and how an instrument is scored."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.protocol.base import Cited, Key, Offset, Part, Sentence, SessionKey, Sourced
from shared.protocol.calendar import Anchor, ChaseStep


class Measure(Sourced):
    """A time of measurement. `opens`, `closes`, `reminders`, `chase` and `lost_after` all count from the anchor `at`.

    An answer after `closes` is late; after `lost_after` (default: `closes`) the measure is missed.
    A session named in `required_for` is not held before the measure is complete.
    """

    key: Key
    title: Sentence
    instruments: tuple[Key, ...] = Field(min_length=1)
    at: Anchor
    opens: Offset
    closes: Offset
    reminders: tuple[Offset, ...] = ()
    chase: tuple[ChaseStep, ...] = ()
    lost_after: Offset | None = None
    required_for: tuple[SessionKey, ...] = ()
    offered_after_leaving: bool = False

    @model_validator(mode="after")
    def _window_is_a_window(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError(f"the window of {self.key!r} closes before it opens")
        if self.lost_after is not None and self.lost_after < self.closes:
            raise ValueError(f"{self.key!r} would be lost before its window closes")
        return self

    @property
    def ends(self) -> Offset:
        """When nobody waits for an answer any more, counted from the anchor."""
        return self.closes if self.lost_after is None else self.lost_after


class Band(Part):
    """A severity band from this total upwards."""

    from_total: int = Field(ge=0)
    says: Sentence


class ItemRisk(Sourced):
    """Item `item` (1-based) answered with `at_least` or more asks for a C-SSRS screener and a clinician's task."""

    item: int = Field(ge=1)
    at_least: int = Field(ge=1)
    says: Sentence


class Cluster(Part):
    """At least `count` of the items first…last (1-based, inclusive) answered with `at_least` or more."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    first: int = Field(ge=1)
    last: int = Field(ge=1)
    count: int = Field(ge=1)
    at_least: int = Field(ge=1)


class Instrument(Sourced):
    """A questionnaire with `items` items of 0…`item_max`; missing items leave no total."""

    id: Key
    title: Sentence
    items: int = Field(ge=1, le=100)
    item_max: int = Field(ge=1, le=10)
    recall_days: int = Field(ge=1, le=366)
    licence: Sentence
    bands: tuple[Band, ...] = ()
    screen_from: Cited[int] | None = None
    reliable_change: Cited[int] | None = None
    response_percent: Cited[int] | None = None
    remission_below: Cited[int] | None = None
    provisional: tuple[Cluster, ...] = ()
    item_risks: tuple[ItemRisk, ...] = ()
    loinc_panel: str | None = None
    loinc_total: str | None = None

    @property
    def total_max(self) -> int:
        return self.items * self.item_max

    @model_validator(mode="after")
    def _scores_are_possible(self) -> Self:
        starts = [band.from_total for band in self.bands]
        if starts != sorted(set(starts)):
            raise ValueError(f"the bands of {self.id!r} are not in rising order")
        if starts and starts[-1] > self.total_max:
            raise ValueError(f"a band of {self.id!r} begins at {starts[-1]}, above its highest total {self.total_max}")
        for risk in self.item_risks:
            if risk.item > self.items or risk.at_least > self.item_max:
                raise ValueError(
                    f"{self.id!r} has {self.items} items of 0–{self.item_max}: "
                    f"item {risk.item} ≥ {risk.at_least} cannot happen"
                )
        for cluster in self.provisional:
            if not cluster.first <= cluster.last <= self.items:
                raise ValueError(f"cluster {cluster.name} of {self.id!r} is upside down or past item {self.items}")
        return self
