"""Scoring PHQ-9, GAD-7, PCL-5 and whatever else a protocol describes as items that are summed, reversed or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from shared.protocol.measures import Cluster, Instrument, ItemRisk, Subscale
from shared.refusal import Refused

Items = Sequence[int | None]


DECIMALS = 2
"""To which the mean of items is rounded."""


@dataclass(frozen=True)
class SubscaleScore:
    """The score of one subscale; `positive`: at or above its screening cut, None where it has none."""

    subscale: str
    score: float
    positive: bool | None


@dataclass(frozen=True)
class Score:
    """What the answers say. With an item missing there is no total, and nothing that rests on one.

    `positive`: at or above the instrument's screening cut. `provisional`: every symptom cluster is met
    (PCL-5: provisional PTSD). Both are None where the instrument says nothing. `subscales`: those with every item.
    """

    total: int | None
    band: str | None
    positive: bool | None
    provisional: bool | None
    missing: tuple[int, ...]
    subscales: tuple[SubscaleScore, ...] = ()


def score(instrument: Instrument, items: Items) -> Score:
    """Score one questionnaire; refuses a wrong number of items or one out of range."""
    _check(instrument, items)
    missing = tuple(number for number, item in enumerate(items, start=1) if item is None)
    given = [item for item in items if item is not None]
    scales = tuple(
        _subscale(instrument, one, items) for one in instrument.subscales if {*missing}.isdisjoint(one.items)
    )
    if missing:
        return Score(None, None, None, None, missing, scales)
    total = sum(instrument.scored(number, item) for number, item in enumerate(given, start=1))
    positive = None if instrument.screen_from is None else total >= instrument.screen_from.value
    provisional = all(met(cluster, given) for cluster in instrument.provisional) if instrument.provisional else None
    return Score(total, band(instrument, total), positive, provisional, (), scales)


def _subscale(instrument: Instrument, subscale: Subscale, items: Items) -> SubscaleScore:
    """Score one subscale, whose items are all answered."""
    scored = [instrument.scored(number, items[number - 1] or 0) for number in subscale.items]
    match subscale.score:
        case "sum":
            value: float = sum(scored)
        case "mean":
            value = round(fmean(scored), DECIMALS)
    positive = None if subscale.screen_from is None else value >= subscale.screen_from.value
    return SubscaleScore(subscale.id, value, positive)


def risks(instrument: Instrument, items: Items) -> list[ItemRisk]:
    """Return the items whose answer asks for a C-SSRS screener (PHQ-9 item 9 ≥ 1), complete or not."""
    return [risk for risk in instrument.item_risks if (items[risk.item - 1] or 0) >= risk.at_least]


def band(instrument: Instrument, total: int) -> str | None:
    """Return the severity band of a total."""
    reached = [band.says for band in instrument.bands if band.from_total <= total]
    return reached[-1] if reached else None


def met(cluster: Cluster, items: Sequence[int]) -> bool:
    """Enough items of the cluster reach the answer that counts."""
    return sum(item >= cluster.at_least for item in items[cluster.first - 1 : cluster.last]) >= cluster.count


def _check(instrument: Instrument, items: Items) -> None:
    if len(items) != instrument.items:
        said = f"{instrument.title} has {instrument.items} items; {len(items)} came (null = not answered)"
        raise Refused("wrong_number_of_items", said, status=422, field="items")
    for number, item in enumerate(items):
        if item is not None and not instrument.item_min <= item <= instrument.item_max:
            said = f"item {number + 1} is answered from {instrument.item_min} to {instrument.item_max}"
            raise Refused("out_of_range", said, status=422, field=f"items.{number}")
