"""A page in a terminal."""

from rich.console import Console
from rich.markup import escape

from cli import screen
from cli.protocol.page import Block, Page, Points, Table


def show(page: Page, console: Console) -> None:
    console.print(f"[bold]{escape(page.title)}[/bold]")
    for block in page.lead:
        _print(block, console)
    for section in page.sections:
        console.print(f"\n[bold]{escape(section.title)}[/bold]")
        for block in section.blocks:
            _print(block, console)


def _print(block: Block, console: Console) -> None:
    match block:
        case Table():
            grid = screen.table(*map(escape, block.head))
            for row in block.rows:
                grid.add_row(*map(escape, row))
            console.print(grid)
        case Points():
            for item in block.items:
                console.print(f"  · {escape(item)}")
        case _:
            console.print(escape(block))
