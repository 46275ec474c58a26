"""A storm: cohorts go through their programs while everything breaks; then everything is counted."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from chaos import report, streams
from chaos.calendar import PROTOCOL
from chaos.house import UNREACHABLE, House, standing
from chaos.invariants import Evidence, Violation, gather, violations
from chaos.invariants.clockwork import Clockwork
from chaos.people.crowd import Crowd
from chaos.people.hands import Hands
from chaos.plan import Kind, plan
from chaos.quiet import comes_to_rest
from chaos.report import Summary
from chaos.weather import Weather
from rehearsal.clockwork.broker import Broker
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
    """`only` some kinds of faults at some `targets`, `sabotage` of one protection: to prove that a storm finds it.
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


async def storm(
    options: Options, folder: Path, say: Callable[[str], None], enough: asyncio.Event | None = None
) -> Summary:
    """Everything is started on a fresh folder, and ended again. Once it is `enough`, nothing breaks any more."""
    began = monotonic()
    say("starting PostgreSQL, NATS, Temporal and five services")
    async with standing(folder, options.sabotage) as house:
        await _prepare(house, say)
        hands = Hands(house.stack.endpoints, house.stack.issuer)
        crowd = Crowd(hands, options.seed)
        clockwork = Clockwork(house, ProtocolLibrary(folder / "protocols").latest(PROTOCOL))
        chance = random.Random(f"{options.seed}:weather")
        weather = Weather(house, chance, say, clockwork.look_at_workflows, enough or asyncio.Event())
        living = asyncio.create_task(crowd.live())
        try:
            found = await _through(options, house, crowd, weather, clockwork, say)
        finally:
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living
            await hands.close()
        seen = await gather(house, clockwork.protocol)
        report.keep_events(folder, seen)
        return await _summary(options, house, seen, crowd, weather, clockwork, found, monotonic() - began)


async def _prepare(house: House, say: Callable[[str], None]) -> None:
    """A brisk redelivery, a log of PostgreSQL's own that fits on a small disk, and what this machine cannot break."""
    await streams.provision(house)
    async with house.database() as database:
        await database.execute(f"alter system set max_wal_size = '{SMALL_LOG}'")
        await database.execute("select pg_reload_conf()")
    for kind, why in house.left_out.items():
        say(f"left out: {kind}, because {why}")


async def _through(
    options: Options, house: House, crowd: Crowd, weather: Weather, clockwork: Clockwork, say: Callable[[str], None]
) -> list[Violation]:
    """The programs begin, the weather rages as long as faults are left, and everything comes to rest."""
    faults = plan(options.seed, options.kills, options.only, options.targets, house.left_out)
    raging = asyncio.create_task(weather.rage(faults, options.kills, options.after))
    probing = asyncio.create_task(_probe(clockwork))
    try:
        await _begin_cohorts(options, house, crowd, raging)
        await raging
        await weather.clears()
        if not weather.found:
            say("the weather has cleared: everything is ready, and the programs go on")
            await clockwork.look_at_workflows()
    finally:
        raging.cancel()
        probing.cancel()
        await asyncio.gather(raging, probing, return_exceptions=True)
    found = await comes_to_rest(house, options.patience, options.within)
    return [*weather.found, *clockwork.found, *found]


async def _begin_cohorts(options: Options, house: House, crowd: Crowd, raging: "asyncio.Task[None]") -> None:
    """Some at once at first; while the weather rages, a new one whenever there is room."""
    beginning: set[asyncio.Task[None]] = set()
    try:
        while not raging.done() or crowd.cohorts < options.cohorts:
            if crowd.cohorts < options.cohorts or len(beginning) + await _open_cohorts(house) < options.cohorts:
                beginning.add(asyncio.create_task(crowd.begin_cohort(PEOPLE_A_COHORT)))
            done, _ = await asyncio.wait({raging, *beginning}, timeout=BETWEEN_COHORTS, return_when="FIRST_EXCEPTION")
            for one in done:
                one.result()
            beginning -= done
        await asyncio.gather(*beginning)
    finally:
        for one in beginning:
            one.cancel()


async def _open_cohorts(house: House) -> int:
    with suppress(*UNREACHABLE):
        async with house.database() as database:
            return int(await database.fetchval("select count(*) from scheduler.cohort where closed_at is null"))
    return COHORTS_AT_ONCE


async def _probe(clockwork: Clockwork) -> None:
    """What the rows say against the rules, again and again; while PostgreSQL is away, later."""
    while True:
        await asyncio.sleep(PROBE_EVERY)
        with suppress(*UNREACHABLE):
            await clockwork.look_at_agendas()


async def _summary(
    options: Options,
    house: House,
    seen: Evidence,
    crowd: Crowd,
    weather: Weather,
    clockwork: Clockwork,
    found: list[Violation],
    seconds: float,
) -> Summary:
    async with house.broker() as connection:
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
        faults=report.faults_of(weather.done),
        left_out=dict(house.left_out),
        full_disks=report.full_disks_of(weather.done, weather.felt, weather.restarted),
        recovery=report.recovery_of(weather.done, weather.recovered),
        checked=report.checked_of(seen, clockwork.agendas, clockwork.workflows),
        mails=report.mails_of(seen),
        dead_letters=dead_letters,
        requests=dict(sorted(crowd.tries.items())),
        violations=report.broken(seen, found),
    )
