"""`./homeward events`: what happened, a line each, in the order of the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from rich.console import Console
from rich.text import Text

from cli.running import DATA, Data, known_sites, wire
from cli.stopping import stop_when_told
from shared.events import Envelope, Event, parse
from shared.relay import STREAM

app = typer.Typer(add_completion=False)
BATCH = 200
FORGET_READER_AFTER = 60.0


@app.command("events")
def show(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    type: Annotated[str, typer.Option(help="Only types that hold this, such as session.dose or absence.")] = "",
    site: Annotated[str, typer.Option(help="Only this site.")] = "",
    json: Annotated[bool, typer.Option("--json", help="The whole CloudEvent, one a line.")] = False,
    data: Data = DATA,
) -> None:
    """Show the events of the program log: time, type, site, and whom or what each is about."""
    if site:
        known_sites([site])
    with suppress(asyncio.CancelledError, BrokenPipeError):
        asyncio.run(_show(data, follow, type, site, json))


async def _show(data: Path, follow: bool, type: str, site: str, json: bool) -> None:
    stop_when_told()
    console = Console(highlight=False, soft_wrap=True)
    async with wire(data, "observer") as connection:
        async for message in stream(connection, STREAM, follow=follow):
            told = _told(message)
            if json and _is_wanted(message.subject, type, site):
                typer.echo(message.data)
            elif _is_wanted(message.subject, type, site):
                console.print(told)


def _is_wanted(subject: str, type: str, site: str) -> bool:
    """Subjects are `program.<audience>.<site>.<service>.<entity>.<fact>.v1`."""
    _, _, at, said = subject.split(".", 3)
    return site in ("", at) and type.removeprefix("homeward.") in said


def _told(message: Msg) -> Text:
    try:
        return line(parse(message.data))
    except ValueError:
        return Text(f"what is on {message.subject} is no event: see ./homeward deadletters list", style="red")


async def stream(connection: Client, name: str, *, follow: bool = False) -> AsyncIterator[Msg]:
    """The messages of a stream from its beginning to its end; beyond it when following."""
    jetstream = connection.jetstream()
    left = (await jetstream.stream_info(name)).state.messages
    reading = ConsumerConfig(
        deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, inactive_threshold=FORGET_READER_AFTER
    )
    reader = await jetstream.pull_subscribe(">", stream=name, config=reading)
    while follow or left:
        try:
            messages = await reader.fetch(BATCH if left else 1, timeout=1)
        except TimeoutError:
            continue
        for message in messages:
            left = message.metadata.num_pending
            yield message


def line(event: Envelope[Event]) -> Text:
    """`2026-11-22 17:00:05Z  session.dose.administered  bc  <id>  item dose:3`"""
    told = Text(f"{event.time:%Y-%m-%d %H:%M:%S}Z  ", style="dim")
    told.append(f"{event.type.removeprefix('homeward.').removesuffix('.v1'):<36}", style="bold")
    told.append(f" {event.site:<4} {event.subject}")
    about = {name: getattr(event.data, name, None) for name in ("kind", "item", "state", "phase", "status", "owner")}
    told.append("".join(f"  {name} {value}" for name, value in about.items() if value), style="dim")
    return told
