"""The outcome table: how a group fares on each questionnaire at each measurement point, and how many are missing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from uuid import UUID

from shared.protocol.measures import Measure
from shared.protocol.model import Protocol

DECIMALS = 2


@dataclass(frozen=True)
class Outcome:
    """`n` complete answers, `missing` people without one; sample standard deviation, from two answers on."""

    instrument: str
    measure: str
    n: int
    missing: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True)
class Answered:
    """One complete questionnaire of one person."""

    program_id: UUID
    measure: str
    instrument: str
    total: int


def summary(instrument: str, measure: str, totals: list[int], people: int) -> Outcome:
    """One cell: of `people`, those with a total, and what their totals are like."""
    mean = round(fmean(totals), DECIMALS) if totals else None
    sd = round(stdev(totals), DECIMALS) if len(totals) > 1 else None
    return Outcome(instrument, measure, len(totals), people - len(totals), mean, sd)


def table(reached: Mapping[UUID, Iterable[Measure]], answered: Iterable[Answered]) -> list[Outcome]:
    """Each instrument at each measurement point, over the people who reached their baseline (`reached`).

    Who left, or was lost, counts as missing from then on: nobody disappears from the denominator.
    """
    totals: dict[tuple[str, str], list[int]] = {}
    people: dict[tuple[str, str], int] = {}
    for measures in reached.values():
        for measure in measures:
            for instrument in measure.instruments:
                cell = (instrument, measure.key)
                people[cell] = people.get(cell, 0) + 1
    for answer in answered:
        if answer.program_id in reached:
            totals.setdefault((answer.instrument, answer.measure), []).append(answer.total)
    return [summary(*cell, totals.get(cell, []), count) for cell, count in people.items()]


def asked_of(protocol: Protocol, opened: Collection[str]) -> list[Measure]:
    """The measures of a cohort. One for some cohorts only is this one's when it was `opened` for any of its people."""
    return [measure for measure in protocol.measures if measure.only_if is None or measure.key in opened]


def baseline(protocol: Protocol) -> str | None:
    """The key of a protocol's first measurement point."""
    return protocol.measures[0].key if protocol.measures else None
