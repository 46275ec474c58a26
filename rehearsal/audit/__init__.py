"""Every rule of the program, checked on the event log alone: what the services think of themselves does not count."""

from rehearsal.audit.stream import facts_inside_a_step

__all__ = ["facts_inside_a_step"]
