"""The way from referral to completion, and below each state the ways out of it, as the scheduler's rule answers."""

from collections.abc import Iterable

from cli.docs import states
from cli.docs.pictures.drawing import BLUE, GREEN, Box, arrow, svg, words
from shared.events.scheduler import State

WAY: tuple[tuple[State, str], ...] = (
    ("in_screening", "is referred"),
    ("waiting", "is found eligible"),
    ("offered", "is offered a seat"),
    ("active", "accepts it"),
    ("completed", "last measure"),
)
COLUMN, TOP, ROW = 172, 64, 19


def picture() -> str:
    """Draw the states of the way in a row; each open one lists where else it may lead."""
    arrows = states.transitions(states.example())
    boxes = [
        Box(8 + COLUMN * place, TOP, 122, 46, name.replace("_", " "), GREEN if name == "completed" else BLUE)
        for place, (name, _) in enumerate(WAY)
    ]
    drawn = [box.drawn() for box in boxes]
    drawn += [words(8, 26, "Everybody is in exactly one state. The way through, and the ways out:")]
    drawn += [words(boxes[0].x, TOP - 10, WAY[0][1], "small")]
    for before, after, (_, says) in zip(boxes, boxes[1:], WAY[1:], strict=False):
        drawn += [
            arrow((before.x + before.width, TOP + 23), (after.x - 2, TOP + 23)),
            words((before.x + before.width + after.x) / 2, TOP - 10, says, "small", "middle"),
        ]
    longest = 0
    for box, (name, _) in zip(boxes, WAY, strict=True):
        leads = list(_leads(name, arrows))
        longest = max(longest, len(leads))
        if leads:
            drawn += [arrow((box.x + 12, box.bottom), (box.x + 12, box.bottom + 22))]
            drawn += [
                words(box.x, box.bottom + 40 + ROW * row, to.replace("_", " "), "small") for row, to in enumerate(leads)
            ]
    return svg(COLUMN * len(WAY) - 30, TOP + 46 + 40 + ROW * longest, "The states of a participant", drawn)


def _leads(state: State, arrows: Iterable[tuple[State, str, State]]) -> Iterable[str]:
    """Where a state leads to beside the next one of the way, each once."""
    way = [name for name, _ in WAY]
    following = way[way.index(state) + 1 :][:1]
    found = dict.fromkeys(after for before, _, after in arrows if before == state and after not in following)
    return (f"back to {to}" if to in way else to for to in found)
