"""Questionnaire answers around published means, with response, non-response and relapse. Invented: never a claim.

Means before and after: PHQ-9 15.5 → 7.7, GAD-7 15.5 → 6.2, PCL-5 39.3 → 21.0 (Roots to Thrive, n = 49).
"""

from collections.abc import Mapping
from typing import NamedTuple

from rehearsal.cast.chance import Chance
from shared.protocol.measures import Instrument

COURSES = ("response",) * 14 + ("no_response",) * 3 + ("relapse",) * 3


class Course(NamedTuple):
    """The share of the baseline total that is left: half-way through, at the end, at six months."""

    middle: float
    end: float
    six_months: float


class Usual(NamedTuple):
    """A baseline total as a share of the highest possible one."""

    mean: float
    spread: float


USUAL: Mapping[str, Usual] = {"phq9": Usual(0.58, 0.14), "gad7": Usual(0.73, 0.14), "pcl5": Usual(0.49, 0.13)}
ELSEWHERE = Usual(0.5, 0.12)
REMAINS: Mapping[str, Course] = {
    "response": Course(0.66, 0.38, 0.42),
    "no_response": Course(0.97, 0.93, 0.95),
    "relapse": Course(0.70, 0.45, 0.92),
}


def course(chance: Chance, reference: str) -> str:
    """How this person fares: most respond, some do not, some relapse later."""
    return chance.one_of(reference, "course", COURSES)


def total(chance: Chance, reference: str, measure: str, instrument: Instrument) -> int:
    """The total of one questionnaire at one measurement point."""
    usual = USUAL.get(instrument.id, ELSEWHERE)
    baseline = chance.around(reference, f"{instrument.id}:baseline", usual.mean, usual.spread, 0.15, 0.95)
    left = _left(REMAINS[course(chance, reference)], measure)
    noise = chance.around(reference, f"{instrument.id}:{measure}", 1.0, 0.1, 0.7, 1.3) if measure != "baseline" else 1.0
    return round(min(baseline * left * noise, 0.97) * instrument.total_max)


def _left(course: Course, measure: str) -> float:
    match measure:
        case "baseline":
            return 1.0
        case "end":
            return course.end
        case "six_months":
            return course.six_months
        case "week8":
            return (course.middle + course.end) / 2
        case _:
            return course.middle


def items(chance: Chance, reference: str, measure: str, instrument: Instrument, signal: Mapping[int, int]) -> list[int]:
    """Item answers with that total. Items that signal risk are 0, but for the story's `signal` (item → score)."""
    quiet = {risk.item: 0 for risk in instrument.item_risks} | dict(signal)
    answers = [quiet.get(item, 0) for item in range(1, instrument.items + 1)]
    free = [index for index in range(instrument.items) if index + 1 not in quiet]
    random = chance.of(reference, f"{instrument.id}:{measure}:items")
    wanted = min(total(chance, reference, measure, instrument), len(free) * instrument.item_max)
    while wanted > 0:
        index = random.choice(free)
        if answers[index] < instrument.item_max:
            answers[index] += 1
            wanted -= 1
    return answers
