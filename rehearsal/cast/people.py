"""The cast: everybody of a rehearsal, hearing what happens and acting when their time has come."""

import asyncio
import traceback
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from rehearsal.cast.absences import Absences
from rehearsal.cast.agenda import Agenda, Entry
from rehearsal.cast.answering import Answering
from rehearsal.cast.apis import Apis, Tokens
from rehearsal.cast.chance import Chance
from rehearsal.cast.circles import Circles
from rehearsal.cast.correcting import Correcting
from rehearsal.cast.opening import Opening
from rehearsal.cast.safety import Safety
from rehearsal.cast.screening import Screening
from rehearsal.cast.sessions import Sessions
from rehearsal.cast.staff import Team
from rehearsal.cast.stage import Stage
from rehearsal.cast.stopping import Stopping
from rehearsal.cast.unexpected import Unexpected
from rehearsal.story import Story
from shared.events import Envelope, Event

ACTORS = (Opening, Screening, Correcting, Sessions, Circles, Answering, Absences, Safety, Stopping, Unexpected)


class Endpoints(Protocol):
    """Where the services listen: `embedded.endpoints.Endpoints`."""

    @property
    def services(self) -> Mapping[str, str]: ...


class Cast:
    """`begin`, then `hear` every event in order, and `act` whenever `next_at` has come.

    `troubles` are sentences: each act that was refused against the story, and each thing nobody here answers to.
    """

    def __init__(self, endpoints: Endpoints, issuer: Tokens, story: Story, seed: int) -> None:
        self.troubles: list[str] = []
        self.acted = 0
        self._apis = Apis(endpoints.services, issuer, self.troubles)
        self._agenda = Agenda()
        teams = {site: Team.at(site) for site in story.sites}
        self._stage = Stage(story, self._apis, self._agenda, Chance(seed), teams)
        self._actors = [actor(self._stage) for actor in ACTORS]
        self._reactions: dict[type[Event], list[Any]] = defaultdict(list)
        for actor in self._actors:
            for event, reaction in actor.hears().items():
                self._reactions[event].append(reaction)
        self._acting = False

    @property
    def story(self) -> Story:
        """The story as it is told: moved, where its dates were over."""
        return self._stage.story

    @property
    def references(self) -> dict[UUID, str]:
        """The referral's reference of each program."""
        return self._stage.references

    @property
    def busy(self) -> bool:
        """Whether somebody is acting just now."""
        return self._acting

    async def begin(self, now: datetime) -> None:
        """Plan the first acts: cohorts, who is on call, referrals at their dates, moved where these are over."""
        self._apis.now = now
        self._stage.story = self._stage.story.not_before(now)
        for actor in self._actors:
            if isinstance(actor, Opening | Screening):
                actor.begin()

    def hear(self, envelope: Envelope[Event]) -> None:
        """React to one event: an act is planned, or something is learnt."""
        for reaction in self._reactions.get(type(envelope.data), ()):
            try:
                reaction(envelope)
            except Exception:
                self._stage.trouble(f"the cast stumbled over {envelope.type}: {traceback.format_exc(limit=-3)}")

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
            self._stage.trouble(f"{entry.name} broke off: {traceback.format_exc(limit=-4)}")

    async def close(self) -> None:
        await self._apis.close()
