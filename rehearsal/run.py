"""A whole rehearsal: the real servers, the five services, the actors, and whoever owns the time."""

import asyncio
import json
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
from rehearsal.actors import Actors
from rehearsal.display import Display
from rehearsal.event_tail import EventTail
from rehearsal.grid import weeks_of
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.report import Rehearsed, Summary, failures, summarise
from rehearsal.scenario import Scenario, read_scenario
from rehearsal.virtual_time import Stalled, VirtualTimeDriver
from shared.events import Envelope, Event
from shared.protocol.library import ProtocolLibrary
from shared.sites import load_sites

ROOT = Path(__file__).resolve().parent.parent
PROTOCOLS, SITES, EXAMPLES = ROOT / "protocols", ROOT / "deploy" / "sites.yaml", ROOT / "examples"
CHASED_FOR = timedelta(weeks=26)
"""Every chase and grace of a published protocol is over by then; a reminder without an end never is."""
SHOWN = 10
Move = Literal["act", "step"]
"""How a rehearsal goes on: an actor acts, or the time goes to what is due next."""


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
    scenario: Scenario
    failures: list[str]


def read_input(options: Options) -> Scenario:
    """Everything that the rehearsal is given, checked before anything starts.

    Raises FaultyFile, ProtocolGone or KeyError, each saying file, place and what is expected.
    """
    protocol = ProtocolLibrary(PROTOCOLS).latest(options.protocol)
    folder = EXAMPLES / options.protocol
    if not (folder / "cohorts.yaml").exists():
        raise KeyError(f"{folder} holds no cohorts.yaml: there is no example to rehearse {options.protocol} with")
    return read_scenario(folder, protocol, load_sites(SITES), options.referrals)


@dataclass
class Rehearsal:
    """A rehearsal while it runs. Each move happens within `meanwhile`, which is over before anybody looks again."""

    stack: Stack
    actors: Actors
    virtual_time: VirtualTimeDriver
    tail: EventTail
    log: list[Envelope[Event]]
    display: Display
    seed: int
    began: float
    meanwhile: Callable[[Move], AbstractAsyncContextManager[object]] = nullcontext

    async def carry_on(self) -> None:
        """Until nothing is ahead for anybody: let all that is due be done, let the actors act, go to what comes next.

        Raises Stalled when something is still ahead long after everything that the scenario plans.
        """
        await self.actors.begin(await self.virtual_time.now())
        ends_by = latest_end(self.actors.scenario)
        told = 0
        while True:
            now = await self.virtual_time.until_idle()
            self.display.moment(now)
            for trouble in self.actors.troubles[told:]:
                self.display.problem(trouble)
            told = len(self.actors.troubles)
            due = self.actors.next_at()
            if due is not None and due <= now:
                async with self.meanwhile("act"):
                    await self.actors.act(now)
            else:
                ahead_at = self.virtual_time.next_at()
                if ahead_at is not None and ahead_at > ends_by:
                    raise Stalled(f"something is still ahead after {ends_by:%Y-%m-%d}, long after the scenario's end")
                async with self.meanwhile("step"):
                    ahead = await self.virtual_time.step()
                if ahead is None:
                    return

    async def outcome(self, stopped: str | None = None) -> Outcome:
        """Everything that the rehearsal came to; `stopped` says why it did not come to its end."""
        now = await self.virtual_time.now()
        async with observing(self.stack.endpoints) as connection:
            ledger = await read_ledger(connection, now)
        if stopped:
            stopped = "; ".join((stopped, *still_open(ledger)))
        unreadable = [f"an event could not be read: {why}" for why in self.tail.unreadable]
        done = Rehearsed(
            protocol=self.actors.scenario.protocol,
            seed=self.seed,
            ended=now,
            wall_seconds=monotonic() - self.began,
            log=self.log,
            steps=self.virtual_time.steps,
            ledger=ledger,
            outcomes=await self._outcomes(now),
            dead_letters=await self.virtual_time.dead_letters(),
            grid=self.display.grid(),
            troubles=[*([stopped] if stopped else []), *self.actors.troubles, *unreadable],
        )
        summary = summarise(done)
        return Outcome(summary, ledger, self.actors.scenario, failures(done, summary))

    async def _outcomes(self, now: datetime) -> list[Mapping[str, Any]]:
        """The outcome table, asked as an auditor of all sites would."""
        sites = sorted(self.actors.scenario.sites)
        token = self.stack.issuer.token("rehearsal-auditor", "auditor", sites, now, timedelta(hours=1))
        async with httpx.AsyncClient(base_url=self.stack.endpoints.services["integration"], timeout=30) as client:
            answer = await client.get("/outcomes", headers={"Authorization": f"Bearer {token}"})
        if answer.status_code != httpx.codes.OK:
            raise EmbeddedError(
                f"integration does not answer with the outcomes ({answer.status_code}): {answer.text[:300]}"
            )
        items: list[Mapping[str, Any]] = answer.json()["items"]
        return items


def latest_end(scenario: Scenario) -> datetime:
    """Return when everything that the scenario plans is over, and half a year more for what is chased after it."""
    last = max(cohort.starts_on for cohort in scenario.cohorts)
    return datetime.combine(last, time(), UTC) + timedelta(weeks=max(weeks_of(scenario))) + CHASED_FOR


def still_open(ledger: Ledger) -> Iterator[str]:
    """Say what keeps a rehearsal from ending: whoever has not come to an end, and what is owed."""
    states = [f"{people} {state.replace('_', ' ')}" for state, people in ledger.by_state.items() if people]
    yield f"people: {', '.join(states)}"
    for owed in ledger.still_owed[:SHOWN]:
        yield f"{owed.kind.replace('_', ' ')} of {owed.item} is due from {owed.owner or 'nobody'} at {owed.site}"
    if len(ledger.still_owed) > SHOWN:
        yield f"and {len(ledger.still_owed) - SHOWN} more"


def protocols_of(scenario: Scenario, data: Path) -> Path:
    """Return the folder that the services read: the published protocols, or the scenario's one with its stand-ins."""
    protocol = scenario.protocol
    if ProtocolLibrary(PROTOCOLS).latest(protocol.id).content_hash == protocol.content_hash:
        return PROTOCOLS
    folder = data / "protocols"
    folder.mkdir(parents=True)
    (folder / f"{protocol.id}.yaml").write_text(json.dumps(protocol.model_dump(mode="json", by_alias=True)))
    return folder


@asynccontextmanager
async def rehearsing(
    scenario: Scenario, seed: int, data: Path, display: Display, service_env: Mapping[str, str] | None = None
) -> AsyncIterator[Rehearsal]:
    """Real servers and services on a data folder, with actors that have not begun yet."""
    began = monotonic()
    log: list[Envelope[Event]] = []
    async with Stack(
        data,
        virtual=True,
        protocols=protocols_of(scenario, data),
        sites=SITES,
        service_env=service_env,
        progress=display.say,
    ) as stack:
        actors = Actors(stack.endpoints, stack.issuer, scenario, seed)
        display.references = lambda: actors.references
        async with (
            EventTail.open(stack.endpoints, log.append, actors.hear, display.hear) as tail,
            VirtualTimeDriver.of(stack.endpoints, actors, tail) as virtual_time,
        ):
            try:
                yield Rehearsal(stack, actors, virtual_time, tail, log, display, seed, began)
            finally:
                await actors.close()


async def rehearse(rehearsal: Rehearsal) -> Outcome:
    """Carry the whole scenario to its end, or to where it stalls, and say what it came to."""
    rehearsal.display.say("rehearsing")
    stopped = None
    try:
        await rehearsal.carry_on()
    except Stalled as stalled:
        stopped = str(stalled)
    return await rehearsal.outcome(stopped)


async def for_ever() -> None:
    await asyncio.Event().wait()
