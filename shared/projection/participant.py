"""A participant as the scheduler's events tell of them: their state, their seat, their protocol. Pure."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from shared.events.base import Event, ProtocolPin
from shared.events.scheduler import ProgramAmended, SeatAccepted, SeatTakenBack, State, StateChanged


@dataclass(frozen=True)
class Participant:
    """One program. `cohort_id` and `zone` are those of the seat that its person holds; None while they hold none.

    `protocol_*` pin the very content that the person follows. Each `*_sequence` is the number of the event that said
    this part last, 0 before one did. `protocol_hash` is None only in a row that is older than the hash.
    """

    program_id: UUID
    site: str
    state: State | None = None
    state_sequence: int = 0
    cohort_id: UUID | None = None
    zone: str | None = None
    seat_sequence: int = 0
    protocol_id: str | None = None
    protocol_version: str | None = None
    protocol_hash: str | None = None
    protocol_sequence: int = 0

    @property
    def pin(self) -> ProtocolPin | None:
        """Return the pinned content; None when nobody said which it is."""
        if self.protocol_id is None or self.protocol_version is None or self.protocol_hash is None:
            return None
        return ProtocolPin(id=self.protocol_id, version=self.protocol_version, hash=self.protocol_hash)

    def after(self, told: Event, sequence: int) -> Self:
        """Return the participant as they are once this was told; raises ValueError for what tells nothing of them."""
        match told:
            case StateChanged():
                return self._in_state(told.state, sequence)
            case SeatAccepted():
                return self._seated(told.cohort_id, told.zone, sequence)._following(told.protocol, sequence)
            case SeatTakenBack():
                return self._seated(None, None, sequence)
            case ProgramAmended():
                return self._following(told.protocol, sequence)
            case _:
                raise ValueError(f"{told.event_type()} tells nothing of a participant")

    def screened_by(self, pin: ProtocolPin) -> Self:
        """Return the participant with the protocol that they were referred to, unless their cohort's is known."""
        return self if self.protocol_id else self._pinned(pin, 0)

    def _in_state(self, state: State, sequence: int) -> Self:
        return replace(self, state=state, state_sequence=sequence) if sequence > self.state_sequence else self

    def _seated(self, cohort_id: UUID | None, zone: str | None, sequence: int) -> Self:
        if sequence <= self.seat_sequence:
            return self
        return replace(self, cohort_id=cohort_id, zone=zone, seat_sequence=sequence)

    def _following(self, pin: ProtocolPin, sequence: int) -> Self:
        return self._pinned(pin, sequence) if sequence > self.protocol_sequence else self

    def _pinned(self, pin: ProtocolPin, sequence: int) -> Self:
        return replace(
            self,
            protocol_id=pin.id,
            protocol_version=pin.version,
            protocol_hash=pin.hash,
            protocol_sequence=sequence,
        )


@dataclass(frozen=True)
class Change:
    """What an event made of a participant."""

    before: Participant
    after: Participant

    @property
    def is_news(self) -> bool:
        """Return whether the event changed anything; an older one that comes late, or one that comes again, did not."""
        return self.before != self.after
