"""The grid that a rehearsal ends with, from its stored summary, drawn by the terminal's own code."""

import io

from rich.console import Console

from cli import CHECKOUT
from rehearsal.grid import with_legend
from rehearsal.report import Summary

RUN = CHECKOUT / "docs" / "pictures" / "rehearsed.json"
"""Written by `./homeward demo --json docs/pictures/rehearsed.json`; which program it was is in it."""
WIDTH = 80
SHAPE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="Participants by weeks">
<style>.{unique_id}-matrix {{ font: {char_height}px monospace }}
.{unique_id}-title {{ font: bold 18px sans-serif }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""
"""Rich's own shape asks a font from another address."""


def picture() -> str:
    """Draw the whole grid with its legend as a terminal of 80 columns shows it."""
    summary = Summary.model_validate_json(RUN.read_text())
    console = Console(record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor")
    console.print(with_legend(summary.grid, WIDTH))
    title = f"./homeward demo --protocol {summary.protocol}"
    return console.export_svg(title=title, code_format=SHAPE, unique_id="grid")
