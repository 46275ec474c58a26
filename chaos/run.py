"""An experiment: cohorts go through their programs while everything breaks; then everything is counted."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from chaos import report, streams
from chaos.calendar import PROTOCOL
from chaos.fault_injector import FaultInjector
from chaos.idle import comes_to_rest
from chaos.invariants import Evidence, Violation, gather, violations
from chaos.invariants.workflows import WorkflowInvariants
from chaos.people.api_client import ApiClient
from chaos.people.crowd import Crowd
from chaos.plan import Kind, plan
from chaos.report import Summary
from chaos.system_under_test import UNREACHABLE, SystemUnderTest, standing
from rehearsal.virtual_time.broker import Broker
from shared.protocol.library import ProtocolLibrary

PATIENCE = 75.0
"""Seconds without a step, after which what is unfinished will stay so; the longest wait of a retry is shorter."""
WITHIN = 400.0
"""Seconds after which programs that still move will not come to an end: the longest takes a quarter of that."""
SMALL_LOG = "96MB"
PROBE_EVERY = 4.0
COHORTS_AT_ONCE, PEOPLE_A_COHORT = 3, 3
BETWEEN_COHORTS = 6.0


@dataclass(frozen=True)
class Options:
    """`only` some kinds of faults at some `targets`, `sabotage` of one protection: to prove that it is found.
    The faults begin `after` so many seconds."""

    kills: int = 16
    seed: int = 7
    sabotage: str | None = None
    only: Sequence[Kind] = ()
    targets: Sequence[str] = ()
    after: float = 0.0
    cohorts: int = COHORTS_AT_ONCE
    patience: float = PATIENCE
    within: float = WITHIN


async def experiment(
    options: Options, folder: Path, say: Callable[[str], None], enough: asyncio.Event | None = None
) -> Summary:
    """Everything is started on a fresh folder, and ended again. Once it is `enough`, nothing breaks any more."""
    began = monotonic()
    say("starting PostgreSQL, NATS, Temporal and five services")
    async with standing(folder, options.sabotage) as system:
        await _prepare(system, say)
        api = ApiClient(system.stack.endpoints, system.stack.issuer)
        crowd = Crowd(api, options.seed)
        workflow_invariants = WorkflowInvariants(system, ProtocolLibrary(folder / "protocols").latest(PROTOCOL))
        chance = random.Random(f"{options.seed}:weather")
        injector = FaultInjector(system, chance, say, workflow_invariants.look_at_workflows, enough or asyncio.Event())
        living = asyncio.create_task(crowd.live())
        try:
            found = await _through(options, system, crowd, injector, workflow_invariants, say)
        finally:
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living
            await api.close()
        seen = await gather(system, workflow_invariants.protocol)
        report.keep_events(folder, seen)
        return await _summary(options, system, seen, crowd, injector, workflow_invariants, found, monotonic() - began)


async def _prepare(system: SystemUnderTest, say: Callable[[str], None]) -> None:
    """A brisk redelivery, a log of PostgreSQL's own that fits on a small disk, and what this machine cannot break."""
    await streams.provision(system)
    async with system.database() as database:
        await database.execute(f"alter system set max_wal_size = '{SMALL_LOG}'")
        await database.execute("select pg_reload_conf()")
    for kind, why in system.left_out.items():
        say(f"left out: {kind}, because {why}")


async def _through(
    options: Options,
    system: SystemUnderTest,
    crowd: Crowd,
    injector: FaultInjector,
    workflow_invariants: WorkflowInvariants,
    say: Callable[[str], None],
) -> list[Violation]:
    """The programs begin, faults are injected as long as any are left, and everything comes to rest."""
    faults = plan(options.seed, options.kills, options.only, options.targets, system.left_out)
    injecting = asyncio.create_task(injector.inject(faults, options.kills, options.after))
    probing = asyncio.create_task(_probe(workflow_invariants))
    try:
        await _begin_cohorts(options, system, crowd, injecting)
        await injecting
        await injector.recovers()
        if not injector.found:
            say("no more faults: everything is ready, and the programs go on")
            await workflow_invariants.look_at_workflows()
    finally:
        injecting.cancel()
        probing.cancel()
        await asyncio.gather(injecting, probing, return_exceptions=True)
    found = await comes_to_rest(system, options.patience, options.within)
    return [*injector.found, *workflow_invariants.found, *found]


async def _begin_cohorts(
    options: Options, system: SystemUnderTest, crowd: Crowd, injecting: "asyncio.Task[None]"
) -> None:
    """Some at once at first; while faults are injected, a new one whenever there is room."""
    beginning: set[asyncio.Task[None]] = set()
    try:
        while not injecting.done() or crowd.cohorts < options.cohorts:
            if crowd.cohorts < options.cohorts or len(beginning) + await _open_cohorts(system) < options.cohorts:
                beginning.add(asyncio.create_task(crowd.begin_cohort(PEOPLE_A_COHORT)))
            done, _ = await asyncio.wait(
                {injecting, *beginning}, timeout=BETWEEN_COHORTS, return_when="FIRST_EXCEPTION"
            )
            for one in done:
                one.result()
            beginning -= done
        await asyncio.gather(*beginning)
    finally:
        for one in beginning:
            one.cancel()


async def _open_cohorts(system: SystemUnderTest) -> int:
    with suppress(*UNREACHABLE):
        async with system.database() as database:
            return int(await database.fetchval("select count(*) from scheduler.cohort where closed_at is null"))
    return COHORTS_AT_ONCE


async def _probe(workflow_invariants: WorkflowInvariants) -> None:
    """What the rows say against the rules, again and again; while PostgreSQL is away, later."""
    while True:
        await asyncio.sleep(PROBE_EVERY)
        with suppress(*UNREACHABLE):
            await workflow_invariants.look_at_agendas()


async def _summary(
    options: Options,
    system: SystemUnderTest,
    seen: Evidence,
    crowd: Crowd,
    injector: FaultInjector,
    workflow_invariants: WorkflowInvariants,
    found: list[Violation],
    seconds: float,
) -> Summary:
    async with system.broker() as connection:
        dead_letters = await Broker(connection).dead_letters()
    found = [*found, *violations(seen)]
    if dead_letters:
        found.append(Violation("dead_letters", f"{dead_letters} events were given up"))
    return Summary(
        program=PROTOCOL,
        virtual=False,
        seed=options.seed,
        kills=options.kills,
        sabotage=options.sabotage,
        wall_seconds=round(seconds, 1),
        ledger=report.ledger_of(seen),
        people=report.people_of(seen, crowd.cohorts),
        faults=report.faults_of(injector.done),
        left_out=dict(system.left_out),
        full_disks=report.full_disks_of(injector.done, injector.felt, injector.restarted),
        recovery=report.recovery_of(injector.done, injector.recovered),
        checked=report.checked_of(seen, workflow_invariants.agendas, workflow_invariants.workflows),
        mails=report.mails_of(seen),
        dead_letters=dead_letters,
        requests=dict(sorted(crowd.tries.items())),
        violations=report.broken(seen, found),
    )
