"""The actors: everybody of a rehearsal, who receive what happens and act when their time has come."""

import asyncio
import traceback
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from rehearsal.actors.absences import Absences
from rehearsal.actors.agenda import Agenda, Entry
from rehearsal.actors.answering import Answering
from rehearsal.actors.apis import Apis, Tokens
from rehearsal.actors.chance import Chance
from rehearsal.actors.circles import Circles
from rehearsal.actors.context import Context
from rehearsal.actors.correcting import Correcting
from rehearsal.actors.safety import Safety
from rehearsal.actors.screening import Screening
from rehearsal.actors.sessions import Sessions
from rehearsal.actors.setup import Setup
from rehearsal.actors.staff import Team
from rehearsal.actors.stopping import Stopping
from rehearsal.actors.unanswered import Unanswered
from rehearsal.scenario import Scenario
from shared.events import Envelope, Event

ACTORS = (Setup, Screening, Correcting, Sessions, Circles, Answering, Absences, Safety, Stopping, Unanswered)


class Endpoints(Protocol):
    """Where the services listen: `embedded.endpoints.Endpoints`."""

    @property
    def services(self) -> Mapping[str, str]: ...


class Actors:
    """`begin`, then `hear` every event in order, and `act` whenever `next_at` has come.

    `troubles` are sentences: each act that was refused against the scenario, and each thing nobody here answers to.
    """

    def __init__(self, endpoints: Endpoints, issuer: Tokens, scenario: Scenario, seed: int) -> None:
        self.troubles: list[str] = []
        self.acted = 0
        self._apis = Apis(endpoints.services, issuer, self.troubles)
        self._agenda = Agenda()
        teams = {site: Team.at(site) for site in scenario.sites}
        self._context = Context(scenario, self._apis, self._agenda, Chance(seed), teams)
        self._actors = [actor(self._context) for actor in ACTORS]
        self._reactions: dict[type[Event], list[Any]] = defaultdict(list)
        for actor in self._actors:
            for event, reaction in actor.hears().items():
                self._reactions[event].append(reaction)
        self._acting = False

    @property
    def scenario(self) -> Scenario:
        """The scenario as it is told: moved, where its dates were over."""
        return self._context.scenario

    @property
    def references(self) -> dict[UUID, str]:
        """The referral's reference of each program."""
        return self._context.references

    @property
    def busy(self) -> bool:
        """Whether somebody is acting just now."""
        return self._acting

    async def begin(self, now: datetime) -> None:
        """Plan the first acts: cohorts, who is on call, referrals at their dates, moved where these are over."""
        self._apis.now = now
        self._context.scenario = self._context.scenario.not_before(now)
        for actor in self._actors:
            if isinstance(actor, Setup | Screening):
                actor.begin()

    def hear(self, envelope: Envelope[Event]) -> None:
        """React to one event: an act is planned, or something is learnt."""
        for reaction in self._reactions.get(type(envelope.data), ()):
            try:
                reaction(envelope)
            except Exception:
                self._context.trouble(f"the actors stumbled over {envelope.type}: {traceback.format_exc(limit=-3)}")

    def next_at(self) -> datetime | None:
        """When somebody acts next."""
        return self._agenda.next_at()

    async def act(self, now: datetime) -> None:
        """Everything that is due: one instant after the other, and within one those of a rank side by side."""
        self._apis.now = now
        self._acting = True
        try:
            while due := self._agenda.due(now):
                await asyncio.gather(*map(self._perform, due))
                self.acted += len(due)
        finally:
            self._acting = False

    async def _perform(self, entry: Entry) -> None:
        try:
            await entry.act()
        except Exception:
            self._context.trouble(f"{entry.name} broke off: {traceback.format_exc(limit=-4)}")

    async def close(self) -> None:
        await self._apis.close()
