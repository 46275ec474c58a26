"""The rehearsal's people: they act only through the services' HTTP APIs, on what events and task lists tell them."""

from rehearsal.cast.people import Cast

__all__ = ["Cast"]
