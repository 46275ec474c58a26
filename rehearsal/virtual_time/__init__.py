"""Drives virtual time: it passes only when all that is due was done."""

from rehearsal.virtual_time.clock import Actors, EventTail, Step, VirtualTimeDriver
from rehearsal.virtual_time.idle import Stalled

__all__ = ["Actors", "EventTail", "Stalled", "Step", "VirtualTimeDriver"]
