"""In every service its commands alone tell of a change or change what is owed: the rest translates."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.migrations import ROOT

SERVICES = sorted(main.parent for main in (ROOT / "services").glob("*/main.py"))
CHANGES = {"emit", "open", "close", "move", "reopen"}
OF = {"work", "obligations"}


def changes(source: str) -> Iterator[tuple[int, str]]:
    """Each call of `work.emit`, or of a method of `obligations` that changes one, with its line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=what)) if of in OF and what in CHANGES:
                yield node.lineno, f"{of}.{what}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_nothing_but_commands_tells_of_a_change_or_changes_what_is_owed(service: Path) -> None:
    files = [
        file for file in service.rglob("*.py") if file.relative_to(service).parts[0] not in ("commands", "migrations")
    ]
    assert files
    found = [f"{file.relative_to(ROOT)}:{line}: {what}" for file in files for line, what in changes(file.read_text())]
    assert found == []


def test_a_change_anywhere_in_a_file_is_found() -> None:
    source = "async def f(work):\n    if True:\n        await work.emit(event)\n    obligations.close(work, task)"
    assert sorted(changes(source)) == [(3, "work.emit"), (4, "obligations.close")]
    assert list(changes("file.open()\nwork.lock(query)")) == []
