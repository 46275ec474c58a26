"""Where commands write: nothing that they say is cut off, neither on a narrow terminal nor in a file."""

import os
import sys

from rich.console import Console
from rich.table import Table

PLAIN_WIDTH = 140


def console(*, highlight: bool = False) -> Console:
    """As wide as the terminal; in a pipe or a file, wide enough for whole tables, unless COLUMNS says otherwise."""
    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_known else PLAIN_WIDTH, highlight=highlight)


def table(*columns: str, title: str | None = None) -> Table:
    """A table whose words go on in the next line where there is no room for them."""
    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made
