"""Screening rules ask what can be answered, and could hold for somebody and not for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shared.document import Path
from shared.protocol.base import near_miss, walk
from shared.protocol.bounds import Bounds, fact_type
from shared.protocol.checks.problem import Problem
from shared.protocol.expression import FactIs, HasCondition, UsesSubstance
from shared.protocol.vocabulary import Condition

if TYPE_CHECKING:
    from shared.protocol.model import Protocol


def conditions_are_known(p: Protocol) -> Iterator[Problem]:
    for path, part in walk(p):
        if isinstance(part, HasCondition) and (sentence := p.screening.unknown_condition(part.condition)):
            yield Problem((*path, "condition"), sentence)


def own_conditions_are_new_and_asked_about(p: Protocol) -> Iterator[Problem]:
    asked = {part.condition for _, part in walk(p.screening) if isinstance(part, HasCondition)}
    for index, own in enumerate(p.screening.conditions):
        path = ("screening", "conditions", index)
        if own.id in list(Condition):
            yield Problem((*path, "id"), f"{own.id!r} is a condition of every protocol: it is not declared again")
        elif own.id not in asked:
            yield Problem(path, f"no rule asks about the condition {own.id!r}: nobody would learn of it")


def comparisons_fit_their_answer(p: Protocol) -> Iterator[Problem]:
    for path, part in walk(p):
        if isinstance(part, FactIs):
            yield from _misfit(path, part)


def _misfit(path: Path, part: FactIs) -> Iterator[Problem]:
    kind = fact_type(part.fact)
    threshold = next((n for n in (part.above, part.at_least, part.below, part.at_most) if n is not None), None)
    if threshold is not None:
        if not isinstance(kind, Bounds):
            yield Problem(path, f"{part.fact!r} is no number: compare it with `is` or `one_of`")
        elif not kind.splits(part):
            yield Problem(path, f"{part.fact!r} lies from {kind.lowest:g} to {kind.highest:g}: this never varies")
        return
    for value in (part.equals,) if part.one_of is None else part.one_of:
        if sentence := _not_an_answer(kind, value):
            yield Problem(path, f"{part.fact!r} {sentence}")


def _not_an_answer(kind: Bounds | type, value: Any) -> str | None:
    if isinstance(kind, Bounds):
        within = isinstance(value, int | float) and not isinstance(value, bool) and kind.holds(value)
        return None if within else f"is a number from {kind.lowest:g} to {kind.highest:g}, never {value!r}"
    if issubclass(kind, StrEnum):
        known = [str(word) for word in kind]
        return None if value in known else f"is one of {', '.join(known)}{near_miss(str(value), known)}"
    if kind is bool:
        return None if isinstance(value, bool) else f"is true or false, never {value!r}"
    return "cannot be compared: use age_years"


def remission_is_not_active_use(p: Protocol) -> Iterator[Problem]:
    for path, part in walk(p):
        if isinstance(part, UsesSubstance) and part.active and part.remission_under is not None:
            yield Problem(path, "a use that is active is not in remission: this never holds")
