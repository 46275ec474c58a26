"""What the state of a program says about its person, for every service that reads one."""

from shared.events.scheduler import State
from shared.vocabulary import those

ON_THE_WAY: frozenset[State] = those(
    State,
    are=("in_screening", "waiting", "offered", "active"),
    are_not=(
        "excluded",
        "redirected",
        "declined",
        "lapsed",
        "completed",
        "lost_to_follow_up",
        "withdrawn",
        "transferred",
        "died",
    ),
)
"""The program is not over."""
LEFT: frozenset[State] = those(
    State,
    are=("withdrawn", "transferred", "died"),
    are_not=(
        "in_screening",
        "excluded",
        "redirected",
        "declined",
        "lapsed",
        "waiting",
        "offered",
        "active",
        "completed",
        "lost_to_follow_up",
    ),
)
"""The person left before the program's end."""
