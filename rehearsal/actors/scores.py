"""Questionnaire answers around published means, with response, non-response and relapse. Invented: never a claim.

Means before and after: PHQ-9 15.5 → 7.7, GAD-7 15.5 → 6.2, PCL-5 39.3 → 21.0 (Roots to Thrive, n = 49).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from rehearsal.actors.chance import Chance
from shared.events.scheduler import SessionBooked
from shared.protocol.measures import Instrument

COURSES = ("response",) * 14 + ("no_response",) * 3 + ("relapse",) * 3


HALF_A_YEAR = timedelta(days=182)


class Course(NamedTuple):
    """The share of the baseline total that is left: half-way through the doses, after the last, half a year later."""

    middle: float
    end: float
    half_a_year: float


class Point(NamedTuple):
    """Where in the program a measure lies: the share of doses before it, and how long after the last session."""

    is_first: bool
    through: float
    since_the_end: timedelta


def point(is_first: bool, due_at: datetime, sessions: Iterable[SessionBooked]) -> Point:
    """Where a measure that is due then lies in a cohort's calendar."""
    booked = list(sessions)
    counted = [one for one in booked if one.kind == "dose"] or booked
    through = sum(one.starts_at < due_at for one in counted) / len(counted) if counted else 1.0
    since = due_at - max((one.ends_at for one in booked), default=due_at)
    return Point(is_first, through, max(since, timedelta(0)))


class Usual(NamedTuple):
    """A baseline total as a share of the highest possible one."""

    mean: float
    spread: float


USUAL: Mapping[str, Usual] = {"phq9": Usual(0.58, 0.14), "gad7": Usual(0.73, 0.14), "pcl5": Usual(0.49, 0.13)}
ELSEWHERE = Usual(0.5, 0.12)
RISING = frozenset({"ffmq15"})
"""Of these more is better: what is left of the baseline is left of what was missing."""
REMAINS: Mapping[str, Course] = {
    "response": Course(0.66, 0.38, 0.42),
    "no_response": Course(0.97, 0.93, 0.95),
    "relapse": Course(0.70, 0.45, 0.92),
}


def course(chance: Chance, reference: str) -> str:
    """How this person fares: most respond, some do not, some relapse later."""
    return chance.one_of(reference, "course", COURSES)


def total(
    chance: Chance, reference: str, measure: str, at: Point, instrument: Instrument, before: float | None = None
) -> int:
    """The total of one questionnaire at one measurement point; `before` is the group's mean total at the first."""
    lowest, width = instrument.total_min, instrument.total_max - instrument.total_min
    usual = USUAL.get(instrument.id, ELSEWHERE)
    usual = usual._replace(mean=(before - lowest) / width) if before is not None else usual
    baseline = chance.around(reference, f"{instrument.id}:baseline", usual.mean, usual.spread, 0.15, 0.95)
    left = _left(REMAINS[course(chance, reference)], at)
    noise = 1.0 if at.is_first else chance.around(reference, f"{instrument.id}:{measure}", 1.0, 0.1, 0.7, 1.3)
    if instrument.id in RISING:
        return lowest + round(max(1.0 - (1.0 - baseline) * left * noise, 0.03) * width)
    return lowest + round(min(baseline * left * noise, 0.97) * width)


def _left(course: Course, at: Point) -> float:
    """In a straight line from one known share to the next."""
    if at.is_first:
        return 1.0
    if at.through <= 0.5:
        return 1.0 - (1.0 - course.middle) * 2 * at.through
    if at.through < 1.0:
        return course.middle - (course.middle - course.end) * (2 * at.through - 1.0)
    return course.end + (course.half_a_year - course.end) * min(at.since_the_end / HALF_A_YEAR, 1.0)


def items(
    chance: Chance,
    reference: str,
    measure: str,
    at: Point,
    instrument: Instrument,
    signal: Mapping[int, int],
    before: float | None = None,
) -> list[int]:
    """Return item answers with that total. Items that signal risk are quiet, but for `signal` (item → answer)."""
    least, most = instrument.item_min, instrument.item_max
    quiet = {risk.item: least for risk in instrument.item_risks} | dict(signal)
    scored = [least] * instrument.items
    free = [index for index in range(instrument.items) if index + 1 not in quiet]
    random = chance.of(reference, f"{instrument.id}:{measure}:items")
    above = total(chance, reference, measure, at, instrument, before) - instrument.total_min
    wanted = min(above, len(free) * (most - least))
    while wanted > 0:
        index = random.choice(free)
        if scored[index] < most:
            scored[index] += 1
            wanted -= 1
    return [quiet[item] if item in quiet else instrument.scored(item, one) for item, one in enumerate(scored, start=1)]
