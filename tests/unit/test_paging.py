"""Lists in pages: every row once, in order, whatever comes and goes meanwhile."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, select

from shared.paging import Page
from shared.refusal import Refused

BEGAN = datetime(2030, 1, 7, 17, tzinfo=UTC)
ROWS = [(BEGAN + timedelta(microseconds=250_000 * n), n) for n in range(7)]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_the_pages_hold_every_row_once_and_in_order(limit: int, newest_first: bool) -> None:
    seen, after = [], None
    while True:
        rows, after = Page(after, limit).of(reversed(ROWS), lambda row: row, newest_first=newest_first)
        seen += rows
        if after is None:
            break
    assert seen == (ROWS[::-1] if newest_first else ROWS)


def test_a_row_that_goes_meanwhile_takes_no_other_with_it() -> None:
    _, after = Page(None, 3).of(ROWS, lambda row: row)
    rows, _ = Page(after, 3).of(ROWS[:2] + ROWS[3:], lambda row: row)
    assert rows == ROWS[3:6]


CHECK_INS = Table("check_in", MetaData(), Column("program_id", Uuid), Column("item", Text), Column("due_at", DateTime))
COLUMNS = CHECK_INS.c.due_at, CHECK_INS.c.program_id, CHECK_INS.c.item


@pytest.mark.parametrize("cursor", ["yesterday", f"{UUID(int=1)}", f"yesterday~{UUID(int=1)}", f"{UUID(int=1)}~a~b"])
def test_a_cursor_that_no_page_gave_is_refused_where_it_must_be_a_key(cursor: str) -> None:
    with pytest.raises(Refused, match="next"):
        Page(cursor, 3).within(select(CHECK_INS), *COLUMNS)


@pytest.mark.parametrize(("newest_first", "behind"), [(False, ">"), (True, "<")])
def test_a_page_of_a_table_is_cut_by_the_database_behind_the_last_key(newest_first: bool, behind: str) -> None:
    after = Page(None, 1).next([(UUID(int=1), "check_in:leaving")])
    query = str(Page(after, 3).within(select(CHECK_INS), *COLUMNS, newest_first=newest_first))
    assert f"(check_in.due_at, check_in.program_id, check_in.item) {behind} ((SELECT check_in.due_at" in query
    assert "LIMIT" in query
    assert Page(after, 3).next([UUID(int=1), UUID(int=2)]) is None
