"""Values of a protocol in words: durations, moments, limits and conditions, as a clinician would say them."""

import re
from collections.abc import Iterable, Sequence
from datetime import time, timedelta
from enum import StrEnum
from functools import singledispatch
from typing import Any

from shared.protocol.base import Cited
from shared.protocol.calendar import AfterDose, AfterStart, AtSession, FromInput, OnDay
from shared.protocol.care import EscalationTier, GroupSize, QuietHours, Quorum
from shared.protocol.dosing import Arm, RouteRange, VitalLimit
from shared.protocol.expression import (
    AllOf,
    AnswerMissing,
    AnyOf,
    FactIs,
    HasCondition,
    Not,
    TakesMedication,
    UsesSubstance,
)
from shared.protocol.measures import Band, Cluster, Subscale
from shared.protocol.spans import CalendarDays, Span, nominal_length
from shared.protocol.vocabulary import Vital
from shared.vocabulary import total

_UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))
_WORD = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
_WORDS = {"yes_no": "yes or no", "scale_0_10": "0 to 10", "second_call": "second call"}
_VITALS = total(
    Vital,
    {
        "systolic": ("systolic pressure", " mmHg"),
        "diastolic": ("diastolic pressure", " mmHg"),
        "heart_rate": ("heart rate", " per minute"),
        "respiratory_rate": ("breathing", " per minute"),
        "spo2": ("oxygen saturation", " %"),
    },
)
_FACTS = {
    "age_years": "age in years",
    "bmi": "body mass index",
    "stop_bang": "STOP-BANG",
    "suicidality.level": "C-SSRS",
    "allergies.ketamine": "allergy to ketamine",
    "pregnancy.lactating": "breastfeeding",
    "vitals.systolic": "systolic pressure",
    "vitals.diastolic": "diastolic pressure",
    "vitals.heart_rate": "heart rate",
    "vitals.spo2": "oxygen saturation",
    "family_history.psychosis": "psychosis in the family",
    "family_history.mania": "mania in the family",
    "fit.total": "total of the fit questions",
    "readiness.total": "total of readiness",
    "prior_ketamine": "earlier times with ketamine",
}


def listed(words: Iterable[str], last: str = "and") -> str:
    """`3 days, 7 days and 11 days`"""
    *most, end = list(words) or ["nothing"]
    return f"{', '.join(most)} {last} {end}" if most else end


def spoken_duration(length: timedelta, units: Sequence[tuple[str, int]] = _UNITS) -> str:
    """`6 days`, `1 hour 30 minutes`, `20 seconds`"""
    left = abs(length) // timedelta(microseconds=1)
    parts = []
    for unit, size in units[:-1]:
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount} {unit}{'s' if amount != 1 else ''}")
    if left:
        seconds = f"{left / 1_000_000:.6f}".rstrip("0").rstrip(".")
        parts.append(f"{seconds} second{'s' if seconds != '1' else ''}")
    return " ".join(parts) or "no time"


def spoken_span(span: Span) -> str:
    """`1 day` for a day of the calendar, `24 hours` for exact time"""
    return spoken_duration(nominal_length(span), _UNITS if isinstance(span, CalendarDays) else _UNITS[1:])


def spoken_offset(offset: Span) -> str:
    """`5 days before`, `at that moment`, `3 days after`"""
    if not offset:
        return "at that moment"
    return f"{spoken_span(offset)} {'before' if nominal_length(offset) < timedelta(0) else 'after'}"


def spoken_key(key: str) -> str:
    """`dose 3` for `dose:3`"""
    return key.replace(":", " ").replace("_", " ")


def spoken_day(at: Any) -> str:
    """A moment without its time of day."""
    match at:
        case OnDay() if at.day >= 0:
            return f"week {at.day // 7 + 1}, day {at.day % 7 + 1}"
        case OnDay():
            return f"{spoken_duration(timedelta(days=at.day))} before the start"
        case AfterStart():
            return f"{spoken_offset(at.offset)} the start" if at.offset else "the start"
        case FromInput():
            more = f" {'+' if at.plus_days > 0 else '−'} {spoken_duration(timedelta(days=at.plus_days))}"
            return f"as given for {spoken_key(at.input)}{more if at.plus_days else ''}"
        case AfterDose():
            return f"{spoken_span(at.offset)} after {spoken_key(at.dose)} is given"
        case _:
            return f"{spoken_offset(at.offset)} {spoken_key(at.session)}" if at.offset else spoken_key(at.session)


@singledispatch
def spoken(value: Any) -> str:
    """Any value of a protocol in words."""
    return str(value)


@spoken.register
def _(value: None) -> str:
    return "none"


@spoken.register
def _(value: bool) -> str:
    return "yes" if value else "no"


@spoken.register
def _(value: float) -> str:
    return f"{value:.15g}"


@spoken.register
def _(value: str) -> str:
    """A word of a closed vocabulary loses its underscores; any other text stays as it is."""
    return _WORDS.get(value) or (value.replace("_", " ") if _WORD.fullmatch(value) else value)


@spoken.register
def _(value: StrEnum) -> str:
    return value.value.replace("_", " ")


@spoken.register
def _(value: time) -> str:
    return value.isoformat("auto" if value.second or value.microsecond else "minutes")


@spoken.register
def _(value: timedelta) -> str:
    return spoken_duration(value) if value >= timedelta(0) else spoken_offset(value)


@spoken.register
def _(value: CalendarDays) -> str:
    return spoken_span(value)


@spoken.register
def _(value: tuple) -> str:  # type: ignore[type-arg]  # singledispatch takes the bare class
    return listed("at once" if item == timedelta(0) else spoken(item) for item in value)


@spoken.register
def _(value: Cited) -> str:  # type: ignore[type-arg]  # singledispatch takes the bare class
    return "to be set" if value.value is None else spoken(value.value)


@spoken.register
def _(value: OnDay | AfterStart | FromInput | AtSession | AfterDose) -> str:
    clock = f", {spoken(value.time)}" if isinstance(value, OnDay | FromInput) else ""
    return spoken_day(value) + clock


@spoken.register
def _(value: GroupSize) -> str:
    return f"{value.minimum} to {value.maximum}"


@spoken.register
def _(value: Quorum) -> str:
    return f"{value.present} present of {value.enrolled} enrolled"


@spoken.register
def _(value: QuietHours) -> str:
    return f"{spoken(value.begins)} to {spoken(value.ends)}"


@spoken.register
def _(value: EscalationTier) -> str:
    return listed(role.value for role in value.roles)


@spoken.register
def _(value: RouteRange) -> str:
    if value.low is None or value.high is None:
        return "no published range: only the prescriber's order decides"
    return f"{spoken(value.low)} to {spoken(value.high)} {value.unit}"


@spoken.register
def _(value: Arm) -> str:
    return "; ".join(f"{spoken(ranged.route)} {spoken(ranged)}" for ranged in value.routes)


@spoken.register
def _(value: VitalLimit) -> str:
    name, unit = _VITALS[value.vital]
    signs = (("below", value.below), ("above", value.above), ("from", value.from_value))
    return f"{name} {listed(f'{sign} {number}{unit}' for sign, number in signs if number is not None)}"


@spoken.register
def _(value: Band) -> str:
    return f"{value.says} from {value.from_total}"


@spoken.register
def _(value: Cluster) -> str:
    return f"{value.count} of items {value.first} to {value.last} answered {value.at_least} or more"


@spoken.register
def _(value: Subscale) -> str:
    return f"the {value.score} of {'items' if len(value.items) > 1 else 'item'} {listed(map(str, value.items))}"


@spoken.register
def _(value: FactIs) -> str:
    fact = _fact(value.fact)
    numbers = ("above", "at_least", "below", "at_most")
    if value.one_of is not None:
        return f"{fact}: {listed(map(spoken, value.one_of), 'or')}"
    compared = [f"{name.replace('_', ' ')} {spoken(n)}" for name in numbers if (n := getattr(value, name)) is not None]
    return f"{fact} {listed(compared)}" if compared else f"{fact}: {spoken(value.equals)}"


@spoken.register
def _(value: HasCondition) -> str:
    when = {None: "", True: " (active)", False: " (past)"}[value.active]
    return spoken(value.condition) + when


@spoken.register
def _(value: TakesMedication) -> str:
    within = f" in the last {spoken(value.within)}" if value.within is not None else ""
    return f"takes {spoken(value.medication_class)}{within}"


@spoken.register
def _(value: UsesSubstance) -> str:
    name = "any substance" if value.substance == "any" else spoken(value.substance)
    when = {None: "", True: ", active", False: ", in remission"}[value.active]
    under = f", in remission for less than {spoken(value.remission_under)}" if value.remission_under is not None else ""
    return f"use disorder of {name}{when}{under}"


@spoken.register
def _(value: AnswerMissing) -> str:
    return f"{_fact(value.missing)} not answered"


@spoken.register
def _(value: AnyOf) -> str:
    return _joined(value.any, "or")


@spoken.register
def _(value: AllOf) -> str:
    return _joined(value.all, "and")


@spoken.register
def _(value: Not) -> str:
    return f"not {_within(value.negated)}"


def _fact(path: str) -> str:
    """`pregnancy test` for `pregnancy.test`"""
    return _FACTS.get(path) or path.replace(".", " ").replace("_", " ")


def _joined(parts: tuple[Any, ...], word: str) -> str:
    return f" {word} ".join(_within(part) for part in parts)


def _within(part: Any) -> str:
    return f"({spoken(part)})" if isinstance(part, AnyOf | AllOf) else spoken(part)
