"""Lists in pages: at most `limit` rows, and in `next` what to send as `after` for the page that follows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, Uuid, select, tuple_

from shared.refusal import Refused

MOST = 1000
BETWEEN = "~"
"""Between the parts of a cursor; no part has it."""
Row = TypeVar("Row")
Limit = Annotated[int, Query(ge=1, le=MOST)]
Cursor = Annotated[str | None, Query(max_length=300)]


class Paged(BaseModel):
    """A page of a list."""

    next: str | None = Field(default=None, description="what to send as `after` for the next page; null on the last")


@dataclass(frozen=True)
class Page:
    """Which rows of a list are wanted: those behind a cursor, at most so many."""

    after: str | None
    limit: int | None

    def of(
        self, rows: Iterable[Row], key: Callable[[Row], tuple[object, ...]], *, newest_first: bool = False
    ) -> tuple[list[Row], str | None]:
        """Return the page of these rows in the order of their keys, and the next cursor.

        A cursor is a key and not a place: a row that goes meanwhile takes no other with it.
        """
        placed = sorted(((_cursor(key(row)), row) for row in rows), key=lambda one: one[0], reverse=newest_first)
        behind = [one for one in placed if self._is_behind(one[0], newest_first=newest_first)]
        page = behind[: self.limit]
        return [row for _, row in page], page[-1][0] if len(behind) > len(page) else None

    def _is_behind(self, cursor: str, *, newest_first: bool) -> bool:
        if self.after is None:
            return True
        return cursor < self.after if newest_first else cursor > self.after

    def within(
        self, query: Select[Any], moment: ColumnElement[Any], *key: ColumnElement[Any], newest_first: bool = False
    ) -> Select[Any]:
        """Return the query for this page of a table, by a moment and then by its primary key, which is the cursor.

        Refused (`unknown_cursor`) with what is no such key.
        """
        order = [column.desc() if newest_first else column for column in (moment, *key)]
        page = query.order_by(*order).limit(self.limit)
        if self.after is None:
            return page
        last = _key(self.after, key)
        edge = select(moment).where(*(column == value for column, value in zip(key, last, strict=True)))
        row, behind = tuple_(moment, *key), tuple_(edge.scalar_subquery(), *last)
        return page.where(row < behind if newest_first else row > behind)

    def next(self, keys: Sequence[UUID | tuple[object, ...]]) -> str | None:
        """Return the next cursor of a page that `within` found."""
        if self.limit is None or len(keys) < self.limit:
            return None
        last = keys[-1]
        return BETWEEN.join(map(str, last)) if isinstance(last, tuple) else str(last)


def _key(cursor: str, columns: Sequence[ColumnElement[Any]]) -> list[UUID | str]:
    parts = cursor.split(BETWEEN)
    try:
        return [UUID(part) if isinstance(of.type, Uuid) else part for part, of in zip(parts, columns, strict=True)]
    except ValueError:
        detail = "`after` is what the page before gave as `next`"
        raise Refused("unknown_cursor", detail, status=422, field="after") from None


def _cursor(key: tuple[object, ...]) -> str:
    return BETWEEN.join(map(_sortable, key))


def _sortable(part: object) -> str:
    match part:
        case datetime():
            return f"{part.astimezone(UTC):%Y%m%dT%H%M%S%f}"
        case date():
            return part.isoformat()
        case int():
            return f"{part:015d}"
        case _:
            return str(part)


EVERY = Page(None, None)
"""A list in one page, for rules that need all of it."""


def _page(after: Cursor = None, limit: Limit = MOST) -> Page:
    return Page(after, limit)


InPages = Annotated[Page, Depends(_page)]
