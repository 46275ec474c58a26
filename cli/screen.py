"""Where commands write: nothing that they say is cut off, neither on a narrow terminal nor in a file."""

import locale
import os
import sys
import textwrap
from io import TextIOWrapper

from rich.console import Console
from rich.table import Table

PLAIN_WIDTH = 140
ASCII = ("ANSI_X3.4-1968", "US-ASCII", "ascii", "646")


def print_in_any_locale() -> None:
    """Print in the locale's encoding, and what it has no letter for as an escape: nothing fails on a word.

    Where the locale is plain ASCII nobody has chosen one, and UTF-8 is printed, as Python itself does.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            chosen = stream.encoding if "PYTHONIOENCODING" in os.environ else locale.getencoding()
            stream.reconfigure(encoding="utf-8" if chosen in ASCII else chosen, errors="backslashreplace")


def in_80_columns(words: str) -> str:
    """Break lines that are longer than 80 columns, between words."""
    lines = words.split("\n")
    return "\n".join(textwrap.fill(line, 80, break_long_words=False, break_on_hyphens=False) for line in lines)


def console(*, highlight: bool = False) -> Console:
    """As wide as the terminal; in a pipe or a file, wide enough for whole tables, unless COLUMNS says otherwise."""
    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_known else PLAIN_WIDTH, highlight=highlight)


def table(*columns: str, title: str | None = None, whole: str = "", framed: bool = True) -> Table:
    """A table whose words go on in the next line where there is no room for them; the column `whole` keeps its line.

    Without a frame an id and five short columns fit 80 columns.
    """
    made = Table(title=title, title_justify="left")
    if not framed:
        made = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column == whole)
    return made
