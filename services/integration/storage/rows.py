"""From a row to a domain value: the columns that bear the names of its fields."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Table, and_, select

from shared.work import Work

T = TypeVar("T")


def read(kind: type[T], row: Mapping[Any, Any]) -> T:
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]  # every kind here is a dataclass


async def lock(work: Work, table: Table, kind: type[T], **key: object) -> T | None:
    """Return the row with this key as a domain value, locked until the transaction ends."""
    matches = and_(*(table.c[name] == value for name, value in key.items()))
    rows = await work.lock(select(table).where(matches))
    return read(kind, rows[0]) if rows else None
