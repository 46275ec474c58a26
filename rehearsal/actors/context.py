"""What all actors share: the scenario, the time, and what they have learnt from the events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rehearsal.actors.agenda import Act, Agenda
from rehearsal.actors.apis import Actor, Apis, participant
from rehearsal.actors.chance import Chance
from rehearsal.actors.staff import Team
from rehearsal.scenario import Person, Scenario
from shared.events import Envelope, Event
from shared.events.scheduler import CohortOpened, SessionBooked
from shared.protocol.model import Protocol

LEFT = frozenset({"withdrawn", "transferred", "died", "completed", "lost_to_follow_up"})


@dataclass
class Context:
    """One rehearsal's shared state. Everything but `references` was heard as an event."""

    scenario: Scenario
    apis: Apis
    agenda: Agenda
    chance: Chance
    teams: Mapping[str, Team]
    references: dict[UUID, str] = field(default_factory=dict)
    sites: dict[UUID, str] = field(default_factory=dict)
    states: dict[UUID, str] = field(default_factory=dict)
    cohorts: dict[UUID, CohortOpened] = field(default_factory=dict)
    booked: dict[tuple[UUID, str], SessionBooked] = field(default_factory=dict)
    seats: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def protocol(self) -> Protocol:
        return self.scenario.protocol

    @property
    def now(self) -> datetime:
        if self.apis.now is None:
            raise RuntimeError("the rehearsal has not begun")
        return self.apis.now

    def plan(self, name: str, at: datetime, act: Act, *, rank: int = 0) -> bool:
        return self.agenda.put(name, at, act, rank=rank)

    def known(self, program_id: UUID | None) -> bool:
        """Whether this is somebody of the scenario, and not a stranger's referral."""
        return program_id in self.references

    def reference(self, program_id: UUID) -> str:
        return self.references[program_id]

    def person(self, program_id: UUID) -> Person:
        return self.scenario.person(self.references[program_id])

    def actor(self, program_id: UUID) -> Actor:
        return participant(program_id, self.sites[program_id])

    def team(self, program_id: UUID) -> Team:
        return self.teams[self.sites[program_id]]

    def zone(self, program_id: UUID) -> str:
        return self.scenario.sites[self.sites[program_id]].zone

    def has_left(self, program_id: UUID) -> bool:
        return self.states.get(program_id) in LEFT

    def trouble(self, sentence: str) -> None:
        self.apis.trouble(sentence)


Told = Envelope[Any]
Hearing = Mapping[type[Event], Any]
"""What an actor does on hearing an event: event type → function of the envelope."""


def signature(meaning: str, reason: str | None = None) -> dict[str, str]:
    return {"meaning": meaning} | ({"reason": reason} if reason else {})
