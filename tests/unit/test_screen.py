"""What commands say is whole, on a narrow terminal and in a pipe."""

import io
from uuid import UUID

import pytest
from rich.console import Console

from cli import cohorts, screen

INSTANT = "2027-03-02T16:15:00Z"


def test_a_table_on_a_narrow_terminal_goes_on_in_the_next_line() -> None:
    table = screen.table("Authority", "Answered", "Valid until")
    table.add_row("notifications", INSTANT, INSTANT)
    narrow = Console(width=30, file=io.StringIO(), force_terminal=False)
    with narrow.capture() as captured:
        narrow.print(table)
    cells = zip(*(line.split("│")[1:-1] for line in captured.get().splitlines() if "│" in line), strict=True)
    assert ["".join(cell.strip() for cell in column) for column in cells] == ["notifications", INSTANT, INSTANT]


def test_a_file_has_room_for_whole_tables_unless_the_columns_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.delenv("COLUMNS", raising=False)
    assert screen.console().width == screen.PLAIN_WIDTH
    monkeypatch.setenv("COLUMNS", "300")
    assert screen.console().width == 300


def test_a_list_of_cohorts_fits_80_columns_without_a_broken_word() -> None:
    opened = {"cohort_id": str(UUID(int=7)), "site": "bc", "protocol_version": "1.0.0", "starts_on": "2027-02-01"}
    opened |= {"capacity": 8, "cancelled_at": None, "closed_at": None}
    listed = [opened | {"protocol_id": "weekly6"}, opened | {"protocol_id": "colorado7", "cancelled_at": INSTANT}]
    narrow = Console(width=80, file=io.StringIO())
    with narrow.capture() as captured:
        narrow.print(cohorts._list(listed))
    words = captured.get().split()
    assert {str(UUID(int=7)), "weekly6", "colorado7", "1.0.0", "2027-02-01", "open", "cancelled", "Status"} <= set(
        words
    )
    assert max(map(len, captured.get().splitlines())) <= 80
