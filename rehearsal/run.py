"""A whole rehearsal: the real servers, the five services, the cast, and whoever owns the time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import httpx

from embedded.errors import EmbeddedError
from embedded.stack import Stack
from rehearsal.cast import Cast
from rehearsal.clockwork import Clockwork, Stalled
from rehearsal.display import Display
from rehearsal.ears import Ears
from rehearsal.grid import weeks_of
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.report import Rehearsed, Summary, failures, summarise
from rehearsal.story import Story, read_story
from shared.events import Envelope, Event
from shared.protocol.library import ProtocolLibrary
from shared.sites import load_sites

ROOT = Path(__file__).resolve().parent.parent
PROTOCOLS, SITES, EXAMPLES = ROOT / "protocols", ROOT / "deploy" / "sites.yaml", ROOT / "examples"
CHASED_FOR = timedelta(weeks=26)
"""Every chase and grace of a published protocol is over by then; a reminder without an end never is."""
SHOWN = 10
Move = Literal["act", "step"]
"""How a rehearsal goes on: somebody of the cast acts, or the time goes to what is due next."""


@dataclass(frozen=True)
class Options:
    """What a rehearsal is asked for. `referrals` None: the example that belongs to the protocol."""

    protocol: str = "weekly6"
    seed: int = 7
    referrals: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What a rehearsal came to; no `failures`: everything went as it must."""

    summary: Summary
    ledger: Ledger
    story: Story
    failures: list[str]


def read_input(options: Options) -> Story:
    """Everything that the rehearsal is given, checked before anything starts.

    Raises FaultyFile, ProtocolGone or KeyError, each saying file, place and what is expected.
    """
    protocol = ProtocolLibrary(PROTOCOLS).latest(options.protocol)
    folder = EXAMPLES / options.protocol
    if not (folder / "cohorts.yaml").exists():
        raise KeyError(f"{folder} holds no cohorts.yaml: there is no example to rehearse {options.protocol} with")
    return read_story(folder, protocol, load_sites(SITES), options.referrals)


@dataclass
class Rehearsal:
    """A rehearsal while it runs. Each move happens within `meanwhile`, which is over before anybody looks again."""

    stack: Stack
    cast: Cast
    clockwork: Clockwork
    ears: Ears
    log: list[Envelope[Event]]
    display: Display
    seed: int
    began: float
    meanwhile: Callable[[Move], AbstractAsyncContextManager[object]] = nullcontext

    async def carry_on(self) -> None:
        """Until nothing is ahead for anybody: let all that is due be done, let the cast act, go to what comes next.

        Raises Stalled when something is still ahead long after everything that the story plans.
        """
        await self.cast.begin(await self.clockwork.now())
        ends_by = latest_end(self.cast.story)
        told = 0
        while True:
            now = await self.clockwork.quiet()
            self.display.moment(now)
            for trouble in self.cast.troubles[told:]:
                self.display.trouble(trouble)
            told = len(self.cast.troubles)
            due = self.cast.next_at()
            if due is not None and due <= now:
                async with self.meanwhile("act"):
                    await self.cast.act(now)
            else:
                ahead_at = self.clockwork.next_at()
                if ahead_at is not None and ahead_at > ends_by:
                    raise Stalled(f"something is still ahead after {ends_by:%Y-%m-%d}, long after the story's end")
                async with self.meanwhile("step"):
                    ahead = await self.clockwork.step()
                if ahead is None:
                    return

    async def outcome(self, stopped: str | None = None) -> Outcome:
        """Everything that the rehearsal came to; `stopped` says why it did not come to its end."""
        now = await self.clockwork.now()
        async with observing(self.stack.endpoints) as connection:
            ledger = await read_ledger(connection, now)
        if stopped:
            stopped = "; ".join((stopped, *still_open(ledger)))
        unreadable = [f"an event could not be read: {why}" for why in self.ears.unreadable]
        done = Rehearsed(
            protocol=self.cast.story.protocol,
            seed=self.seed,
            ended=now,
            wall_seconds=monotonic() - self.began,
            log=self.log,
            steps=self.clockwork.steps,
            ledger=ledger,
            outcomes=await self._outcomes(now),
            dead_letters=await self.clockwork.dead_letters(),
            troubles=[*([stopped] if stopped else []), *self.cast.troubles, *unreadable],
        )
        summary = summarise(done)
        return Outcome(summary, ledger, self.cast.story, failures(done, summary))

    async def _outcomes(self, now: datetime) -> list[Mapping[str, Any]]:
        """The outcome table, asked as an auditor of all sites would."""
        sites = sorted(self.cast.story.sites)
        token = self.stack.issuer.token("rehearsal-auditor", "auditor", sites, now, timedelta(hours=1))
        async with httpx.AsyncClient(base_url=self.stack.endpoints.services["integration"], timeout=30) as client:
            answer = await client.get("/outcomes", headers={"Authorization": f"Bearer {token}"})
        if answer.status_code != httpx.codes.OK:
            raise EmbeddedError(f"integration does not tell the outcomes ({answer.status_code}): {answer.text[:300]}")
        items: list[Mapping[str, Any]] = answer.json()["items"]
        return items


def latest_end(story: Story) -> datetime:
    """Return when everything that the story plans is over, and half a year more for what is chased after it."""
    last = max(cohort.starts_on for cohort in story.cohorts)
    return datetime.combine(last, time(), UTC) + timedelta(weeks=max(weeks_of(story))) + CHASED_FOR


def still_open(ledger: Ledger) -> Iterator[str]:
    """Say what keeps a rehearsal from ending: whoever has not come to an end, and what is owed."""
    states = [f"{people} {state.replace('_', ' ')}" for state, people in ledger.by_state.items() if people]
    yield f"people: {', '.join(states)}"
    for owed in ledger.still_owed[:SHOWN]:
        yield f"the {owed.owner or 'nobody'} owes {owed.kind.replace('_', ' ')} of {owed.item} at {owed.site}"
    if len(ledger.still_owed) > SHOWN:
        yield f"and {len(ledger.still_owed) - SHOWN} more"


@asynccontextmanager
async def rehearsing(
    story: Story, seed: int, data: Path, display: Display, service_env: Mapping[str, str] | None = None
) -> AsyncIterator[Rehearsal]:
    """Real servers and services on a data folder, with a cast that has not begun yet."""
    began = monotonic()
    log: list[Envelope[Event]] = []
    async with Stack(
        data, virtual=True, protocols=PROTOCOLS, sites=SITES, service_env=service_env, progress=display.say
    ) as stack:
        cast = Cast(stack.endpoints, stack.issuer, story, seed)
        display.references = lambda: cast.references
        async with (
            Ears.open(stack.endpoints, log.append, cast.hear, display.hear) as ears,
            Clockwork.of(stack.endpoints, cast, ears) as clockwork,
        ):
            try:
                yield Rehearsal(stack, cast, clockwork, ears, log, display, seed, began)
            finally:
                await cast.close()


async def rehearse(rehearsal: Rehearsal) -> Outcome:
    """Carry the whole story to its end, or to where it stalls, and say what it came to."""
    rehearsal.display.say("rehearsing")
    stopped = None
    try:
        await rehearsal.carry_on()
    except Stalled as stalled:
        stopped = str(stalled)
    return await rehearsal.outcome(stopped)


async def for_ever() -> None:
    await asyncio.Event().wait()
