"""`homeward protocol`: check a protocol file, and read a protocol as a clinician would."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shared.protocol.base import Cited, Sourced, walk
from shared.protocol.calendar import AfterDose, AfterStart, AtSession, FromInput, OnDay
from shared.protocol.library import ProtocolLibrary
from shared.protocol.load import ProtocolErrors, dotted, load_protocol
from shared.protocol.model import Protocol

app = typer.Typer(name="protocol", help="Program protocols: check a file, show one.", no_args_is_help=True)
PROTOCOLS = Path(__file__).parent.parent / "protocols"
Planned = OnDay | AfterStart | FromInput | AtSession | AfterDose


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A protocol file (YAML).")]) -> None:
    """Say whether a protocol file is right, and its content hash; else each fault as `file:line: path: sentence`."""
    try:
        protocol = load_protocol(file)
    except ProtocolErrors as wrong:
        for error in wrong.errors:
            typer.echo(str(error))
        raise typer.Exit(1) from None
    flagged = sum(isinstance(part, Sourced) and part.needs_medical_director_signoff for _, part in walk(protocol))
    typer.echo(f"ok {protocol.id} {protocol.version} {protocol.content_hash}")
    typer.echo(f"{flagged} values need a medical director's sign-off")


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="The protocol's id, such as weekly6.")],
    version: Annotated[str | None, typer.Option(help="Which version; the latest unless given.")] = None,
    directory: Annotated[Path, typer.Option(help="Where the protocol files are.")] = PROTOCOLS,
) -> None:
    """Show a protocol: its weeks, its rules and every value with its source (* needs a medical director's sign-off)."""
    try:
        library = ProtocolLibrary(directory)
        protocol = library.get(id, version) if version else library.latest(id)
    except (ProtocolErrors, KeyError) as wrong:
        typer.echo(wrong.args[0], err=True)
        raise typer.Exit(1) from None
    console = Console()
    console.print(f"[bold]{protocol.title}[/bold]  {protocol.id} {protocol.version}  {protocol.content_hash[:12]}")
    console.print(protocol.summary)
    for table in (_weeks(protocol), _measures(protocol), _rules(protocol), _values(protocol), _sources(protocol)):
        console.print(table)


def _weeks(protocol: Protocol) -> Table:
    table = Table("When", "What", "Key", "Lasts", title="Weeks", title_justify="left")
    for session in protocol.sessions:
        what = ", ".join((session.title, *(name.replace("_", " ") for name in session.includes)))
        table.add_row(_when(session.at), what, session.key, _duration(session.duration))
    return table


def _measures(protocol: Protocol) -> Table:
    table = Table("When", "What", "Instruments", "Opens", "Closes", "Source", title="Measures", title_justify="left")
    for measure in protocol.measures:
        window = (_duration(measure.opens), _duration(measure.closes))
        table.add_row(_when(measure.at), measure.title, ", ".join(measure.instruments), *window, _source(measure))
    return table


def _rules(protocol: Protocol) -> Table:
    table = Table("Outcome", "Rule", "Says", "Source", title="Screening", title_justify="left")
    for rule in protocol.screening.rules:
        table.add_row(rule.outcome, rule.id, rule.says, _source(rule))
    for suggestion in protocol.screening.modality:
        table.add_row(suggestion.suggests, suggestion.id, suggestion.says, _source(suggestion))
    return table


def _values(protocol: Protocol) -> Table:
    table = Table("Where", "Value", "Source", title="Values", title_justify="left")
    listed = ("screening.rules", "screening.modality", "measures")
    for path, part in walk(protocol):
        if isinstance(part, Sourced) and not dotted(path).startswith(listed):
            table.add_row(dotted(path), "; ".join(_words(part)), _source(part))
    return table


def _sources(protocol: Protocol) -> Table:
    table = Table("Id", "Reference", "Read", title="Sources", title_justify="left")
    for source in protocol.sources:
        table.add_row(source.id, source.reference, "yes" if source.read else "no: well known")
    return table


def _words(part: Sourced) -> Iterator[str]:
    """The plain values of a part; a part within it has a row or a table of its own."""
    if isinstance(part, Cited):
        yield _plain(part.value)
        return
    for name in type(part).model_fields:
        value = getattr(part, name)
        if value is not None and name not in Sourced.model_fields and not isinstance(value, tuple | Sourced):
            yield f"{name.replace('_', ' ')} {_plain(value)}"


def _plain(value: object) -> str:
    match value:
        case timedelta():
            return _duration(value)
        case tuple():
            return ", ".join(_plain(item) for item in value)
        case _:
            return str(value)


def _source(part: Sourced) -> str:
    return (part.source or "") + (" *" if part.needs_medical_director_signoff else "")


def _when(at: Planned) -> str:
    match at:
        case OnDay():
            return f"week {at.day // 7 + 1}, day {at.day % 7 + 1}, {at.time:%H:%M}"
        case AfterStart():
            return f"start + {_duration(at.offset)}"
        case FromInput():
            return f"given as {at.input}, {at.time:%H:%M}"
        case AtSession():
            return at.session if not at.offset else f"{at.session} + {_duration(at.offset)}"
        case AfterDose():
            return f"{_duration(at.offset)} after {at.dose} is given"


def _duration(length: timedelta) -> str:
    """`14 d`, `1 d 12 h`, `- 20 s`"""
    seconds = int(abs(length).total_seconds())
    amounts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    words = " ".join(f"{amount} {unit}" for amount, unit in amounts if amount) or "0"
    return f"- {words}" if length < timedelta(0) else words
