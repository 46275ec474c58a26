"""What a rehearsal looks like while it runs: a live picture on a terminal, plain lines elsewhere."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Self
from uuid import UUID

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rehearsal.grid import LEGEND, Grid, GridSummary, grid_table, week_blocks
from rehearsal.problems import Problems, problem_of
from rehearsal.progress import Progress
from rehearsal.scenario import Scenario
from shared.events import Envelope, Event, integration, notifications, session

FEWEST_PROBLEMS = 3
FRAME_LINES = 6
"""Beside people and problems: the head, the panel's two borders, the grid's head, the legend, a margin."""
REFRESHES_PER_SECOND = 2
SECONDS_A_PAGE = 3.0
"""How long a part of the grid stays on a terminal that is too low for everybody."""
BAR = 12
"""Columns of the bar; two more on each side part it from the words."""
COUNTED: Mapping[type[Event], str] = {
    session.DoseAdministered: "dose",
    session.AbsenceRecorded: "absence",
    integration.AbsenceRecorded: "absence",
    notifications.PageRaised: "page",
    notifications.MessageSent: "message",
}
NAMES = (*dict.fromkeys(COUNTED.values()), "event")
"""What is counted, the most telling first: what has no room on a narrow terminal is left out from the end."""


class Display:
    """Receives every event, and shows where everybody is.

    `references` names each program as its referral does.
    """

    def __init__(self, console: Console, scenario: Scenario) -> None:
        self._console = console
        self.references: Callable[[], Mapping[UUID, str]] = dict
        self._grid, self._progress = Grid(scenario), Progress(scenario)
        self._now: datetime | None = None
        self._context = "starting"
        self._counts: Counter[str] = Counter()
        self._problems = Problems()
        self._titles = {measure.key: measure.title for measure in scenario.protocol.measures}
        self._told_on: date | None = None
        self._is_live = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(
            get_renderable=self._picture, console=console, refresh_per_second=REFRESHES_PER_SECOND, transient=True
        )

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Give the screen back: the live picture goes."""
        if self._is_live:
            self._live.stop()

    def grid(self) -> GridSummary:
        """Return where everybody is by now."""
        return self._grid.summary(self.references())

    def say(self, words: str) -> None:
        """What is being done just now, before the scenario begins and after it ended."""
        self._context = words
        if not self._is_live:
            self._line(words)

    def moment(self, now: datetime) -> None:
        """Virtual time has come this far; where there is no live picture, a line for each week."""
        self._now = now
        if self._is_live:
            return
        if self._told_on is None or now.date() - self._told_on >= timedelta(days=7):
            self._told_on = now.date()
            self._line(f"{now:%Y-%m-%d}  {self._progress.share:4.0%}  {self._counted(self._console.width)}")

    def problem(self, words: str) -> None:
        """Show a problem; one that was there before is not said again."""
        on = self._now.date() if self._now else None
        if self._problems.add(words, on) and not self._is_live:
            self._line(f"  {on}  {words}" if on else f"  {words}")

    def _line(self, words: str) -> None:
        self._console.print(words, highlight=False, markup=False, soft_wrap=True)

    def hear(self, envelope: Envelope[Event]) -> None:
        """Take in one event."""
        event = envelope.data
        self._counts["event"] += 1
        if counted := COUNTED.get(type(event)):
            self._counts[counted] += 1
        self._grid.hear(envelope)
        self._progress.hear(event)
        if words := problem_of(event, self._titles):
            name = self._name(getattr(event, "program_id", None))
            gap = "" if words.startswith("'s ") else " "
            self.problem(f"{name}{gap}{words}".strip())

    def _name(self, program_id: UUID | None) -> str:
        return self.references().get(program_id, "") if program_id else ""

    def _counted(self, room: int) -> str:
        said = [f"{n:,} {name}{'' if n == 1 else 's'}" for name in NAMES for n in [self._counts[name]]]
        while said and len("  ".join(said)) > room:
            said.pop()
        return "  ".join(said)

    def _picture(self) -> RenderableType:
        """Draw what fits the terminal: the newest problems, and people and weeks in parts where there are too many."""
        width, height = self._console.size
        when = f"{self._now:%a %Y-%m-%d %H:%M} UTC" if self._now else self._context
        head = Table.grid(padding=(0, 2))
        head.add_column(no_wrap=True)
        head.add_column(min_width=BAR)
        bar = ProgressBar(total=1.0, completed=self._progress.share, width=BAR)
        head.add_row(Text(when, "bold", overflow="ellipsis"), bar, self._counted(width - len(when) - BAR - 4))
        grid = self.grid()
        room = max(height - FRAME_LINES - FEWEST_PROBLEMS, 1)
        shown = min(room, len(grid.rows))
        newest = self._problems.newest(max(height - FRAME_LINES - shown, FEWEST_PROBLEMS))
        lines = Text("\n".join(newest) or "none yet", "yellow" if newest else "dim", no_wrap=True, overflow="ellipsis")
        panel = Panel(lines, title="Problems", title_align="left")
        people = grid_table(grid, self._page(len(grid.rows), room), self._newest_weeks(grid, width))
        return Group(head, panel, people, Text(LEGEND, "dim", no_wrap=True))

    @staticmethod
    def _newest_weeks(grid: GridSummary, width: int) -> slice:
        """Return the weeks that something has happened in last, as many as fit."""
        blocks = week_blocks(grid, width)
        return next((block for block in reversed(blocks) if any(any(row.weeks[block]) for row in grid.rows)), blocks[0])

    @staticmethod
    def _page(people: int, room: int) -> slice:
        pages = max(-(-people // room), 1)
        page = int(monotonic() / SECONDS_A_PAGE) % pages
        return slice(page * room, (page + 1) * room)
