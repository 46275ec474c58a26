"""What a rehearsal looks like while it runs: a live picture on a terminal, plain lines elsewhere."""

from collections import Counter, deque
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

from rehearsal.grid import LEGEND, Grid, GridSummary, grid_table
from rehearsal.progress import Progress
from rehearsal.scenario import Scenario
from rehearsal.troubles import trouble_of
from shared.events import Envelope, Event, integration, notifications, session

MOST_PROBLEMS, FEWEST_PROBLEMS = 12, 3
FRAME_LINES = 6
"""Beside people and problems: the head, the panel's two borders, the grid's head, the legend, a margin."""
REFRESHES_PER_SECOND = 2
SECONDS_A_PAGE = 3.0
"""How long a part of the grid stays on a terminal that is too low for everybody."""
COUNTED: Mapping[type[Event], str] = {
    notifications.MessageSent: "messages",
    session.DoseAdministered: "doses",
    session.AbsenceRecorded: "absences",
    integration.AbsenceRecorded: "absences",
    notifications.PageRaised: "pages",
}


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
        self._problems: deque[str] = deque(maxlen=MOST_PROBLEMS)
        self._told_on: date | None = None
        self._live = Live(
            get_renderable=self._picture, console=console, refresh_per_second=REFRESHES_PER_SECOND, transient=True
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Give the screen back: the live picture goes."""
        if self._console.is_terminal:
            self._live.stop()

    def grid(self) -> GridSummary:
        """Return where everybody is by now."""
        return self._grid.summary(self.references())

    def say(self, words: str) -> None:
        """What is being done just now, before the scenario begins and after it ended."""
        self._context = words
        if not self._console.is_terminal:
            self._line(words)

    def moment(self, now: datetime) -> None:
        """Virtual time has come this far; without a terminal, a line for each week."""
        self._now = now
        if self._console.is_terminal:
            return
        if self._told_on is None or now.date() - self._told_on >= timedelta(days=7):
            self._told_on = now.date()
            self._line(f"{now:%Y-%m-%d}  {self._progress.share:4.0%}  {self._counted()}")

    def trouble(self, words: str) -> None:
        """Show a problem, unless it was the last one already: one day's repetition says nothing new."""
        line = f"{self._now:%Y-%m-%d}  {words}" if self._now else words
        if self._problems and self._problems[-1] == line:
            return
        self._problems.append(line)
        if not self._console.is_terminal:
            self._line(f"  {line}")

    def _line(self, words: str) -> None:
        self._console.print(words, highlight=False, markup=False, soft_wrap=True)

    def hear(self, envelope: Envelope[Event]) -> None:
        """Take in one event."""
        event = envelope.data
        self._counts["events"] += 1
        if counted := COUNTED.get(type(event)):
            self._counts[counted] += 1
        self._grid.hear(envelope)
        self._progress.hear(event)
        if words := trouble_of(event):
            name = self._name(getattr(event, "program_id", None))
            gap = "" if words.startswith("'s ") else " "
            self.trouble(f"{name}{gap}{words}".strip())

    def _name(self, program_id: UUID | None) -> str:
        return self.references().get(program_id, "") if program_id else ""

    def _counted(self) -> str:
        names = ("events", "messages", "doses", "absences", "pages")
        return "  ".join(f"{self._counts[name]:,} {name}" for name in names)

    def _picture(self) -> RenderableType:
        """Draw what fits the terminal: the newest problems, and the people page by page where there are too many."""
        when = f"{self._now:%a %Y-%m-%d %H:%M} UTC" if self._now else self._context
        head = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=1.0, completed=self._progress.share, width=12)
        head.add_column(no_wrap=True)
        head.add_column(min_width=12)
        head.add_row(Text(when, "bold"), bar, Text(self._counted(), no_wrap=True, overflow="crop"))
        grid = self.grid()
        room = max(self._console.height - FRAME_LINES - FEWEST_PROBLEMS, 1)
        rows = self._page(len(grid.rows), room)
        shown = min(room, len(grid.rows))
        newest = list(self._problems)[-max(self._console.height - FRAME_LINES - shown, FEWEST_PROBLEMS) :]
        lines = Text("\n".join(newest) or "none yet", "yellow" if newest else "dim", no_wrap=True, overflow="ellipsis")
        panel = Panel(lines, title="Problems", title_align="left")
        return Group(head, panel, grid_table(grid, rows), Text(LEGEND, "dim", no_wrap=True))

    @staticmethod
    def _page(people: int, room: int) -> slice:
        pages = max(-(-people // room), 1)
        page = int(monotonic() / SECONDS_A_PAGE) % pages
        return slice(page * room, (page + 1) * room)
