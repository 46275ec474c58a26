"""How fast the agenda is: `python -m benchmarks.agenda`.

Agendas a second on one core, the preview of an amendment for one cohort and for a network of 1,000, how both grow, and
each as a ratio to a floor in the same run: making and sorting as many items as come out, which nobody can go below.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from services.scheduler.domain.agenda import Item, agenda
from services.scheduler.domain.amendment import Amendment
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.domain.history import History
from shared.protocol.calendar import OnDay
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol

PUBLISHED = load_protocol(Path(__file__).parent.parent / "protocols" / "weekly6.yaml")
ZONES = ("America/Vancouver", "America/Denver")
GROUP = 8
SECONDS = 2.0
START = date(2027, 2, 1)


def lived(calendar: Calendar, weeks: int) -> tuple[ProgramFact, ...]:
    """The facts of somebody who was there for everything until this week."""
    until = calendar.starts_at + timedelta(weeks=weeks)
    told: list[ProgramFact] = []

    def tell(kind: FactKind, item: str, at: datetime, /, **data: object) -> None:
        told.append(ProgramFact(len(told) + 1, kind, item, at, data))

    seated = calendar.starts_at - timedelta(days=10)
    tell(FactKind.SCREENED, "screening", seated, decision="eligible")
    tell(FactKind.SEAT_ACCEPTED, "seat", seated, cohort_id=str(UUID(int=1)))
    tell(FactKind.MEASURE_COMPLETED, "measure:baseline", seated)
    for session in sorted(calendar.sessions.values(), key=lambda session: session.starts_at):
        if session.starts_at < until:
            window = {"at": session.starts_at.isoformat(), "until": session.ends_at.isoformat()}
            tell(FactKind.ANNOUNCED, f"reminder:{session.item}:1", session.starts_at - timedelta(days=1), **window)
            tell(FactKind.ATTENDED, session.item, session.starts_at)
            if session.item.startswith("dose:"):
                tell(FactKind.DOSED, session.item, session.starts_at)
                tell(FactKind.CHECK_IN_CLOSED, f"check_in:{session.item}:24h", session.ends_at + timedelta(days=1))
    return tuple(told)


@cache
def amended() -> Protocol:
    """The published protocol with its closing circle a week later."""
    *others, last = PUBLISHED.sessions
    assert isinstance(last.at, OnDay)
    later = last.model_copy(update={"at": OnDay(day=last.at.day + 7, time=last.at.time)})
    return PUBLISHED.model_copy(update={"version": "9.0.0", "sessions": (*others, later)})


def cohorts(number: int) -> Iterator[tuple[Calendar, tuple[ProgramFact, ...]]]:
    """Cohorts that start in different weeks and zones, all in their fifth week."""
    for index in range(number):
        start = START + timedelta(weeks=index % 50)
        calendar = Calendar.plan(PUBLISHED, start, ZoneInfo(ZONES[index % len(ZONES)]))
        yield calendar, lived(calendar, 5)


def preview(calendar: Calendar, facts: tuple[ProgramFact, ...], people: int) -> int:
    """The changes of one cohort, as an amendment's preview computes them."""
    now = calendar.starts_at + timedelta(weeks=5)
    fixed = {item for item, session in calendar.sessions.items() if session.starts_at <= now}
    amendment = Amendment(PUBLISHED, amended(), calendar, fixed)
    assert not amendment.changes_of_the_past(now)
    return sum(len(amendment.changes_for(facts, now)) for _ in range(people))


def per_second(work: Callable[[], object]) -> float:
    """How often it is done in a second."""
    began, done = perf_counter(), 0
    while (passed := perf_counter() - began) < SECONDS:
        work()
        done += 1
    return done / passed


def floor_of(items: tuple[Item, ...]) -> Callable[[], object]:
    """Making the same items from what is known already, and sorting them."""
    parts = [(i.key, i.kind, i.at, i.until, i.why, i.gates, i.about) for i in items]
    return lambda: tuple(sorted((Item(*part) for part in parts), key=lambda item: (item.at, item.key)))


def _folded(calendar: Calendar, facts: tuple[ProgramFact, ...]) -> tuple[Item, ...]:
    return agenda(PUBLISHED, calendar, History.of(facts))


def agendas(console: Console) -> None:
    table = Table("weeks lived", "facts", "items ahead", "agendas/s", "a minute", "times the floor", title="Agendas")
    calendar = Calendar.plan(PUBLISHED, START, ZoneInfo(ZONES[0]))
    for weeks in (0, 3, 6, 9, 12):
        facts = lived(calendar, weeks)
        items = agenda(PUBLISHED, calendar, History.of(facts))
        speed = per_second(partial(_folded, calendar, facts))
        floor = per_second(floor_of(items))
        numbers = (weeks, len(facts), len(items), f"{speed:,.0f}", f"{speed * 60:,.0f}", f"{floor / speed:.1f}")
        table.add_row(*map(str, numbers))
    console.print(table)


def previews(console: Console) -> None:
    table = Table("cohorts", "people", "changes", "seconds", "ms a person", title="Previews of an amendment in week 5")
    for number, people in ((1, 4), (1, GROUP), (1, 40), (10, GROUP), (100, GROUP), (1000, GROUP)):
        network = list(cohorts(number))
        began = perf_counter()
        changed = sum(preview(calendar, facts, people) for calendar, facts in network)
        took, everybody = perf_counter() - began, number * people
        row = (number, everybody, changed, f"{took:.3f}", f"{1000 * took / everybody:.2f}")
        table.add_row(*map(str, row))
    console.print(table)


def main() -> None:
    console = Console(highlight=False)
    console.print(f"{PUBLISHED.id} {PUBLISHED.version}, one core, {datetime.now(UTC):%Y-%m-%d}")
    agendas(console)
    previews(console)


if __name__ == "__main__":
    main()
