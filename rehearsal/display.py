"""What a rehearsal looks like while it runs: a live picture on a terminal, plain lines elsewhere."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rehearsal.story import Story
from rehearsal.troubles import trouble_of
from shared.events import Envelope, Event, integration, notifications, scheduler, session
from shared.protocol.calendar import AfterDose, AfterStart, AtSession, FromInput, OnDay
from shared.protocol.model import Protocol

MOST_TROUBLES, FEWEST_TROUBLES = 12, 3
REFRESHES_PER_SECOND = 2
MARKS = {"preparation": "P", "dose": "●", "circle": "○", "absent": "×", "withheld": "w", "risk": "!", "measure": "✓"}
STYLES = {"●": "green", "○": "cyan", "P": "blue", "×": "yellow", "w": "magenta", "!": "red", "✓": "white"}
Anchor = OnDay | AfterStart | AtSession | AfterDose | FromInput
COUNTED: Mapping[type[Event], str] = {
    notifications.MessageSent: "messages",
    session.DoseAdministered: "doses",
    session.AbsenceRecorded: "absences",
    integration.AbsenceRecorded: "absences",
    notifications.PageRaised: "pages",
}


class Display:
    """Hears every event, and shows where everybody is.

    `references` names each program as its referral does; `story` is told anew when its dates were moved.
    """

    def __init__(self, console: Console, story: Story) -> None:
        self._console, self.story = console, story
        self.references: Callable[[], Mapping[UUID, str]] = dict
        self._weeks = _weeks(story)
        self._now: datetime | None = None
        self._stage = "starting"
        self._counts: Counter[str] = Counter()
        self._states: dict[UUID, str] = {}
        self._starts: dict[UUID, date] = {}
        self._cohorts: dict[UUID, UUID] = {}
        self._marks: dict[tuple[UUID, int], str] = defaultdict(str)
        self._troubles: deque[str] = deque(maxlen=MOST_TROUBLES)
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
        """The picture gives way to the tables."""
        if self._console.is_terminal:
            self._live.stop()

    def say(self, words: str) -> None:
        """What is being done just now, before the story begins and after it ended."""
        self._stage = words
        if not self._console.is_terminal:
            self._line(words)

    def moment(self, now: datetime) -> None:
        """Virtual time has come this far; without a terminal, a line for each week."""
        self._now = now
        if self._console.is_terminal:
            return
        if self._told_on is None or now.date() - self._told_on >= timedelta(days=7):
            self._told_on = now.date()
            self._line(f"{now:%Y-%m-%d}  {self._share():4.0%}  {self._counted()}")

    def trouble(self, words: str) -> None:
        self._troubles.append(f"{self._now:%Y-%m-%d}  {words}" if self._now else words)
        if not self._console.is_terminal:
            self._line(f"  {self._troubles[-1]}")

    def _line(self, words: str) -> None:
        self._console.print(words, highlight=False, markup=False, soft_wrap=True)

    def hear(self, envelope: Envelope[Event]) -> None:
        """Take in one event."""
        event = envelope.data
        self._counts["events"] += 1
        if counted := COUNTED.get(type(event)):
            self._counts[counted] += 1
        self._place(event)
        self._mark(envelope)
        if words := trouble_of(event):
            self.trouble(f"{self._name(getattr(event, 'program_id', None))} {words}".strip())

    def _place(self, event: Event) -> None:
        match event:
            case scheduler.StateChanged():
                self._states[event.program_id] = event.state
            case scheduler.CohortOpened():
                self._starts[event.cohort_id] = event.starts_on
            case scheduler.SeatAccepted():
                self._cohorts[event.program_id] = event.cohort_id

    def _mark(self, envelope: Envelope[Event]) -> None:
        match envelope.data:
            case session.DoseAdministered(program_id=id):
                self._put(id, envelope.time, "dose")
            case session.AttendanceRecorded(program_id=id, item=item, status="attended") if "preparation" in item:
                self._put(id, envelope.time, "preparation")
            case integration.AttendanceRecorded(program_id=id, status="attended"):
                self._put(id, envelope.time, "circle")
            case session.AbsenceRecorded(program_id=id) | integration.AbsenceRecorded(program_id=id):
                self._put(id, envelope.time, "absent")
            case session.DoseWithheld(program_id=id):
                self._put(id, envelope.time, "withheld")
            case integration.RiskRaised(program_id=id):
                self._put(id, envelope.time, "risk")
            case integration.MeasureCompleted(program_id=id):
                self._put(id, envelope.time, "measure")

    def _put(self, program_id: UUID, at: datetime, mark: str) -> None:
        start = self._starts.get(self._cohorts.get(program_id, program_id))
        if start is not None:
            week = (at.date() - start).days // 7 + 1
            column = min(self._weeks, key=lambda known: abs(known - week))
            self._marks[program_id, column] += MARKS[mark]

    def _name(self, program_id: UUID | None) -> str:
        return self.references().get(program_id, "") if program_id else ""

    def _share(self) -> float:
        """How far the story is, by its dates."""
        if not self._now:
            return 0.0
        begins_on = self.story.begins_on
        whole = (_ends_on(self.story) - begins_on).days or 1
        return min(max((self._now.date() - begins_on).days / whole, 0.0), 1.0)

    def _counted(self) -> str:
        names = ("events", "messages", "doses", "absences", "pages")
        return "  ".join(f"{self._counts[name]:,} {name}" for name in names)

    def _picture(self) -> RenderableType:
        when = f"{self._now:%A %Y-%m-%d %H:%M} UTC" if self._now else self._stage
        head = Table.grid(padding=(0, 2))
        head.add_row(Text(when, "bold"), ProgressBar(total=1.0, completed=self._share(), width=30), self._counted())
        room = max(self._console.height - len(self.references()) - 6, FEWEST_TROUBLES)
        newest = list(self._troubles)[-room:]
        troubles = Text("\n".join(newest) or "nothing yet", "yellow" if newest else "dim")
        legend = "P preparation  ● dose  ○ circle  × absent  w withheld  ! risk  ✓ measures"
        panel = Panel(troubles, title="Troubles", title_align="left")
        return Group(head, panel, self._grid(), Text(legend, "dim"))

    def _grid(self) -> Table:
        grid = Table("", "", *(str(week) for week in self._weeks), box=None, padding=(0, 1), header_style="dim")
        for program_id, reference in sorted(self.references().items(), key=lambda known: known[1]):
            cells = (_styled(self._marks[program_id, week]) for week in self._weeks)
            grid.add_row(reference, self._states.get(program_id, "").replace("_", " "), *cells)
        return grid


def _styled(marks: str) -> Text:
    return Text.assemble(*((mark, STYLES[mark]) for mark in marks))


def _weeks(story: Story) -> list[int]:
    """The weeks of the program in which anything is planned."""
    protocols = [story.protocol_of(cohort) for cohort in story.cohorts]
    planned = [(protocol, each.at) for protocol in protocols for each in protocol.sessions]
    asked = [(protocol, each.at) for protocol in protocols for each in protocol.measures]
    return sorted({_day(protocol, at) // 7 + 1 for protocol, at in (*planned, *asked)})


def _ends_on(story: Story) -> date:
    """When the last measure of the last cohort is given up, by the story's dates."""
    return max(cohort.starts_on + timedelta(days=_last_day(story.protocol_of(cohort))) for cohort in story.cohorts)


def _last_day(protocol: Protocol) -> int:
    over = [_day(protocol, session.at) for session in protocol.sessions]
    return max(over + [_day(protocol, measure.at) + measure.ends.days for measure in protocol.measures])


def _day(protocol: Protocol, at: Anchor) -> int:
    """The day of the program on which a moment lies, as it is planned."""
    match at:
        case OnDay():
            return at.day
        case AtSession(session=session) | AfterDose(dose=session):
            return _day(protocol, protocol.session(session).at) + at.offset.days
        case AfterStart():
            return at.offset.days
        case FromInput():
            raise ValueError(f"the day of {at.input} is not given yet")
