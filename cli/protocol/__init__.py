"""`homeward protocol`: check a protocol file, read a protocol as a clinician would, and tell two apart in words."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import screen
from cli.protocol.reading import reading
from cli.protocol.released import changed
from cli.protocol.releasing import release, signed_off, standing
from cli.protocol.signing_off import sign_off
from cli.protocol.terminal import show as show_page
from cli.running import DATA, Data
from embedded.errors import EmbeddedError
from shared.document import FaultyFile, read_document
from shared.protocol.care import Cohort
from shared.protocol.checks.messages import crowded
from shared.protocol.differences import Difference, differences
from shared.protocol.flagged import flagged
from shared.protocol.library import ProtocolGone, ProtocolLibrary
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Check, read, compare, sign off and release protocols."
)
PROTOCOLS = Path(__file__).parents[2] / "protocols"
Directory = Annotated[Path, typer.Option(help="Where the protocol files are.")]
NAME = "A protocol file, or an id such as weekly6 (its latest version) or weekly6@1.0.0."


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A protocol file (YAML).")]) -> None:
    """Say whether a protocol file is right, and its content hash; else each fault as `file:line: path: sentence`.

    A version that another file of its folder holds already is a fault: nobody could choose between the two. So is a
    file that says something else than what was released under its version (released.json).
    """
    protocol = _load(file)
    for other in _namesakes(file, protocol):
        typer.echo(
            f"{file}:1: version: {protocol.id} {protocol.version} is already in {other.name}: change the version"
        )
        raise typer.Exit(1)
    if fault := changed(protocol, file):
        typer.echo(str(fault))
        raise typer.Exit(1)
    typer.echo(f"ok {protocol.id} {protocol.version} {protocol.content_hash}")
    typer.echo(f"{len(flagged(protocol))} values need a medical director's sign-off")
    for name in protocol.cohort.unset:
        said = Cohort.model_fields[name].description
        typer.echo(f"cohort.{name} ({said}) must be set before a version is released")
    for sentence in crowded(protocol):
        typer.echo(f"warning: messages: {sentence}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help=NAME)],
    version: Annotated[str | None, typer.Option(help="Which version; the latest unless given.")] = None,
    site: Annotated[str | None, typer.Option(help="Leave out the flagged values that are signed off there.")] = None,
    directory: Directory = PROTOCOLS,
    data: Data = DATA,
) -> None:
    """Show a protocol: its weeks, its rules and every value with its source (* needs a medical director's sign-off)."""
    protocol = _find(f"{name}@{version}" if version else name, directory)
    found = asyncio.run(signed_off(data, site, protocol.id, protocol.version)) if site else None
    show_page(reading(protocol, _signed(found, protocol)), screen.console(highlight=True))
    if found:
        typer.echo(standing(found))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help=NAME)],
    after: Annotated[str, typer.Argument(help=NAME)],
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON list, for a program to read.")] = False,
    directory: Directory = PROTOCOLS,
) -> None:
    """Say in clinical words in what two protocols, or two versions of one, differ."""
    found = differences(_find(before, directory), _find(after, directory))
    if as_json:
        typer.echo(json.dumps([_described(difference) for difference in found], indent=2, ensure_ascii=False))
        return
    for section, said in groupby(found, key=lambda difference: difference.section):
        typer.echo(f"{section[:1].upper()}{section[1:]}")
        for difference in said:
            typer.echo(f"  {difference.sentence}")
    if not found:
        typer.echo("They say the same.")


app.command()(release)
app.command("sign-off")(sign_off)


def _signed(found: dict[str, Any] | None, protocol: Protocol) -> list[str]:
    """The paths that are signed off; none when the services read another content under the version."""
    if found is None or found["hash"] != protocol.content_hash:
        return []
    return [one["path"] for one in found["signed"]]


def _described(difference: Difference) -> dict[str, str | None]:
    return {**difference.model_dump(), "sentence": difference.sentence}


def _find(name: str, directory: Path) -> Protocol:
    """The protocol in a file, or one of the directory by its id; ends the command with a sentence if there is none."""
    if "/" in name or name.endswith((".yaml", ".yml")):
        return _load(Path(name))
    id, _, version = name.partition("@")
    try:
        library = ProtocolLibrary(directory)
        return library.published(id, version) if version else library.latest(id)
    except (FaultyFile, ProtocolGone, KeyError) as wrong:
        if isinstance(wrong, FaultyFile):
            raise
        raise EmbeddedError(wrong.detail if isinstance(wrong, ProtocolGone) else wrong.args[0]) from None


def _namesakes(file: Path, protocol: Protocol) -> Iterator[Path]:
    """The other files of the folder that hold the same id and version, whatever else is in them."""
    for other in sorted(file.absolute().parent.glob("*.yaml")):
        if other.samefile(file):
            continue
        with suppress(FaultyFile):
            data = read_document(other).data
            if isinstance(data, dict) and (data.get("id"), data.get("version")) == (protocol.id, protocol.version):
                yield other


def _load(file: Path) -> Protocol:
    try:
        return load_protocol(file)
    except FaultyFile as wrong:
        for error in wrong.faults:
            typer.echo(str(error))
        raise typer.Exit(1) from None
