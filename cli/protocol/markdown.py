"""A page as Markdown, for `docs/protocols/`."""

from collections.abc import Iterator

from cli.protocol.page import Block, Page, Points, Table


def markdown(page: Page) -> str:
    return "\n".join([f"# {page.title}", "", *_blocks(page.lead), *_sections(page)]).rstrip("\n") + "\n"


def _sections(page: Page) -> Iterator[str]:
    for section in page.sections:
        yield from (f"## {section.title}", "")
        yield from _blocks(section.blocks)


def _blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Table():
                yield _row(block.head)
                yield "|" + "---|" * len(block.head)
                yield from map(_row, block.rows)
            case Points():
                yield from (f"- {_plain(item)}" for item in block.items)
            case _:
                yield _plain(block)
        yield ""


def _row(cells: tuple[str, ...]) -> str:
    escaped = (_plain(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return " ".join(text.split()).replace("*", "\\*").replace("<", "&lt;")
