"""`./homeward test`: the tests by category. A category is a folder under tests/ and has one cost."""

import subprocess
import sys

import typer

from cli import CHECKOUT

app = typer.Typer(add_completion=False)

CATEGORIES = ("unit", "workflows", "contracts", "components", "scenarios", "faults")
SIDE_BY_SIDE = ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
"""The whole suite runs in four processes, each with servers of its own; tests/conftest.py says what stays together."""
LONGEST_FIRST = ("scenarios", "faults", "components", "contracts", "workflows", "unit")
"""So that no process is left alone with a long file at the end."""


@app.command("test", context_settings={"ignore_unknown_options": True})
def run(
    words: list[str] = typer.Argument(None, metavar="[CATEGORY]... [PATH]... [PYTEST OPTIONS]", show_default=False),
    long: bool = typer.Option(False, "--long", help="Also what takes longer than the ten minutes of the whole suite."),
) -> None:
    """Run the tests: all of them, or the categories named.

    Categories: unit, workflows, contracts, components, scenarios, faults. What follows goes to pytest: a folder or a
    file, with or without its `tests/`, and pytest's options. For example: components/session -k witness
    """
    categories, for_pytest = split(words or [])
    folders = [f"tests/{category}" for category in (categories if words else LONGEST_FIRST)]
    for folder in folders:
        if not (CHECKOUT / folder).is_dir():
            known, wrong = ", ".join(CATEGORIES), folder.removeprefix("tests/")
            raise typer.BadParameter(f"there is no test category {wrong!r}; the categories are {known}")
    for path in (word.partition("::")[0] for word in for_pytest[:1]):
        if not path.startswith("-") and not (CHECKOUT / path).exists():
            raise typer.BadParameter(f"there is no {path}, neither here nor in tests/")
    everything = ["-m", ""] if long else []
    processes = [] if words else SIDE_BY_SIDE
    command = [sys.executable, "-m", "pytest", "--durations=10", *processes, *everything, *folders, *for_pytest]
    raise typer.Exit(subprocess.run(command, cwd=CHECKOUT).returncode)


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Categories first; the first word that is an option or a path begins pytest's own arguments."""
    for position, word in enumerate(words):
        if word.startswith("-") or "/" in word:
            return words[:position], [in_tests(each) for each in words[position:]]
    return words, []


def in_tests(word: str) -> str:
    """Return `components/session` as `tests/components/session`, and every other word as it is."""
    path = word.partition("::")[0]
    is_short = "/" in path and not (CHECKOUT / path).exists() and (CHECKOUT / "tests" / path).exists()
    return f"tests/{word}" if is_short else word
