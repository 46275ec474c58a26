"""The contracts: every event that travels, declared once. Importing this package fills the catalogue."""

from shared.events import intake, integration, notifications, scheduler, session
from shared.events.base import (
    CATALOGUE,
    CONTENT_TYPE,
    SERVICES,
    Envelope,
    Event,
    ProtocolPin,
    UnknownEvent,
    parse,
    wrap,
)

__all__ = [
    "CATALOGUE",
    "CONTENT_TYPE",
    "SERVICES",
    "Envelope",
    "Event",
    "ProtocolPin",
    "UnknownEvent",
    "intake",
    "integration",
    "notifications",
    "parse",
    "scheduler",
    "session",
    "wrap",
]
