"""The clockwork: the owner of a rehearsal's time, which passes only when all that is due was done."""

from rehearsal.clockwork.clock import Actors, Clockwork, EventTail, Step
from rehearsal.clockwork.quiet import Stalled

__all__ = ["Actors", "Clockwork", "EventTail", "Stalled", "Step"]
