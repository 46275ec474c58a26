"""`./homeward deadletters`: messages that no handler could take, each with its reason, and the way back for them."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from cli import screen
from cli.events import stream
from cli.running import DATA, Data, wire
from embedded.errors import EmbeddedError
from shared.handlers import DEAD_LETTERS, REPLAYED_FOR
from shared.relay import STREAM

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def deadletters() -> None:
    """Messages that could not be handled are kept with their reason; nothing is dropped silently."""


@app.command("list")
def show(data: Data = DATA) -> None:
    """List the dead letters: id, when, whose, what and why."""
    asyncio.run(_list(data))


@app.command()
def replay(
    id: Annotated[int | None, typer.Argument(help="The dead letter's id, from the list.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every dead letter, in the order they were kept.")] = False,
    data: Data = DATA,
) -> None:
    """Put a dead letter back where it came from. Who handled it before does nothing twice; the list then forgets it."""
    if (id is None) == (not all):
        raise typer.BadParameter("give the id of one dead letter, or --all")
    asyncio.run(_replay(data, id))


async def _list(data: Path) -> None:
    async with wire(data, "observer") as connection:
        letters = [letter async for letter in stream(connection, DEAD_LETTERS)]
    if not letters:
        typer.echo("No dead letters.")
        return
    table = screen.table("Id", "Kept", "Consumer", "Subject", "Reason")
    for letter in letters:
        kept = letter.metadata
        said = [_header(letter, name) for name in ("Consumer", "Subject", "Reason")]
        table.add_row(str(kept.sequence.stream), f"{kept.timestamp:%Y-%m-%d %H:%M:%S}Z", *said)
    screen.console().print(table)


async def _replay(data: Path, id: int | None) -> None:
    async with wire(data, "admin") as connection:
        letters = [m async for m in stream(connection, DEAD_LETTERS) if id in (None, m.metadata.sequence.stream)]
        if id is not None and not letters:
            raise EmbeddedError(f"There is no dead letter {id}: `./homeward deadletters list` shows those there are.")
        for letter in letters:
            await _put_back(connection, letter)
    typer.echo(f"replayed {len(letters)}")


async def _put_back(connection: Client, letter: Msg) -> None:
    """For the consumer that could not take it. A fresh message id passes JetStream's deduplication; the inbox of the
    service knows the event's own."""
    subject = _header(letter, "Subject")
    jetstream = connection.jetstream()
    headers = {"Nats-Msg-Id": f"replay-{uuid4()}", REPLAYED_FOR: _header(letter, "Consumer")} | _content_type(letter)
    await jetstream.publish(subject, letter.data, stream=STREAM, headers=headers, timeout=5)
    try:
        await jetstream.delete_msg(DEAD_LETTERS, letter.metadata.sequence.stream)
    except NotFoundError:
        return


def _content_type(letter: Msg) -> dict[str, str]:
    given = (letter.headers or {}).get("Content-Type")
    return {"Content-Type": given} if given else {}


def _header(letter: Msg, name: str) -> str:
    return (letter.headers or {}).get(f"Homeward-{name}", "")
