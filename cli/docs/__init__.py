"""`./homeward docs`: documents that the code itself writes; `check` finds those that say something else."""

import json
from pathlib import Path

import typer
from pydantic import TypeAdapter

from cli import CHECKOUT
from cli.docs import (
    asyncapi,
    commands,
    events,
    obligations,
    openapi,
    pictures,
    protocols,
    refusals,
    released_events,
    reliability,
    settings,
    states,
)
from cli.protocol import released
from shared import nats_rights
from shared.fields import Reference
from shared.protocol.answers import ScreeningAnswers

app = typer.Typer(add_completion=False)
FOLDERS = ("docs/schemas", "docs/openapi", "docs/protocols")
"""Folders that hold generated files alone: a file there that nothing generates any more is removed."""


@app.command()
def docs() -> None:
    """Write the generated documents again: events, schemas, AsyncAPI, OpenAPI, states, protocols, rights on NATS.

    Nothing is written while a released event would mean something else: `docs/schemas` is what was released.
    """
    if said := released_events.broken():
        typer.echo("\n".join(said), err=True)
        raise typer.Exit(1)
    for path in generate():
        typer.echo(f"wrote {path}")


def generate(check: bool = False) -> list[Path]:
    """The paths that differ from what the code says now; without `check` they are brought up to date."""
    wanted = documents()
    stale = [path for path, text in wanted.items() if not _is_current(CHECKOUT / path, text)]
    obsolete = [path for path in _generated_before() if path not in wanted]
    if not check:
        for path in stale:
            (CHECKOUT / path).parent.mkdir(parents=True, exist_ok=True)
            (CHECKOUT / path).write_text(wanted[path])
        for path in obsolete:
            (CHECKOUT / path).unlink()
    return stale + obsolete


def documents() -> dict[Path, str]:
    """Every generated document: its path and its text."""
    texts = {
        "docs/events.md": events.table(),
        "docs/asyncapi.yaml": asyncapi.document(),
        "docs/states.md": states.page(),
        "docs/commands.md": commands.page(),
        "docs/obligations.md": obligations.page(),
        "docs/refusals.md": refusals.page(),
        "docs/settings.md": settings.page(),
        "deploy/nats/nats.conf": nats_rights.configuration(nats_rights.load_integrators()),
        "examples/answers.schema.json": answers_schema(),
        "protocols/released.json": released.released(CHECKOUT / "protocols"),
        "protocols/released_spans.json": released.released_spans(CHECKOUT / "protocols"),
        "shared/protocol/defaults.json": released.recorded_defaults(),
        **events.schemas(),
        **openapi.documents(),
        **pictures.documents(),
        **protocols.documents(),
        **reliability.documents(),
    }
    return {Path(path): text for path, text in texts.items()}


def answers_schema() -> str:
    """The JSON Schema of an `answers.yaml`: screening answers by reference."""
    described = TypeAdapter(dict[Reference, ScreeningAnswers]).json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Screening answers by reference"}
    return json.dumps(head | described, indent=2, ensure_ascii=False) + "\n"


def _is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


def _generated_before() -> list[Path]:
    return sorted(path.relative_to(CHECKOUT) for folder in FOLDERS for path in (CHECKOUT / folder).glob("*.*"))
