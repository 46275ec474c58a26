"""What is read of a protocol, however it is shown: a page of sections with paragraphs, points and tables."""

from typing import NamedTuple


class Table(NamedTuple):
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Points(NamedTuple):
    items: tuple[str, ...]


Block = str | Points | Table
"""A paragraph, a list or a table."""


class Section(NamedTuple):
    title: str
    blocks: tuple[Block, ...]


class Page(NamedTuple):
    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]


def filled(*sections: Section) -> tuple[Section, ...]:
    """The sections that say something: optional parts of a protocol leave empty ones."""
    kept = (Section(s.title, tuple(block for block in s.blocks if not _is_empty(block))) for s in sections)
    return tuple(section for section in kept if section.blocks)


def _is_empty(block: Block) -> bool:
    match block:
        case Table():
            return not block.rows
        case Points():
            return not block.items
        case _:
            return not block
