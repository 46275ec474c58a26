"""The dose day: promised and planned doses, ranges and limits the right way up and in their own unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from shared.document import Path
from shared.protocol.checks.calendar import of_kind
from shared.protocol.checks.problem import Problem, unknown
from shared.protocol.dosing import Arm, DoseUnit, Level, RouteRange, VitalLimit
from shared.protocol.vocabulary import ON_SITE, SessionKind, Vital
from shared.vocabulary import total

if TYPE_CHECKING:
    from shared.protocol.model import Protocol

MEASURABLE = {
    Vital.SYSTOLIC: (40, 300),
    Vital.DIASTOLIC: (20, 200),
    Vital.HEART_RATE: (20, 250),
    Vital.RESPIRATORY_RATE: (2, 80),
    Vital.SPO2: (50, 100),
}
"""What an instrument can show, in the unit of the vital sign: a limit beyond it is in another unit."""

PLAUSIBLE = {"mg/kg": (0.01, 20.0), "mg": (5.0, 2000.0)}
"""Far wider than any clinical range: numbers outside were meant in the other unit."""

RANKS: Mapping[Level, int | None] = total(
    Level, {"repeat": 0, "prescriber": 1, "hard_hold": 2, "emergency": 3, "alert": None}
)
"""How bad it is to be outside a limit; an alert is beside the others."""
OTHER_UNIT: Mapping[DoseUnit, DoseUnit] = total(DoseUnit, {"mg/kg": "mg", "mg": "mg/kg"})


def doses_have_a_dosing_section(p: Protocol) -> Iterator[Problem]:
    if p.dosing is None:
        for index, dose in of_kind(p, SessionKind.DOSE):
            yield Problem(("sessions", index), f"{dose.key!r} is planned but there is no `dosing` section")


def promised_doses_are_planned(p: Protocol) -> Iterator[Problem]:
    planned = len(of_kind(p, SessionKind.DOSE))
    if p.dosing and planned != p.dosing.doses:
        yield Problem(("dosing", "doses"), f"{p.dosing.doses} doses are promised but {planned} are planned")


def planned_routes_are_offered(p: Protocol) -> Iterator[Problem]:
    known = {usual.route for usual in p.dosing.routes} if p.dosing else set()
    for index, planned in enumerate(p.sessions):
        for n, route in enumerate(planned.routes):
            if route not in known or planned.kind != SessionKind.DOSE:
                sentence = f"{planned.key!r} cannot be given {route}: `dosing.routes` has {', '.join(sorted(known))}"
                yield Problem(("sessions", index, "routes", n), sentence)


def dose_ranges_fit_their_unit(p: Protocol) -> Iterator[Problem]:
    for path, usual in _ranges(p):
        lowest, highest = PLAUSIBLE[usual.unit]
        if usual.low is not None and usual.high is not None and not lowest <= usual.low <= usual.high <= highest:
            sentence = f"{usual.low:g} to {usual.high:g} {usual.unit} is no dose for a person"
            sentence = f"{sentence}; was {OTHER_UNIT[usual.unit]} meant?"
            yield Problem((*path, "unit"), sentence)


def arms_give_the_routes_of_the_program(p: Protocol) -> Iterator[Problem]:
    """An arm changes ranges and no route: what it left out would be read as the program's range, or as not given."""
    offered = [str(usual.route) for usual in p.dosing.routes] if p.dosing else []
    for path, arm in _arms(p):
        for index, ranged in enumerate(arm.routes):
            yield from unknown((*path, "routes", index, "route"), str(ranged.route), offered, "`dosing.routes`")
        if left_out := [route for route in offered if route not in {ranged.route for ranged in arm.routes}]:
            yield Problem((*path, "routes"), f"{arm.id!r} gives no range for {', '.join(left_out)}: give it one")


def arms_narrow_the_range(p: Protocol) -> Iterator[Problem]:
    """The program's range is what nobody's dose leaves, in whatever arm; an open range is filled in by every arm."""
    program = {usual.route: usual for usual in p.dosing.routes} if p.dosing else {}
    for path, arm in _arms(p):
        for index, ranged in enumerate(arm.routes):
            usual = program.get(ranged.route)
            if usual and (sentence := _wider(ranged, usual)):
                yield Problem((*path, "routes", index), f"the {ranged.route} range of {arm.id!r} {sentence}")


def _wider(ranged: RouteRange, usual: RouteRange) -> str | None:
    """Say in what an arm's range is not one within the program's range of the same route; None when it is."""
    if ranged.low is None or ranged.high is None:
        return "is open: an arm is the range of its dose, so give both ends"
    if ranged.unit != usual.unit:
        return f"is in {ranged.unit}, and the program's in {usual.unit}: say both in one unit"
    if usual.low is None or usual.high is None or usual.low <= ranged.low < ranged.high <= usual.high:
        return None
    said = f"{ranged.low:g} to {ranged.high:g} {ranged.unit}"
    return f"is {said}, outside the program's {usual.low:g} to {usual.high:g} {usual.unit}"


def limits_fit_their_unit(p: Protocol) -> Iterator[Problem]:
    for index, limit in _limits(p):
        lowest, highest = MEASURABLE[limit.vital]
        if not lowest <= _number(limit) <= highest:
            sentence = f"{limit.vital.replace('_', ' ')} is measured from {lowest} to {highest}, never {_number(limit)}"
            yield Problem(("dosing", "vitals", index), sentence)


def limits_leave_room(p: Protocol) -> Iterator[Problem]:
    """At one level, what is too low lies under what is too high, and each is said once."""
    for (_, one), (index, other) in combinations(_limits(p), 2):
        if (one.vital, one.level) != (other.vital, other.level):
            continue
        if (one.below is None) == (other.below is None):
            yield Problem(("dosing", "vitals", index), f"the {other.level} limit of {other.vital} is there twice")
        elif _room(one, other) < 0:
            yield Problem(("dosing", "vitals", index), f"no {other.vital} would be within the {other.level} limits")


def worse_limits_lie_further_out(p: Protocol) -> Iterator[Problem]:
    ranked = [(index, limit, rank) for index, limit in _limits(p) if (rank := RANKS[limit.level]) is not None]
    for index, milder, lower in ranked:
        for _, worse, higher in ranked:
            if milder.vital != worse.vital or lower >= higher:
                continue
            same_side = (milder.below is None) == (worse.below is None)
            beyond = _number(milder) < _number(worse) if milder.below is not None else _number(milder) > _number(worse)
            if same_side and beyond:
                sentence = f"the {milder.vital} limit for {milder.level} lies beyond the one for {worse.level}"
                yield Problem(("dosing", "vitals", index), sentence)


def rest_is_a_range(p: Protocol) -> Iterator[Problem]:
    if p.dosing and p.dosing.repeats.rest_at_least.value > p.dosing.repeats.rest_at_most.value:
        yield Problem(("dosing", "repeats"), "the rest is upside down: at least is longer than at most")


def staff_on_site_can_say_so(p: Protocol) -> Iterator[Problem]:
    """The staffing rule never sees whoever cannot say that they are on site: it would hold every dose."""
    who = ", ".join(sorted(ON_SITE))
    for index, role in enumerate(p.dosing.staffing.on_site if p.dosing else ()):
        if role not in ON_SITE:
            sentence = f"no {role} can say that they are on site, so nobody would be dosed: name one of {who}"
            yield Problem(("dosing", "staffing", "on_site", index), sentence)


def _arms(p: Protocol) -> Iterator[tuple[Path, Arm]]:
    for index, arm in enumerate(p.dosing.arms if p.dosing else ()):
        yield ("dosing", "arms", index), arm


def _ranges(p: Protocol) -> Iterator[tuple[Path, RouteRange]]:
    """The program's ranges and those of its arms, each with its path in the document."""
    for index, usual in enumerate(p.dosing.routes if p.dosing else ()):
        yield ("dosing", "routes", index), usual
    for path, arm in _arms(p):
        for index, ranged in enumerate(arm.routes):
            yield (*path, "routes", index), ranged


def _limits(p: Protocol) -> list[tuple[int, VitalLimit]]:
    return list(enumerate(p.dosing.vitals if p.dosing else ()))


def _number(limit: VitalLimit) -> int:
    return next(number for number in (limit.below, limit.above, limit.from_value) if number is not None)


def _room(one: VitalLimit, other: VitalLimit) -> int:
    """How far the upper limit lies above the lower one."""
    low, high = (one, other) if one.below is not None else (other, one)
    return _number(high) - _number(low)
