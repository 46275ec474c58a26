"""The demo says what is wrong with its input before anything starts, then shows what happens, on a terminal or not."""

import io
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import demo
from rehearsal.display import SECONDS_A_PAGE, Display
from rehearsal.grid import GridRow, GridSummary, week_blocks, weeks_of, with_legend
from rehearsal.problems import problem_of
from rehearsal.progress import Progress
from rehearsal.run import Options, read_input
from shared.events import integration, scheduler
from tests.unit.rehearsal_audit.kept import ROWAN, a_kept_program, at, missed


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(demo, "passing_folder", started)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--protocol", "weekly7"], "there is no protocol 'weekly7'"),
        (["--referrals", "no-such.csv"], "no-such.csv: expected a file of referrals"),
        (["--json", "/no-such-folder/summary.json"], "expected a file in a folder that can be written to"),
        (["--json", "/"], "expected a file in a folder that can be written to"),
    ],
)
def test_wrong_input_stops_the_demo_before_anything_starts(options: list[str], says: str) -> None:
    result = CliRunner().invoke(demo.app, options)
    assert result.exit_code == 2
    assert says in result.output.replace("\n", " ")
    assert max(map(len, result.output.splitlines())) <= 80


def test_a_wrong_row_of_referrals_is_named_by_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "referrals.csv"
    header = "reference,site,referred_on,given_name,family_name,date_of_birth,email,phone,zone"
    file.write_text(f"{header}\nR-01,bc,yesterday,Rowan,Achterberg,1984-03-12,rowan@example.org,,\n")
    result = CliRunner().invoke(demo.app, ["--referrals", str(file)])
    assert result.exit_code == 2
    assert f"{file}:2: referred_on: expected a day as YYYY-MM-DD" in result.output


def test_without_a_terminal_each_week_and_each_problem_is_a_line() -> None:
    written = io.StringIO()
    display = Display(Console(file=written, width=60), read_input(Options()))
    display.references = lambda: {ROWAN: "R-01"}
    with display:
        for event in missed(a_kept_program(), "dose:3").log():
            display.moment(event.time)
            display.hear(event)
    assert "2030-02-04  R-01 missed dose 3 without a word\n" in written.getvalue()
    assert "  2 doses  1 absence  0 pages" in written.getvalue()


def test_on_a_terminal_the_grid_fills_in_with_what_happened_in_each_week() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=140, color_system=None)
    display = Display(console, read_input(Options()))
    display.references = lambda: {ROWAN: "R-01"}
    for event in a_kept_program().log():
        display.hear(event)
    display.moment(at(30))
    console.print(display._picture())
    row = next(line for line in written.getvalue().splitlines() if line.startswith("R-01"))
    assert row.split() == ["R-01", "bc", "07", "Jan", "completed", "P", "P✓", "●○", "●○", "●○"]


def test_a_low_terminal_shows_everybody_page_by_page_and_keeps_the_legend(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, height=24, color_system=None)
    display = Display(console, read_input(Options()))
    people = {uuid4(): f"R-{number:02}" for number in range(1, 31)}
    display.references = lambda: people
    seen: set[str] = set()
    for seconds in (0.0, SECONDS_A_PAGE):
        monkeypatch.setattr("rehearsal.display.monotonic", lambda at=seconds: at)
        console.print(display._picture())
        picture = written.getvalue().splitlines()
        assert len(picture) <= 24
        assert "preparation" in picture[-1]
        seen |= {line[:4] for line in picture if line.startswith("R-")}
        written.truncate(0)
        written.seek(0)
    assert seen == set(people.values())


@pytest.mark.parametrize(("item", "why"), [("circle:3", "circle 3 was missed"), ("hold:7", "a clinician decided so")])
def test_a_dose_on_hold_is_said_in_words_with_its_reason(item: str, why: str) -> None:
    words = problem_of(scheduler.DoseHeld(program_id=ROWAN, item=item), {})
    assert words == f"'s next dose is on hold: {why}"


def test_a_measure_is_named_by_its_title() -> None:
    missed_measure = integration.MeasureMissed(program_id=ROWAN, item="measure:after_1_24h")
    words = problem_of(missed_measure, {"measure:after_1_24h": "24 h after dose 1"})
    assert words == 'did not answer the measure "24 h after dose 1", though reminded and called'


def test_a_problem_that_repeats_is_one_line_that_says_how_often() -> None:
    written = io.StringIO()
    display = Display(Console(file=written, width=60), read_input(Options()))
    for day in (7, 8, 9):
        display.moment(at(day))
        display.problem("R-01 is overdue with the clinician")
        display.problem("R-02 withdrew")
    assert written.getvalue().count("R-01 is overdue") == 1
    assert display._problems.newest(5) == [
        f"{at(7):%Y-%m-%d}  R-01 is overdue with the clinician (3 times)",
        f"{at(7):%Y-%m-%d}  R-02 withdrew (3 times)",
    ]


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    written = io.StringIO()
    with Display(Console(file=written, force_terminal=True, width=80), read_input(Options())) as display:
        display.moment(at(7))
        display.problem("R-01 withdrew")
    assert "R-01 withdrew" in written.getvalue()
    assert "0 doses" in written.getvalue()
    assert "\x1b[" not in written.getvalue()


def a_full_grid() -> GridSummary:
    """24 people of weekly6, with as many marks as there may be."""
    weeks = weeks_of(read_input(Options()))
    states = ("in follow-up", "lost to follow-up")
    marks = ["PP", *(["✓●○!"] * 6), *(["○✓"] * (len(weeks) - 7))]
    rows = [
        GridRow(referral=f"R-{n:02}", site="bc", cohort="01 Feb", state=states[n % 2], weeks=marks) for n in range(24)
    ]
    return GridSummary(weeks=weeks, rows=rows)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_everybody_is_one_line_in_each_part_of_the_weeks(width: int) -> None:
    written = io.StringIO()
    Console(file=written, width=width).print(with_legend(a_full_grid(), width))
    lines = written.getvalue().splitlines()
    parts = week_blocks(a_full_grid(), width)
    assert [sum(line.startswith(f"R-{n:02}") for line in lines) for n in range(24)] == [len(parts)] * 24
    assert sum(map(len, (a_full_grid().weeks[part] for part in parts))) == len(a_full_grid().weeks)
    assert "…" not in written.getvalue()


def test_a_narrow_terminal_gets_a_whole_picture_with_the_newest_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, height=24, color_system=None)
    display = Display(console, read_input(Options()))
    monkeypatch.setattr(display, "grid", a_full_grid)
    display._counts.update({"dose": 100, "absence": 12, "page": 1, "message": 1234, "event": 5012})
    display.moment(at(30))
    console.print(display._picture())
    lines = written.getvalue().splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert lines[0].rstrip().endswith(("100 doses  12 absences  1 page", "1,234 messages"))
    assert "38" in next(line for line in lines if line.startswith("who"))


def test_a_long_word_about_what_is_being_done_leaves_the_picture_whole() -> None:
    written = io.StringIO()
    display = Display(Console(file=written, force_terminal=True, width=80, height=24), read_input(Options()))
    display.say("migrating five schemas, provisioning streams and consumers, starting five services")
    Console(file=written, width=80, height=24).print(display._picture())
    head = written.getvalue().splitlines()[0]
    assert head.startswith("migrating five schemas")
    assert "…" in head
    assert len(head) <= 80


def test_the_bar_follows_what_is_done_and_not_the_dates() -> None:
    progress = Progress(read_input(Options()))
    before = progress.share
    for event in a_kept_program().log():
        progress.hear(event.data)
        assert progress.share >= before
        before = progress.share
    assert 0 < before < 0.5  # one of 24 people, and the sessions of one of two cohorts


@pytest.mark.parametrize(
    ("id", "weeks"),
    [("rtt3", [*range(1, 14), 38]), ("ed4", [1, 2, 3, 4]), ("colorado7", [1, 2, 3, 4, 5, 6, 7, 9])],
)
def test_the_grid_has_the_weeks_of_every_program_with_its_inputs_in_place(id: str, weeks: list[int]) -> None:
    assert weeks_of(read_input(Options(id))) == weeks
