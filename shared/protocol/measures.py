"""What is measured, when, and how an instrument is scored."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.protocol.base import Cited, Key, Part, Sentence, SessionKey, Sourced, added
from shared.protocol.calendar import Anchor, ChaseStep
from shared.protocol.spans import SignedSpan, Span, nominal_length

HIGHEST_ANSWER, MOST_COUNTED = 10, 10_000
"""Of an item of a questionnaire, and of a count."""

ItemNumber = Annotated[int, Field(ge=1)]
"""An item of a questionnaire, counted from 1."""


class Measure(Sourced):
    """A time of measurement. `opens`, `closes`, `reminders`, `chase` and `lost_after` all count from the anchor `at`.

    An answer after `closes` is late; after `lost_after` (default: `closes`) the measure is missed.
    A session named in `required_for` is not held before the measure is complete.
    With `only_if`, only cohorts that answered that input with yes are measured then.
    """

    key: Key = Field(description="the measure's key")
    title: Sentence = Field(description="the title")
    instruments: tuple[Key, ...] = Field(min_length=1, max_length=30, description="the questionnaires")
    at: Anchor = Field(description="the moment it is counted from")
    opens: SignedSpan = Field(description="when it opens, counted from that moment")
    closes: SignedSpan = Field(description="when it closes, counted from that moment")
    reminders: tuple[SignedSpan, ...] = Field(default=(), max_length=20, description="the reminders")
    chase: tuple[ChaseStep, ...] = Field(default=(), max_length=20, description="what is done while nobody answers")
    lost_after: SignedSpan | None = Field(default=None, description="when it is given up")
    required_for: tuple[SessionKey, ...] = Field(
        default=(), max_length=50, description="the sessions that need it complete"
    )
    offered_after_leaving: bool = Field(default=False, description="whether it is offered after leaving the program")
    only_if: Key | None = Field(default=None, description="the input that says whether a cohort is asked it")

    @model_validator(mode="after")
    def _window_is_a_window(self) -> Self:
        if self.only_if and self.required_for:
            raise ValueError(f"{self.key!r} cannot be required for a session: not every cohort is asked it")
        if nominal_length(self.closes) <= nominal_length(self.opens):
            raise ValueError(f"the window of {self.key!r} closes before it opens")
        if self.lost_after is not None and nominal_length(self.lost_after) < nominal_length(self.closes):
            raise ValueError(f"{self.key!r} would be lost before its window closes")
        return self

    @property
    def ends(self) -> Span:
        """When nobody waits for an answer any more, counted from the anchor."""
        return self.closes if self.lost_after is None else self.lost_after


class Band(Part):
    """A severity band from this total upwards."""

    from_total: int = Field(ge=0, description="the total from which it begins")
    says: Sentence = Field(description="what it is called")


class ItemRisk(Sourced):
    """Item `item` (1-based) answered with `at_least` or more asks for a C-SSRS screener and a clinician's task."""

    item: int = Field(ge=1, description="the item, counted from 1")
    at_least: int = Field(ge=1, description="the answer from which it asks for a C-SSRS screener")
    says: Sentence = Field(description="what it is about")


class Cluster(Part):
    """At least `count` of the items first…last (1-based, inclusive) answered with `at_least` or more."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(description="the cluster's name")
    first: int = Field(ge=1, description="its first item, counted from 1")
    last: int = Field(ge=1, description="its last item")
    count: int = Field(ge=1, description="how many of its items have to reach the answer")
    at_least: int = Field(ge=1, description="the answer that counts")


ScoreRule = Literal["sum", "mean"]
"""How the items of a subscale make its score."""


class Subscale(Part):
    """Some items of a questionnaire that have a score of their own, reversed where the questionnaire says so."""

    id: Key = Field(description="the subscale's id")
    title: Sentence = Field(description="the title")
    items: tuple[ItemNumber, ...] = Field(min_length=1, max_length=100, description="its items, counted from 1")
    score: ScoreRule = Field(description="how its items make its score")
    screen_from: Cited[float] | None = added(default=None, description="the score from which the screen is positive")
    reliable_change: Cited[float] | None = added(default=None, description="the change that counts as reliable")


class Instrument(Sourced):
    """A questionnaire with `items` items of `item_min`…`item_max`, whose total is their sum; a missing one leaves none.

    An item in `reversed` enters the total as `item_min` + `item_max` − answer. Answers are kept as they are given, and
    clusters and `item_risks` read them so. With `counts` it is a count: one item, whose answer is how many there were
    within `recall_days`.
    """

    id: Key = Field(description="the instrument's id")
    title: Sentence = Field(description="the title")
    items: int = Field(ge=1, le=100, description="the number of items")
    item_min: int = added(default=0, ge=0, le=HIGHEST_ANSWER, description="the lowest answer of an item")
    item_max: int = Field(ge=1, le=MOST_COUNTED, description="the highest answer of an item")
    reversed: tuple[ItemNumber, ...] = added(
        default=(), max_length=100, description="the items that are scored reversed, counted from 1"
    )
    recall_days: int = Field(ge=1, le=366, description="the days that the questions look back on")
    licence: Sentence = Field(description="the licence")
    bands: tuple[Band, ...] = Field(default=(), max_length=50, description="the severity bands")
    screen_from: Cited[int] | None = Field(default=None, description="the total from which the screen is positive")
    reliable_change: Cited[int] | None = Field(default=None, description="the change that counts as reliable")
    response_percent: Cited[int] | None = Field(
        default=None, description="the fall that counts as a response, in percent"
    )
    remission_below: Cited[int] | None = Field(default=None, description="the total below which it is remission")
    provisional: tuple[Cluster, ...] = Field(
        default=(), max_length=20, description="the clusters of a provisional diagnosis"
    )
    item_risks: tuple[ItemRisk, ...] = Field(
        default=(), max_length=100, description="the items that ask for a C-SSRS screener"
    )
    subscales: tuple[Subscale, ...] = added(
        default=(), max_length=30, description="groups of its items with a score of their own"
    )
    counts: Sentence | None = added(default=None, description="what is counted, with its unit and its days")
    loinc_panel: str | None = Field(default=None, description="the LOINC code of the panel")
    loinc_total: str | None = Field(default=None, description="the LOINC code of the total")

    @property
    def total_min(self) -> int:
        return self.items * self.item_min

    @property
    def total_max(self) -> int:
        return self.items * self.item_max

    def ends(self, subscale: Subscale) -> tuple[int, int]:
        """Return the lowest and the highest score of a subscale."""
        match subscale.score:
            case "sum":
                return len(subscale.items) * self.item_min, len(subscale.items) * self.item_max
            case "mean":
                return self.item_min, self.item_max

    def scored(self, item: int, answer: int) -> int:
        """Return what an answer to an item, counted from 1, adds to a score; its own inverse."""
        return self.item_min + self.item_max - answer if item in self.reversed else answer

    @model_validator(mode="after")
    def _counts_one_thing(self) -> Self:
        if self.counts is None and self.item_max > HIGHEST_ANSWER:
            raise ValueError(
                f"an item of {self.id!r} is answered up to {HIGHEST_ANSWER}; a count says what it `counts`"
            )
        if self.counts is not None and (self.items != 1 or self.item_min or self.reversed or self.subscales):
            raise ValueError(f"{self.id!r} is a count: it has one item, which begins at 0, and no more to score")
        return self

    @model_validator(mode="after")
    def _items_are_there(self) -> Self:
        if self.item_min >= self.item_max:
            raise ValueError(f"the answers of {self.id!r} are upside down: {self.item_min} to {self.item_max}")
        _check_items(self, self.reversed, "`reversed`")
        for subscale in self.subscales:
            _check_items(self, subscale.items, f"subscale {subscale.id!r}")
        return self

    @model_validator(mode="after")
    def _scores_are_possible(self) -> Self:
        starts = [band.from_total for band in self.bands]
        if starts != sorted(set(starts)):
            raise ValueError(f"the bands of {self.id!r} are not in rising order")
        if starts and starts[-1] > self.total_max:
            raise ValueError(f"a band of {self.id!r} begins at {starts[-1]}, above its highest total {self.total_max}")
        for risk in self.item_risks:
            if risk.item > self.items or not self.item_min < risk.at_least <= self.item_max:
                raise ValueError(
                    f"{self.id!r} has {self.items} items of {self.item_min}–{self.item_max}: "
                    f"item {risk.item} ≥ {risk.at_least} {'always holds' if self._holds(risk) else 'cannot happen'}"
                )
        for cluster in self.provisional:
            if not cluster.first <= cluster.last <= self.items:
                raise ValueError(f"cluster {cluster.name} of {self.id!r} is upside down or past item {self.items}")
        return self

    def _holds(self, risk: ItemRisk) -> bool:
        """Return whether every answer to an item that is there asks for a screener."""
        return risk.item <= self.items and risk.at_least <= self.item_min


def _check_items(instrument: Instrument, named: tuple[int, ...], where: str) -> None:
    """Raise ValueError where an item is named that the instrument does not have, or one is named twice."""
    for item in named:
        if item > instrument.items:
            raise ValueError(f"{instrument.id!r} has {instrument.items} items: {where} names item {item}")
        if named.count(item) > 1:
            raise ValueError(f"{where} of {instrument.id!r} names item {item} twice")
