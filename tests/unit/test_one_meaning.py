"""A class name has one meaning in the product: who searches for it finds one class.

Left out are the shapes of HTTP (`services/*/api`), which are named for the integrators of one service and often after
the command behind them, and the events (`shared/events`), which are named on the wire and always read with their
producer: `session.AbsenceRecorded`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from shared.migrations import ROOT

PRODUCT = ("shared", "services", "operations")
LEFT_OUT = ("services/*/api/*", "services/*/migrations/*", "services/*/migrations/versions/*", "shared/events/*")
KNOWN = {
    "Answered": 2,
    "Call": 3,
    "Change": 2,
    "CheckIn": 3,
    "Cohort": 2,
    "Decision": 3,
    "Entry": 2,
    "Link": 2,
    "Measure": 2,
    "Message": 2,
    "Outcome": 2,
    "Page": 2,
    "Past": 2,
    "Problem": 2,
    "Readiness": 2,
    "Reply": 2,
    "Risk": 2,
    "Route": 3,
    "Signed": 3,
    "Signing": 2,
    "Standing": 2,
    "Task": 2,
    "Wait": 2,
}
"""Names that have more than one meaning, and how many. Rename a class and take its line away; add none."""


def places(files: Mapping[str, str]) -> dict[str, list[str]]:
    """Return where each class is defined: `path:line` by its name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, source in files.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(f"{path}:{node.lineno}")
    return found


def wrong(found: Mapping[str, list[str]], known: Mapping[str, int]) -> list[str]:
    """Return in words each name with another number of meanings than is known."""
    counts = {name: len(found.get(name, ())) for name in known}
    new = [
        f"{name}: give one another name: {', '.join(at)}" for name, at in found.items() if len(at) > known.get(name, 1)
    ]
    gone = [f"{name}: say {count} in KNOWN" for name, count in counts.items() if count < known[name]]
    return sorted(new + gone)


def product() -> dict[str, str]:
    """Read the files whose class names must have one meaning."""
    return {str(path): (ROOT / path).read_text("utf-8") for path in _paths() if not any(map(path.match, LEFT_OUT))}


def _paths() -> Iterable[Path]:
    return (file.relative_to(ROOT) for top in PRODUCT for file in sorted((ROOT / top).rglob("*.py")))


def test_a_class_name_has_one_meaning() -> None:
    assert wrong(places(product()), KNOWN) == []


def test_a_second_and_a_third_meaning_are_found_and_one_that_is_gone() -> None:
    found = places({"a.py": "class Seat: ...\n\nclass Plan: ...", "b.py": "def f():\n    class Seat: ..."})
    assert wrong(found, {}) == ["Seat: give one another name: a.py:1, b.py:2"]
    assert wrong(found, {"Seat": 2}) == []
    assert wrong(found, {"Seat": 3}) == ["Seat: say 2 in KNOWN"]
    assert wrong(found, {"Seat": 2, "Plan": 2, "Gone": 2}) == ["Gone: say 0 in KNOWN", "Plan: say 1 in KNOWN"]
