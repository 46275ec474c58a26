"""`./homeward clock`: the time of a Homeward that runs in virtual time, shown and moved."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.client import Client

from cli import screen
from cli.events import line
from cli.running import DATA, SITES, Data, answering, duration, known_sites
from cli.stopping import stop_when_told
from embedded.endpoints import Endpoints
from embedded.errors import EmbeddedError
from rehearsal.event_tail import EventTail
from rehearsal.virtual_time import Stalled, VirtualTimeDriver
from shared.events import Envelope, Event
from shared.sites import load_sites

app = typer.Typer(add_completion=False, invoke_without_command=True)
GUARD = "clock.lock"


@dataclass
class Nobody:
    """Acts at no time of its own; holds the time that the clock must not pass."""

    until: datetime | None = None
    busy = False

    def next_at(self) -> datetime | None:
        return self.until


@app.callback()
def clock(context: typer.Context, data: Data = DATA) -> None:
    """Show what time it is there and when something is due next, or move the time.

    It moves from one moment at which something is due to the next, and waits each time until everything that is due
    has been done. What happens on the way is shown.
    """
    context.obj = data
    if context.invoked_subcommand is None:
        asyncio.run(_show(data))


@app.command()
def forward(
    context: typer.Context, length: Annotated[str, typer.Argument(help="How far, such as 90m, 12h or 7d.")]
) -> None:
    """Move the time forward by a length."""
    ahead = duration(length)
    asyncio.run(_move(context.obj, lambda now, _: now + ahead))


@app.command()
def to(
    context: typer.Context,
    instant: Annotated[str, typer.Argument(help="When, such as 2030-01-07T09:00.")],
    site: Annotated[str, typer.Option(help="Whose clock says so; UTC without a site.")] = "",
) -> None:
    """Move the time forward to an instant, in the time of a site or in UTC."""
    known_sites([site] if site else None)
    target = _instant(instant, ZoneInfo(load_sites(SITES)[site].zone) if site else UTC)
    asyncio.run(_move(context.obj, lambda now, _: _ahead(now, target)))


@app.command("next")
def to_next(context: typer.Context) -> None:
    """Move the time forward to the next moment at which something is due."""
    asyncio.run(_move(context.obj, lambda _, due: _something(due)))


def _instant(text: str, zone: tzinfo) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date and time: write for example 2030-01-07T09:00") from None
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _ahead(now: datetime, target: datetime) -> datetime:
    if target < now:
        raise EmbeddedError(f"{target.astimezone(UTC):%Y-%m-%d %H:%M}Z is over: it is {now:%Y-%m-%d %H:%M}Z there.")
    return target


def _something(due: datetime | None) -> datetime:
    if due is None:
        raise EmbeddedError("Nothing is due: nobody is in a program there.")
    return due


async def _show(data: Path) -> None:
    async with _virtual_time(data, Nobody(), lambda _: None) as virtual_time:
        _say(await virtual_time.until_idle(), virtual_time.next_at())


async def _move(data: Path, goal: Callable[[datetime, datetime | None], datetime]) -> None:
    """Move to the goal, which is asked for with the present time and the next moment at which something is due."""
    stop_when_told()
    nobody, log = Nobody(), list[Envelope[Event]]()
    console = Console(highlight=False, soft_wrap=True)
    async with _virtual_time(data, nobody, log.append) as virtual_time:
        now = await virtual_time.until_idle()
        shown = len(log)
        nobody.until = goal(now, virtual_time.next_at())
        while now < nobody.until:
            await virtual_time.step()
            now = await virtual_time.until_idle()
            for event in log[shown:]:
                console.print(line(event))
            shown = len(log)
        nobody.until = None
        _say(now, virtual_time.next_at())


def _say(now: datetime, due: datetime | None) -> None:
    ahead = f"next due {due:%a %d %b %Y %H:%M}Z" if due else "nothing is due"
    screen.console().print(f"it is {now:%a %d %b %Y %H:%M}Z there; {ahead}")


async def hold_time(endpoints: Endpoints) -> None:
    """Let virtual time pass as real time does, until somebody moves it: by itself it jumps to whatever is due."""
    client = await Client.connect(endpoints.temporal_address)
    await client.test_service.lock_time_skipping(LockTimeSkippingRequest())


@asynccontextmanager
async def _instead_of_up(endpoints: Endpoints) -> AsyncIterator[None]:
    """Take over the hold that `up` has on the time. Holds are counted: with two of them nothing moves it.

    It is given back before the driver's own is released, so that no moment is without one.
    """
    client = await Client.connect(endpoints.temporal_address)
    await client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
    try:
        yield
    finally:
        await client.test_service.lock_time_skipping(LockTimeSkippingRequest())


@asynccontextmanager
async def _virtual_time(
    data: Path, nobody: Nobody, hear: Callable[[Envelope[Event]], None]
) -> AsyncIterator[VirtualTimeDriver]:
    """Take hold of the time. Refused in real time, and while somebody else moves it."""
    endpoints = Endpoints.load(data)
    if not endpoints.virtual:
        raise EmbeddedError(f"{data} runs in real time, which nobody moves: `./homeward up --virtual` can be moved.")
    with (data / GUARD).open("a") as guard, answering(data):
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError("Another `./homeward clock` is moving the time: wait until it has ended.") from None
        try:
            async with (
                EventTail.open(endpoints, hear) as tail,
                VirtualTimeDriver.of(endpoints, nobody, tail) as virtual_time,
                _instead_of_up(endpoints),
            ):
                yield virtual_time
        except Stalled as stalled:
            raise EmbeddedError(str(stalled)) from None
