"""The ledger's states: where each program may go from where it is."""

from collections.abc import Iterator

from rehearsal.audit.path import Path
from shared.events import intake, scheduler
from shared.events.scheduler import State
from shared.protocol.model import Protocol

LEAVES: set[State] = {"withdrawn", "transferred", "died"}
NEXT: dict[State, set[State]] = {
    "in_screening": {"waiting", "offered", "excluded", "redirected", "declined", "lapsed", *LEAVES},
    "waiting": {"in_screening", "offered", "active", "excluded", "redirected", "declined", "lapsed", *LEAVES},
    "offered": {"in_screening", "active", "waiting", "declined", "lapsed", *LEAVES},
    "active": {"waiting", "completed", "lost_to_follow_up", *LEAVES},
    **{end: {"waiting", "offered", "active", "in_screening"} for end in LEAVES},
}
"""Every other state is an end. A cancelled cohort puts its people back; a leaving may have been another's."""


def illegal_change_of_state(path: Path, protocol: Protocol) -> Iterator[str]:
    """A program begins in screening and only takes steps that the ledger knows; an end is an end."""
    state: State = "in_screening"
    changes = sorted(path.told(scheduler.StateChanged), key=lambda event: event.sequence)
    for position, event in enumerate(changes):
        to = event.data.state
        first = position == 0 and to == "in_screening"
        if not first and to not in NEXT.get(state, set()):
            yield f"the program went from {state} to {to}"
        state = to


def never_referred(path: Path, protocol: Protocol) -> Iterator[str]:
    """Whoever is on the path was referred once."""
    times = len(path.told(intake.ReferralReceived))
    if times != 1:
        yield f"the program was referred {times} times"
