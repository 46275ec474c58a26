"""From a row to a domain value: the columns that bear the names of its fields."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Table, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


def read(kind: type[T], row: Mapping[Any, Any]) -> T:
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]  # every kind here is a dataclass


async def lock(connection: AsyncConnection, table: Table, kind: type[T], **key: object) -> T | None:
    """The row with this key as a domain value, locked until the transaction ends."""
    matches = and_(*(table.c[name] == value for name, value in key.items()))
    row = (await connection.execute(select(table).where(matches).with_for_update(key_share=True))).mappings().first()
    return read(kind, row) if row else None
