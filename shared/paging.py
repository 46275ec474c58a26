"""Lists in pages: at most `limit` rows, and in `next` what to send as `after` for the page that follows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, select

from shared.refusal import Refused

MOST = 1000
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
    limit: int

    def of(
        self, rows: Iterable[Row], key: Callable[[Row], tuple[object, ...]], *, newest_first: bool = False
    ) -> tuple[list[Row], str | None]:
        """Return the page of these rows in the order of their keys, and the next cursor.

        A cursor is a key and not a place: a row that goes meanwhile takes no other with it.
        """
        placed = sorted(((_cursor(key(row)), row) for row in rows), key=lambda one: one[0], reverse=newest_first)
        behind = [one for one in placed if self._is_behind(one[0], newest_first=newest_first)]
        page = behind[: self.limit]
        return [row for _, row in page], page[-1][0] if len(behind) > self.limit else None

    def _is_behind(self, cursor: str, *, newest_first: bool) -> bool:
        if self.after is None:
            return True
        return cursor < self.after if newest_first else cursor > self.after

    def within(
        self, query: Select[Any], moment: ColumnElement[Any], id: ColumnElement[Any], *, newest_first: bool = False
    ) -> Select[Any]:
        """Return the query for this page of a table, by a moment and then by id; its cursor is a row's id.

        Refused (`unknown_cursor`) with what is no id.
        """
        order = (moment.desc(), id.desc()) if newest_first else (moment, id)
        page = query.order_by(*order).limit(self.limit)
        if self.after is None:
            return page
        last = self._id(self.after)
        edge = select(moment).where(id == last).scalar_subquery()
        further, later = (moment < edge, id < last) if newest_first else (moment > edge, id > last)
        return page.where(further | ((moment == edge) & later))

    @staticmethod
    def _id(cursor: str) -> UUID:
        try:
            return UUID(cursor)
        except ValueError:
            detail = "`after` is what the page before gave as `next`"
            raise Refused("unknown_cursor", detail, status=422, field="after") from None

    def next(self, ids: Sequence[UUID]) -> str | None:
        """Return the next cursor of a page that `within` found."""
        return str(ids[-1]) if len(ids) == self.limit else None


def _cursor(key: tuple[object, ...]) -> str:
    return "~".join(map(_sortable, key))


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


def _page(after: Cursor = None, limit: Limit = MOST) -> Page:
    return Page(after, limit)


InPages = Annotated[Page, Depends(_page)]
