"""One dose as a sequence: who asks whom, from the arrival to the check-in a day later."""

from typing import NamedTuple

from cli.docs.pictures.drawing import BLUE, GREY, LINE, Box, arrow, svg, words

LANES = ("nurse", "prescriber", "session", "intake", "integration", "scheduler", "notifications")
PEOPLE = ("nurse", "prescriber")
AUTHORITIES = ("intake", "integration", "scheduler")
LEFT, LANE, TOP, STEP = 62, 112, 66, 42
LETTER = 6.9
"""Pixels of a letter, at most."""


class Step(NamedTuple):
    """One message; `to` names whom it reaches, the nearest first. A question is answered on the same line."""

    says: str
    by: str
    to: tuple[str, ...]
    is_answered: bool = False
    is_event: bool = False


STEPS = (
    Step("arrival, checklist, vital signs", "nurse", ("session",)),
    Step("go", "prescriber", ("session",)),
    Step("may this dose be given? each with its revision", "session", AUTHORITIES, is_answered=True),
    Step("what was drawn up, verified", "nurse", ("session",)),
    Step("the dose", "prescriber", ("session",)),
    Step("asked once more: no answer, no dose", "session", AUTHORITIES, is_answered=True),
    Step("dose administered", "session", ("intake", "scheduler"), is_event=True),
    Step("observations, discharge", "nurse", ("session",)),
    Step("a day later: check-in due", "scheduler", ("integration",), is_event=True),
    Step("check-in opened", "integration", ("notifications",), is_event=True),
)


def picture() -> str:
    """Draw a line for each person and service, and the messages between them from top to bottom."""
    bottom = TOP + STEP * len(STEPS) + 16
    heads = [Box(_x(lane) - 54, 16, 108, 34, lane, GREY if lane in PEOPLE else BLUE) for lane in LANES]
    lines = [f'<path d="M{_x(lane)} 50V{bottom}" stroke="{LINE}" stroke-opacity="0.5"/>' for lane in LANES]
    body = [line for row, step in enumerate(STEPS) for line in _drawn(step, TOP + STEP * row + 26)]
    key = words(
        8,
        bottom + 24,
        "one head: a request, answered at once · two heads: a question between services · dashed: an event",
        "small",
    )
    return svg(
        LEFT * 2 + LANE * (len(LANES) - 1),
        bottom + 36,
        "One dose, from arrival to check-in",
        [*lines, *(head.drawn() for head in heads), *body, key],
    )


def _drawn(step: Step, y: float) -> list[str]:
    """The arrow goes to the farthest; whom it reaches on the way has a dot."""
    reached = sorted(step.to, key=lambda lane: abs(_x(lane) - _x(step.by)))
    dots = [f'<circle cx="{_x(lane)}" cy="{y:g}" r="4" fill="{LINE}"/>' for lane in reached[:-1]]
    begin, end = _x(step.by), _x(reached[-1])
    said = words(min(begin, end) + 8, y - 7, step.says, "small")
    return [
        _behind(step, min(begin, end), y),
        arrow((begin, y), (end, y), dashed=step.is_event, both=step.is_answered),
        *dots,
        said,
    ]


def _behind(step: Step, x: float, y: float) -> str:
    """White below the words, so that no line goes through a letter."""
    return f'<rect x="{x + 6:g}" y="{y - 19:g}" width="{LETTER * len(step.says):g}" height="15" fill="#ffffff"/>'


def _x(lane: str) -> int:
    return LEFT + LANE * LANES.index(lane)
