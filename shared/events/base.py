"""What an event is: one fact that happened, named once, carried as a CloudEvent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, SerializeAsAny

Audience = Literal["internal", "public"]
Attendance = Literal["attended", "absent"]
"""What is recorded of a person whom a session or a circle expected."""
CorrectedAttendance = Literal["attended", "expected"]
"""What an absence turns out to have been."""
SERVICES = ("intake", "scheduler", "session", "integration", "notifications")

CATALOGUE: dict[str, type[Event]] = {}


class WireModel(BaseModel):
    """A value on the wire: frozen, and unknown fields are ignored so that a newer producer can add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ProtocolPin(WireModel):
    """The exact protocol that a cohort runs: its id, version and canonical content hash (sha256, hex)."""

    id: str
    version: str
    hash: str


class Event(WireModel):
    """Base of every event. A subclass says who produces it, what it is about and who may receive it.

    `aggregate` names the field whose value orders the events: sequence numbers rise without a gap
    per (producer, aggregate). Nothing clinical travels: opaque ids, types, times.
    """

    producer: ClassVar[str]
    entity: ClassVar[str]
    fact: ClassVar[str]
    audience: ClassVar[Audience]
    aggregate: ClassVar[str]
    version: ClassVar[int] = 1

    def __init_subclass__(
        cls,
        producer: str = "",
        entity: str = "",
        fact: str = "",
        audience: Audience = "internal",
        aggregate: str = "program_id",
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if not producer:
            return
        cls.producer, cls.entity, cls.fact = producer, entity, fact
        cls.audience, cls.aggregate = audience, aggregate
        CATALOGUE[cls.event_type()] = cls

    @classmethod
    def event_type(cls) -> str:
        """Return the CloudEvents type, for example `homeward.intake.screening.decided.v1`."""
        return f"homeward.{cls.producer}.{cls.entity}.{cls.fact}.v{cls.version}"

    @classmethod
    def subject(cls, site: str) -> str:
        """Return the NATS subject at one site (`*` for all)."""
        return f"program.{cls.audience}.{site}.{cls.producer}.{cls.entity}.{cls.fact}.v{cls.version}"

    @property
    def aggregate_id(self) -> UUID:
        return UUID(str(getattr(self, self.aggregate)))


E_co = TypeVar("E_co", bound=Event, covariant=True)


class Envelope(BaseModel, Generic[E_co]):
    """CloudEvents 1.0 in structured JSON, with Homeward's extensions `site` and `sequence`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    site: str
    sequence: int
    data: SerializeAsAny[E_co]


CONTENT_TYPE = "application/cloudevents+json"


def source_of(event: type[Event] | Event) -> str:
    """Return the CloudEvents source of an event: the service that tells of it."""
    return f"homeward/{event.producer}"


def wrap(event: Event, *, id: UUID, site: str, sequence: int, time: datetime) -> Envelope[Event]:
    """Put an event into its envelope."""
    return Envelope[Event](
        id=id,
        source=source_of(event),
        type=event.event_type(),
        subject=str(event.aggregate_id),
        time=time,
        site=site,
        sequence=sequence,
        data=event,
    )


class UnknownEvent(ValueError):
    """The envelope's type is in no catalogue of this build."""


def parse(payload: bytes) -> Envelope[Event]:
    """Parse and validate a message's bytes; raises ValueError when it can never be understood."""
    named = _Named.model_validate_json(payload)
    event = CATALOGUE.get(named.type)
    if event is None:
        raise UnknownEvent(f"no event of type {named.type!r} is known")
    return Envelope[event].model_validate_json(payload)  # type: ignore[valid-type]  # known at run time


class _Named(BaseModel):
    type: str


class ObligationOpened(Event):
    """Something is due: it has an owner (a role) and a deadline from its first moment on."""

    obligation_id: UUID
    program_id: UUID | None
    kind: str
    item: str
    owner: str
    deadline: AwareDatetime
    stage: str = "open"


class ObligationEscalated(Event):
    """An obligation passed a stage of its chase; owner and deadline are the new ones."""

    obligation_id: UUID
    program_id: UUID | None
    kind: str
    item: str
    stage: str
    owner: str
    deadline: AwareDatetime


class ObligationClosed(Event):
    """An obligation ended; `closure` says how (a word of the domain, never a reason)."""

    obligation_id: UUID
    program_id: UUID | None
    kind: str
    item: str
    owner: str
    closure: str
    closed_by: str
