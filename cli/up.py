"""`./homeward up`: the whole of Homeward on this machine, in real or virtual time, until it is told to end."""

import asyncio
import fcntl
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli import CHECKOUT
from cli.clock import hold_time
from cli.running import DATA, Data
from embedded.endpoints import ENDPOINTS, SECRETS, UNFINISHED, Endpoints
from embedded.errors import EmbeddedError
from embedded.postgres import Postgres
from embedded.stack import PORTS, Stack
from shared.protocol.library import ProtocolLibrary

app = typer.Typer(add_completion=False)
PROTOCOLS = CHECKOUT / "protocols"
GUARD = "up.lock"
FOLDERS = ("nats", "temporal", "mail", "logs", "postgres")
VIRTUAL = "virtual-time"
"""Marks a folder whose clock is virtual: Temporal's test server keeps nothing, so the next start begins empty."""
KEPT = (*FOLDERS, "fork-server.log", "issuer.json", "jwks.json", SECRETS, ENDPOINTS, PORTS, UNFINISHED, VIRTUAL)


@app.command()
def up(
    data: Data = DATA,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what the data folder holds, and begin again.")] = False,
    virtual: Annotated[
        bool, typer.Option("--virtual", help="Use virtual time, which `./homeward clock` moves. Nothing is kept.")
    ] = False,
) -> None:
    """Start PostgreSQL, NATS, Temporal and the five services; what dies is started again; Ctrl-C ends everything.

    A faulty protocol file is named and stands still; the other protocols go on.
    """
    for fault in ProtocolLibrary(PROTOCOLS).faults:
        _say(f"protocol not in use: {fault}")
    with sole_owner(data):
        prepare(data, fresh=fresh, virtual=virtual)
        asyncio.run(_run(data, virtual))


@contextmanager
def sole_owner(data: Path) -> Iterator[None]:
    """Nobody else runs on this data until the end of the block."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        guard = (data / GUARD).open("a")
    except OSError as error:
        raise EmbeddedError(f"{data} cannot be written ({error.strerror}): give another folder with --data.") from None
    with guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"Homeward runs on {data} already: {data / ENDPOINTS} says where. End it first, or give another --data."
            ) from None
        yield


def prepare(data: Path, *, fresh: bool, virtual: bool) -> None:
    """Empty the folder when asked to, or when virtual time was in it. Refuse virtual time on a folder of real time."""
    if fresh or (data / VIRTUAL).exists():
        forget(data)
    elif virtual and (data / SECRETS).exists():
        raise EmbeddedError(
            f"{data} holds a Homeward in real time: give another folder with --data, or --fresh to empty this one."
        )
    if virtual:
        (data / VIRTUAL).touch()


def forget(data: Path) -> None:
    """Remove what Homeward itself put there, and nothing else."""
    Postgres(data / "postgres").erase()
    for name in KEPT:
        kept = data / name
        if kept.is_dir():
            shutil.rmtree(kept)
        else:
            kept.unlink(missing_ok=True)


async def _run(data: Path, virtual: bool) -> None:
    told_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    stack = Stack(data, virtual=virtual, progress=_say)
    ending, running = asyncio.create_task(told_to_end.wait()), asyncio.create_task(_start_and_keep(stack))
    try:
        await asyncio.wait((ending, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        running.cancel()
        await asyncio.wait((running,))
    finally:
        _say("ending")
        await stack.stop()


async def _start_and_keep(stack: Stack) -> None:
    """Start everything, and keep it running until this is cancelled; raises EmbeddedError when that is not possible."""
    await stack.start()
    if stack.virtual:
        await hold_time(stack.endpoints)
    _announce(stack.endpoints)
    await stack.supervise_servers()


def _announce(endpoints: Endpoints) -> None:
    _say("ready")
    addresses: dict[str, object] = {
        **endpoints.services,
        **({"Temporal UI": endpoints.temporal_ui} if endpoints.temporal_ui else {}),
        "Temporal": endpoints.temporal_address,
        "NATS": endpoints.nats_url,
        "PostgreSQL": f"{endpoints.postgres_host}:{endpoints.postgres_port}/{endpoints.database}",
        "mail (kept, not sent)": endpoints.mail_dir,
        "all of this": endpoints.data / ENDPOINTS,
    }
    for name, address in addresses.items():
        _say(f"  {name:<22} {address}")
    _say(f"Next, in another terminal:\n  ./homeward ledger --data {endpoints.data}")
    _say("or follow docs/tutorial.md. Ctrl-C here ends everything.")


def _say(text: str) -> None:
    typer.echo(text)
