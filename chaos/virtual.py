"""A rehearsal in which services and NATS die: whole programs in virtual time, and their own verdict at the end."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from chaos import report, streams
from chaos.invariants import Evidence, Violation, gather, violations
from chaos.plan import LONGEST, SHORTEST, Fault
from chaos.report import Summary
from chaos.system_under_test import LOOK_AGAIN, UNREACHABLE, NeverReady, SystemUnderTest
from rehearsal.display import Display
from rehearsal.run import Move, Outcome, Rehearsal, rehearse, rehearsing
from rehearsal.scenario import Scenario
from shared.events import SERVICES

KILLED = (*SERVICES, "nats")
"""What a rehearsal's PostgreSQL and Temporal know is not on a disk: they die in the experiments in real time."""
NOTHING_CACHED = {"HOMEWARD_WORKFLOW_CACHE": "0"}
"""Temporal's server of virtual time waits for ever for a worker that died with a workflow in its memory."""
FEWEST_MOVES, MOVES_A_PERSON = 60, 15
"""A rehearsal takes so many and more."""
AMID = 0.25
"""Seconds after the beginning of a move within which most of what it causes happens."""
MOSTLY = 0.6


@dataclass(frozen=True)
class PlannedKill:
    """`target` is killed before a move, or so many seconds after it has begun, and is away for `seconds`."""

    target: str
    amid: float | None
    seconds: float

    def __str__(self) -> str:
        return f"killed {self.target} {'between' if self.amid is None else 'amid'}"

    @property
    def fault(self) -> Fault:
        return Fault("kill", self.target, self.seconds, 0.0)


def moves_of(scenario: Scenario) -> int:
    return FEWEST_MOVES + MOVES_A_PERSON * len(scenario.referrals)


def planned_kills(seed: int, kills: int, moves: int) -> Iterator[PlannedKill | None]:
    """Yield for each move of a rehearsal, of about so many, who is killed there: None for nobody, and in the end."""
    chance = random.Random(f"{seed}:strikes")
    apart = max(moves // max(kills, 1), 1)
    targets: list[str] = []
    for _ in range(kills):
        yield from [None] * chance.randrange(2 * apart - 1)
        targets = targets or chance.sample(KILLED, k=len(KILLED))
        amid = chance.uniform(0, AMID) if chance.random() < MOSTLY else None
        yield PlannedKill(targets.pop(), amid, chance.uniform(SHORTEST, LONGEST))
    while True:
        yield None


@dataclass
class VirtualFaultInjector:
    """Strikes at the moves of a rehearsal. It is over, and everything ready, before the rehearsal looks again.

    What does not become ready is `found`, and the rehearsal stalls where it is missed.
    """

    rehearsal: Rehearsal
    system: SystemUnderTest
    coming: Iterator[PlannedKill | None]
    moves: int = 0
    done: list[Fault] = field(default_factory=list)
    recovered: dict[int, float] = field(default_factory=dict)
    found: list[Violation] = field(default_factory=list)

    @asynccontextmanager
    async def meanwhile(self, move: Move) -> AsyncIterator[None]:
        self.moves += 1
        planned = next(self.coming)
        if planned is None:
            yield
            return
        self.rehearsal.display.problem(f"{planned} ({move})")
        if planned.amid is None:
            await self._kill(planned)
            yield
            return
        killing = asyncio.create_task(self._kill(planned, planned.amid))
        try:
            yield
        finally:
            await killing

    async def _kill(self, planned: PlannedKill, after: float = 0.0) -> None:
        await asyncio.sleep(after)
        place, began = len(self.done), monotonic()
        self.done.append(planned.fault)
        stack = self.system.stack
        if planned.target == "nats":
            await stack.nats.kill()
            await asyncio.sleep(planned.seconds)
            await stack.nats.start()
            await self._is_heard_again()
        else:
            await stack.services[planned.target].kill(planned.seconds)
        try:
            self.recovered[place] = await self.system.becomes_ready() - began
        except NeverReady as why:
            self.found.append(Violation("never_ready", f"after {planned}: {why}"))

    async def _is_heard_again(self) -> None:
        """Whoever owns the time is connected again."""
        while True:
            with suppress(*UNREACHABLE):
                await self.rehearsal.virtual_time.dead_letters()
                return
            await asyncio.sleep(LOOK_AGAIN)


async def experiment(scenario: Scenario, seed: int, kills: int, folder: Path, display: Display) -> Summary:
    """The scenario is rehearsed to its end, whatever dies; then it is judged as a rehearsal and as an experiment."""
    began = monotonic()
    async with rehearsing(scenario, seed, folder / "data", display, NOTHING_CACHED) as rehearsal:
        system = SystemUnderTest(rehearsal.stack)
        await streams.provision(system)
        injector = VirtualFaultInjector(rehearsal, system, planned_kills(seed, kills, moves_of(scenario)))
        rehearsal.meanwhile = injector.meanwhile
        outcome = await rehearse(rehearsal)
        display.say(f"after {injector.moves} moves: checking every invariant")
        seen = await gather(system, scenario.protocol)
        report.keep_events(folder, seen)
        return _summary(outcome, seen, injector, kills, monotonic() - began)


def _verdict(outcome: Outcome, seen: Evidence) -> list[Violation]:
    """What the rehearsal says of itself, whether everybody came to the end that the scenario tells, every invariant."""
    found = [Violation("rehearsal", words) for words in outcome.failures]
    for person in outcome.summary.participants:
        told = outcome.scenario.person(person.referral).ends
        if person.outcome != told:
            found.append(
                Violation("ended_otherwise", f"{person.referral} is {person.outcome}; the scenario says {told}")
            )
    return [*found, *violations(seen)]


def _summary(outcome: Outcome, seen: Evidence, injector: VirtualFaultInjector, kills: int, seconds: float) -> Summary:
    return Summary(
        program=outcome.summary.protocol,
        virtual=True,
        seed=outcome.summary.seed,
        kills=kills,
        sabotage=None,
        wall_seconds=round(seconds, 1),
        ledger=report.ledger_of(seen),
        people=report.people_of(seen, len(outcome.scenario.cohorts)),
        faults=report.faults_of(injector.done),
        left_out={},
        full_disks={},
        recovery=report.recovery_of(injector.done, injector.recovered),
        checked=report.checked_of(seen, 0, 0),
        mails=report.mails_of(seen),
        dead_letters=outcome.summary.events.dead_letters,
        requests={},
        violations=report.broken(seen, [*injector.found, *_verdict(outcome, seen)]),
    )
