"""Lists in pages: every row once, in order, whatever comes and goes meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

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


def test_a_cursor_that_no_page_gave_is_refused_where_it_must_be_an_id() -> None:
    with pytest.raises(Refused, match="next"):
        Page("yesterday", 3)._id("yesterday")
