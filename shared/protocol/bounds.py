"""What the answer at each fact path can be: a number between two ends, true or false, or one of a few words."""

from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, get_args

from shared.protocol.answers import Answers, Readiness, ScreeningAnswers
from shared.protocol.expression import FactIs


class Bounds(NamedTuple):
    """The lowest and the highest number that can be answered."""

    lowest: float
    highest: float

    def holds(self, number: float) -> bool:
        return self.lowest <= number <= self.highest

    def splits(self, comparison: FactIs) -> bool:
        """Whether some answers meet the comparison and others do not."""
        lower = comparison.at_least if comparison.at_least is not None else comparison.below
        if lower is not None:
            return self.lowest < lower <= self.highest
        upper = comparison.above if comparison.above is not None else comparison.at_most
        return upper is not None and self.lowest <= upper < self.highest


_DERIVED = {
    "age_years": Bounds(0, 120),
    "bmi": Bounds(4, 350),
    "readiness.total": Bounds(0, 4 * len(Readiness.model_fields)),
    "fit.total": Bounds(0, 20),
}
"""`bmi` from the least weight at the greatest height to the greatest at the least; five fit questions of 0–4."""


@cache
def fact_type(path: str) -> Bounds | type:
    """Bounds for a number; else bool, date or the enumeration of its words."""
    if path in _DERIVED:
        return _DERIVED[path]
    *parents, name = path.split(".")
    model: type[Answers] = ScreeningAnswers
    for parent in parents:
        model = _plain(model.model_fields[parent].annotation)
    field = model.model_fields[name]
    kind = _plain(field.annotation)
    if issubclass(kind, bool | StrEnum | date):
        return kind
    ends = {end: getattr(limit, end) for limit in field.metadata for end in ("ge", "le") if hasattr(limit, end)}
    return Bounds(ends["ge"], ends["le"])


def _plain(annotation: Any) -> type:
    """The type itself, whether or not the answer may be missing."""
    given: type = next((part for part in get_args(annotation) if part is not type(None)), annotation)
    return given
