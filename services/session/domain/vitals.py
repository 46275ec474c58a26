"""Vital signs, and what a protocol says about those outside its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from shared.events.session import Flagged
from shared.protocol.dosing import Level, Repeats, VitalLimit
from shared.vocabulary import those, total

ANY_TIME: frozenset[Level] = those(Level, are=("emergency", "alert"), are_not=("repeat", "prescriber", "hard_hold"))
NO_DOSE_TODAY: frozenset[Level] = those(
    Level, are=("hard_hold", "emergency"), are_not=("repeat", "prescriber", "alert")
)
NOT_ACCEPTABLE_FOR_LEAVING: frozenset[Level] = those(
    Level, are=("hard_hold", "emergency", "alert"), are_not=("repeat", "prescriber")
)
TOLD_AS: Mapping[Level, Flagged] = total(
    Level,
    {
        "repeat": "review",
        "prescriber": "review",
        "alert": "review",
        "hard_hold": "hold",
        "emergency": "emergency",
    },
)
_SEVERITY: Mapping[Flagged, int] = total(Flagged, {"review": 0, "hold": 1, "emergency": 2})


@dataclass(frozen=True)
class Vitals:
    """mmHg, mmHg, beats/min, breaths/min, percent."""

    systolic: int
    diastolic: int
    heart_rate: int
    respiratory_rate: int
    spo2: int


@dataclass(frozen=True)
class Measurement:
    vitals: Vitals
    at: datetime


@dataclass(frozen=True)
class Flag:
    """A vital sign outside a limit of the protocol."""

    vital: str
    level: Level


@dataclass(frozen=True)
class Repeat:
    """A measurement that is owed after a rest: not before `not_before`, not later than `due_by`."""

    not_before: datetime
    due_by: datetime


NextStep = Literal["preparation", "repeat_vitals", "no_dose_today", "prescriber_decides", "go_decision"]
"""What comes next in the room once somebody was measured, or has arrived where nobody is dosed (`preparation`)."""


@dataclass(frozen=True)
class Assessment:
    """What is outside its limits at the latest measurement, and what comes next."""

    flags: tuple[Flag, ...]
    next: NextStep
    repeat: Repeat | None = None


def flags_before_dose(limits: Sequence[VitalLimit], vitals: Vitals) -> tuple[Flag, ...]:
    """Return what is outside its limits before the dose, when every limit holds."""
    return tuple(Flag(limit.vital.value, limit.level) for limit in limits if _outside(limit, vitals))


def flags_after_dose(limits: Sequence[VitalLimit], vitals: Vitals) -> tuple[Flag, ...]:
    """Return what is outside the limits that hold at any time of the session day: `emergency` and `alert`."""
    return tuple(flag for flag in flags_before_dose(limits, vitals) if flag.level in ANY_TIME)


def told_as(flags: Sequence[Flag]) -> Flagged | None:
    """Return the severest flag as others hear of it; None when all is within limits."""
    return max((TOLD_AS[flag.level] for flag in flags), key=_SEVERITY.__getitem__, default=None)


def held_for_today(limits: Sequence[VitalLimit], measured: Sequence[Measurement]) -> tuple[Flag, ...]:
    """Return each hard hold or emergency measured before the dose: no dose today, and resting does not lift it."""
    found = [flag for one in measured for flag in flags_before_dose(limits, one.vitals)]
    return tuple(dict.fromkeys(flag for flag in found if flag.level in NO_DOSE_TODAY))


def repeat_owed(limits: Sequence[VitalLimit], repeats: Repeats, measured: Sequence[Measurement]) -> Repeat | None:
    """Return the repeat that is owed next: so many after the first value that asks for one, each after its rest.

    A measurement taken before the rest is over is kept, but is no repeat. Who is held for today is not measured again.
    """
    if held_for_today(limits, measured):
        return None
    taken, last = 0, None
    for one in measured:
        if last is None:
            asks = any(flag.level == "repeat" for flag in flags_before_dose(limits, one.vitals))
            last = one.at if asks else None
        elif one.at >= last + repeats.rest_at_least.value:
            taken, last = taken + 1, one.at
    if last is None or taken >= repeats.times.value:
        return None
    return Repeat(last + repeats.rest_at_least.value, last + repeats.rest_at_most.value)


def prescriber_decides(limits: Sequence[VitalLimit], measured: Sequence[Measurement]) -> tuple[Flag, ...]:
    """Return what is outside its limits at the latest measurement: a go then needs the prescriber's written reason."""
    if not measured:
        return ()
    latest = flags_before_dose(limits, measured[-1].vitals)
    return tuple(flag for flag in latest if flag.level not in NO_DOSE_TODAY)


def assess(limits: Sequence[VitalLimit], repeats: Repeats, measured: Sequence[Measurement]) -> Assessment:
    """Say what comes next before a dose, after at least one measurement."""
    flags = flags_before_dose(limits, measured[-1].vitals)
    if held_for_today(limits, measured):
        return Assessment(flags, "no_dose_today")
    if repeat := repeat_owed(limits, repeats, measured):
        return Assessment(flags, "repeat_vitals", repeat)
    if prescriber_decides(limits, measured):
        return Assessment(flags, "prescriber_decides")
    return Assessment(flags, "go_decision")


def _outside(limit: VitalLimit, vitals: Vitals) -> bool:
    value: int = asdict(vitals)[limit.vital.value]
    return (
        (limit.below is not None and value < limit.below)
        or (limit.above is not None and value > limit.above)
        or (limit.from_value is not None and value >= limit.from_value)
    )
