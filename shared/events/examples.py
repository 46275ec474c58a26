"""An example of every event, built from its fields: the same each time, and valid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import BaseModel

from shared.events.base import Envelope, Event, wrap

NAMES = UUID("0190a7a0-0000-7000-8000-000000000000")
"""Under which the examples' ids are made: one for each field name, in every event the same."""
MONDAY = datetime(2027, 1, 4, 17, tzinfo=UTC)
LATER = {
    "due_at": timedelta(hours=1),
    "no_show_at": timedelta(minutes=30),
    "valid_until": timedelta(minutes=15),
    "ends_at": timedelta(hours=3),
    "expires_at": timedelta(days=3),
    "deadline": timedelta(days=2),
    "closes_at": timedelta(days=7),
}
"""How long after Monday morning; whatever is not here happens then."""
WORDS = {
    "administered_by": "staff-7",
    "closed_by": "staff-4",
    "closure": "make_up",
    "hash": "9f" * 32,
    "id": "weekly6",
    "kind": "absence",
    "owner": "coordinator",
    "protocol_id": "weekly6",
    "session_item": "dose:3",
    "missed_item": "circle:3",
    "stage": "call",
    "verified_by": "staff-9",
    "version": "1",
    "zone": "America/Vancouver",
}
ITEMS = {
    "check_in": "check_in:dose:3:24h",
    "discharge": "dose:3",
    "dose": "dose:3",
    "make_up": "make_up:circle:3",
    "measure": "measure:baseline",
    "participant": "dose:3",
    "reminder": "reminder:dose:3",
    "risk": "check_in:dose:3:24h",
    "service": "preparation:1",
    "session": "preparation:1",
    "vitals": "dose:3",
    "adverse_event": "dose:3",
}
"""What the events of an entity are about; the others about a circle."""
NUMBERS = {"minutes": 90, "participants": 8}


def example(event: type[Event]) -> Envelope[Event]:
    """One event of this type, as it travels."""
    about = {"item": ITEMS.get(event.entity, "circle:3")} if "item" in event.model_fields else {}
    data = event.model_validate(_values(event) | about)
    id = uuid5(NAMES, event.event_type())
    return wrap(data, id=id, site="bc", sequence=1, time=MONDAY)


def _values(model: type[BaseModel]) -> dict[str, Any]:
    return {name: _value(name, field.annotation) for name, field in model.model_fields.items() if name != "item"}


def _value(name: str, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        return _value(name, get_args(kind)[0])
    if get_origin(kind) is tuple:
        return (_value(name, get_args(kind)[0]),)
    return _plain(name, kind)


def _plain(name: str, kind: Any) -> Any:
    if kind is bool:
        return False
    if kind is int:
        return NUMBERS.get(name, 1)
    if kind is str:
        return WORDS[name]
    if kind is UUID:
        return uuid5(NAMES, name)
    if kind is date:
        return MONDAY.date()
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _values(kind)
    return MONDAY + LATER.get(name, timedelta(0))
