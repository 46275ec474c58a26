"""The rehearsal's people: they act only through the services' HTTP APIs, on what events and task lists tell them."""

from rehearsal.actors.people import Actors

__all__ = ["Actors"]
