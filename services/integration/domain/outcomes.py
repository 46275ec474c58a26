"""The outcome table: how a group fares on each questionnaire at each measurement point, and how many are missing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import NamedTuple
from uuid import UUID

from shared.protocol.model import Protocol

DECIMALS = 2


class Cell(NamedTuple):
    """One score at one measurement point: the total of a questionnaire, or one of its subscales."""

    instrument: str
    measure: str
    subscale: str | None = None


@dataclass(frozen=True)
class Outcome:
    """`n` complete answers, `missing` people without one; sample standard deviation, from two answers on.

    `subscale` None: the questionnaire's total.
    """

    instrument: str
    measure: str
    n: int
    missing: int
    mean: float | None
    sd: float | None
    subscale: str | None = None


@dataclass(frozen=True)
class Answered:
    """One score of a complete questionnaire of one person."""

    program_id: UUID
    cell: Cell
    score: float


def summary(cell: Cell, scores: list[float], people: int) -> Outcome:
    """Return one cell: of `people`, those with a score, and what their scores are like."""
    mean = round(fmean(scores), DECIMALS) if scores else None
    sd = round(stdev(scores), DECIMALS) if len(scores) > 1 else None
    return Outcome(cell.instrument, cell.measure, len(scores), people - len(scores), mean, sd, cell.subscale)


def table(reached: Mapping[UUID, Iterable[Cell]], answered: Iterable[Answered]) -> list[Outcome]:
    """Return each score at each measurement point, over the people who reached their baseline (`reached`).

    Who left, or was lost, counts as missing from then on: nobody disappears from the denominator.
    """
    people = Counter(cell for cells in reached.values() for cell in cells)
    scores: dict[Cell, list[float]] = defaultdict(list)
    for answer in answered:
        if answer.program_id in reached:
            scores[answer.cell].append(answer.score)
    return [summary(cell, scores[cell], count) for cell, count in people.items()]


def asked_of(protocol: Protocol, opened: Collection[str]) -> list[Cell]:
    """Return the scores that are asked of a cohort, each questionnaire's total before its subscales.

    A measure for some cohorts only is this one's when it was `opened` for any of its people.
    """
    return [
        Cell(instrument, measure.key, subscale)
        for measure in protocol.measures
        if measure.only_if is None or measure.key in opened
        for instrument in measure.instruments
        for subscale in (None, *(one.id for one in protocol.instrument(instrument).subscales))
    ]


def baseline(protocol: Protocol) -> str | None:
    """Return the key of a protocol's first measurement point."""
    return protocol.measures[0].key if protocol.measures else None
