"""Finds `./homeward` commands in the Markdown documents that the command line would not understand."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer.main
from typer._click.exceptions import ClickException

COMMAND = re.compile(r"\./homeward(?= )")
FENCE = re.compile(r"^(?:```|~~~)\w*\n(.*?)^(?:```|~~~)", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
CONTINUED = re.compile(r"\\\n\s*")
PLACEHOLDER = re.compile(r".*[$…].*|[A-Z]+")
"""What stands for something that a reader fills in."""
RUN_AS_A_TEST = "docs/tutorial.md"
"""Its commands are shell, and tests/scenarios/test_the_tutorial.py runs them."""


def misunderstood(checkout: Path) -> list[str]:
    """Name each command of a tracked Markdown file with what the command line says against it."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=checkout, capture_output=True, text=True, check=True)
    pages = [checkout / name for name in listed.stdout.split("\0") if name and name != RUN_AS_A_TEST]
    return [f"{page.relative_to(checkout)}: {wrong}" for page in pages for wrong in wrong_commands(page.read_text())]


def wrong_commands(text: str) -> Iterator[str]:
    """Yield what is wrong with each command of a page; one in a code block must be complete, too."""
    for block in FENCE.findall(text):
        for words in _commands(CONTINUED.sub(" ", block)):
            yield from _faults(words, complete=True)
    for inline in INLINE.findall(FENCE.sub("", text)):
        for words in _commands(inline.replace("\n", " ")):
            yield from _faults(words, complete=False)


def _commands(shell: str) -> Iterator[list[str]]:
    """Split each command into its words; it ends where the shell would end it."""
    for start in COMMAND.finditer(shell):
        words = shlex.shlex(shell[start.end() :], posix=True, punctuation_chars="();<>|&\n")
        words.whitespace, words.whitespace_split, words.commenters = " \t\r", True, ""
        found = []
        try:
            for word in words:
                if set(word) <= set("();<>|&\n") or word.startswith("#"):
                    break
                found.append(word)
        except ValueError:  # a quotation that ends outside of what is shown
            pass
        yield found


def _faults(words: list[str], complete: bool) -> Iterator[str]:
    if words and PLACEHOLDER.fullmatch(words[0]):
        return
    said = shlex.join(["./homeward", *words])
    try:
        command, context = _parsed(words)
    except ClickException as refused:
        yield f"`{said}`: {refused.format_message()}"
        return
    known = {"-h", "--help"}.union(*(each.opts + each.secondary_opts for each in command.params))
    unknown = [] if context.ignore_unknown_options else [w for w in words if w.startswith("-") and w not in known]
    if too_much := [*unknown, *context.args]:
        yield f"`{said}`: {too_much[0]!r} is not understood"
    for parameter in command.params:
        given = [word for option, word in pairwise([*words, ""]) if option in parameter.opts]
        is_there = bool(given) or context.params.get(parameter.name) is not None
        if complete and parameter.required and not is_there:
            yield f"`{said}`: {parameter.name} is missing"
        if given and given[0] and not PLACEHOLDER.fullmatch(given[0]) and context.params.get(parameter.name) is None:
            yield f"`{said}`: {given[0]!r} is no {parameter.name}"


def _parsed(words: list[str]) -> tuple[Any, Any]:
    """Follow groups to the command that is meant, and read its options; raises ClickException."""
    from cli.main import app

    command, rest, parent = typer.main.get_command(app), words, None
    while True:
        context = command.make_context("homeward", list(rest), parent=parent, resilient_parsing=True)
        left = [*context._protected_args, *context.args]
        if not hasattr(command, "resolve_command") or not left:
            return command, context
        _, command, rest = command.resolve_command(context, left)
        if command is None:
            raise ClickException(f"there is no command {left[0]!r}")
        parent = context
