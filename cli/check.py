"""`./homeward check`: everything that must hold before a change is shared, each step by name and with its time."""

import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import typer

from cli import CHECKOUT, documented, links
from cli.protocol.released import changed, changed_defaults, defaults, kept_defaults
from shared.document import FaultyFile
from shared.protocol.library import ProtocolLibrary

TYPED = ("services", "shared", "embedded", "rehearsal", "operations", "chaos", "cli", "benchmarks", "tests/types")
"""Everything but the tests; and what the types must refuse."""

app = typer.Typer(add_completion=False)


class Failed(Exception):
    """A step did not hold; the text is what to read to mend it."""


@app.command()
def check() -> None:
    """Check style, strict types, import rules, protocols, events and documents. Every step runs."""
    steps: dict[str, Callable[[], None]] = {
        "style": lambda: tool("-m", "ruff", "check", "."),
        "format": lambda: tool("-m", "ruff", "format", "--check", "."),
        "types": lambda: tool("-m", "mypy", *TYPED),
        "imports": lambda: tool(str(Path(sys.executable).with_name("lint-imports")), "--no-logo"),
        "protocols": protocols_are_right,
        "events": events_mean_what_they_meant,
        "docs": docs_are_current,
        "links": links_lead_somewhere,
        "commands": commands_are_understood,
    }
    failed = [name for name, step in steps.items() if not holds(name, step)]
    if failed:
        typer.echo(f"Failed: {', '.join(failed)}.")
        raise typer.Exit(1)


def holds(name: str, step: Callable[[], None]) -> bool:
    began = time.monotonic()
    trouble = None
    try:
        step()
    except Failed as failure:
        trouble = str(failure)
    typer.echo(f"{name:<9} {'ok' if trouble is None else 'FAILED':<7} {time.monotonic() - began:5.1f} s")
    if trouble is not None:
        typer.echo(trouble)
    return trouble is None


def tool(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed((done.stdout + done.stderr).strip())


def protocols_are_right() -> None:
    """Raise Failed with every fault of the files in `protocols/`, and with what was released and has changed."""
    try:
        library = ProtocolLibrary(CHECKOUT / "protocols")
        edited = (changed(one, library.files[one.id, one.version]) for one in library.all())
        faults = (*library.faults, *filter(None, edited))
    except FaultyFile as faulty:
        faults = faulty.faults
    said = [str(fault) for fault in faults]
    said += changed_defaults(kept_defaults(), defaults())
    if said:
        raise Failed("\n".join(said))


def events_mean_what_they_meant() -> None:
    """Raise Failed with every released event that says something else now: docs/schemas is what was released."""
    if said := import_module("cli.docs.released_events").broken():
        raise Failed("\n".join(said))


def docs_are_current() -> None:
    """`cli.docs.generate(check=True)` writes nothing and returns the paths that no longer match the code."""
    if find_spec("cli.docs") is None:
        return
    try:
        stale = import_module("cli.docs").generate(check=True)
    except FaultyFile as faulty:
        raise Failed(f"Nothing can be generated from a faulty file:\n{faulty}") from None
    if stale:
        raise Failed(f"Not what the code says, run ./homeward docs: {', '.join(str(path) for path in stale)}")


def links_lead_somewhere() -> None:
    """Raise Failed with each link in a Markdown file that leads nowhere, and each path that is no link."""
    if dead := links.broken(CHECKOUT):
        raise Failed("In the documents:\n" + "\n".join(dead))


def commands_are_understood() -> None:
    """Raise Failed with each `./homeward` command in a Markdown file that the command line does not understand."""
    if wrong := documented.misunderstood(CHECKOUT):
        raise Failed("These commands in the documents are not understood:\n" + "\n".join(wrong))
