"""The grid of participants and weeks: who is in which cohort and state, and what happened to them in each week."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rehearsal.scenario import Scenario
from shared.events import Envelope, Event, integration, scheduler, session
from shared.protocol.calendar import AfterDose, AfterStart, AtSession, FromInput, OnDay
from shared.protocol.model import Protocol
from shared.protocol.spans import nominal_length

MARKS = {"preparation": "P", "dose": "●", "circle": "○", "absent": "×", "withheld": "w", "risk": "!", "measure": "✓"}
STYLES = {"●": "green", "○": "cyan", "P": "blue", "×": "yellow", "w": "magenta", "!": "red", "✓": "white"}
LEGEND = "P preparation  ● dose  ○ circle  × absent  w withheld  ! risk  ✓ measures"
Anchor = OnDay | AfterStart | AtSession | AfterDose | FromInput


class GridRow(BaseModel):
    """One person: their site, when their cohort starts (empty: none), their state, and each week's marks in order."""

    referral: str
    site: str
    cohort: str
    state: str
    weeks: list[str]


class GridSummary(BaseModel):
    """The grid as `--json` writes it; it is drawn from this alone, on a terminal and in the README."""

    weeks: list[int]
    rows: list[GridRow]


@dataclass(frozen=True)
class _Cohort:
    site: str
    starts_on: date


class Grid:
    """Receives every event and keeps where everybody is."""

    def __init__(self, scenario: Scenario) -> None:
        self.weeks = weeks_of(scenario)
        self._states: dict[UUID, str] = {}
        self._sites: dict[UUID, str] = {}
        self._cohorts: dict[UUID, _Cohort] = {}
        self._member_of: dict[UUID, UUID] = {}
        self._marks: dict[tuple[UUID, int], str] = defaultdict(str)

    def hear(self, envelope: Envelope[Event]) -> None:
        """Take in one event."""
        self._place(envelope)
        self._mark(envelope)

    def _place(self, envelope: Envelope[Event]) -> None:
        match envelope.data:
            case scheduler.StateChanged(program_id=id, state=state):
                self._states[id], self._sites[id] = state, envelope.site
            case scheduler.CohortOpened(cohort_id=id, starts_on=starts_on):
                self._cohorts[id] = _Cohort(envelope.site, starts_on)
            case scheduler.SeatAccepted(program_id=id, cohort_id=cohort_id):
                self._member_of[id] = cohort_id
            case _:
                pass

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
            case _:
                pass

    def _put(self, program_id: UUID, at: datetime, mark: str) -> None:
        cohort = self._cohort_of(program_id)
        if cohort is not None:
            week = (at.date() - cohort.starts_on).days // 7 + 1
            column = min(self.weeks, key=lambda known: abs(known - week))
            self._marks[program_id, column] += MARKS[mark]

    def _cohort_of(self, program_id: UUID) -> _Cohort | None:
        return self._cohorts.get(self._member_of.get(program_id, program_id))

    def summary(self, references: Mapping[UUID, str]) -> GridSummary:
        """Return a row for each person, cohort by cohort; those without one come last."""
        people = sorted(references.items(), key=lambda known: (*self._cohort_order(known[0]), known[1]))
        return GridSummary(weeks=self.weeks, rows=[self._row(*person) for person in people])

    def _row(self, program_id: UUID, reference: str) -> GridRow:
        cohort = self._cohort_of(program_id)
        return GridRow(
            referral=reference,
            site=cohort.site if cohort else self._sites.get(program_id, ""),
            cohort=f"{cohort.starts_on:%d %b}" if cohort else "",
            state=self._states.get(program_id, "").replace("_", " ").replace("follow up", "follow-up"),
            weeks=[self._marks[program_id, week] for week in self.weeks],
        )

    def _cohort_order(self, program_id: UUID) -> tuple[str, date]:
        cohort = self._cohort_of(program_id)
        return (cohort.site, cohort.starts_on) if cohort else ("~", date.max)


def week_blocks(grid: GridSummary, width: int) -> list[slice]:
    """Divide the weeks into parts that fit the terminal beside who, site, cohort and state."""
    named = [("who", "site", "cohort", "state"), *((r.referral, r.site, r.cohort, r.state) for r in grid.rows)]
    room = width - sum(max(map(len, column)) + 1 for column in zip(*named, strict=True))
    marks = [max((len(row.weeks[at]) for row in grid.rows), default=0) for at in range(len(grid.weeks))]
    blocks, begin, used = [], 0, 0
    for at, week in enumerate(grid.weeks):
        needs = max(len(str(week)), marks[at]) + 1
        if at > begin and used + needs > room:
            blocks.append(slice(begin, at))
            begin, used = at, 0
        used += needs if at > begin else max(len(f"week {week}"), marks[at]) + 1
    return [*blocks, slice(begin, len(grid.weeks))]


def grid_table(grid: GridSummary, rows: slice = slice(None), weeks: slice = slice(None)) -> Table:
    """Draw a line for each person; `rows` and `weeks` limit it to a part that fits the terminal."""
    first, *others = map(str, grid.weeks[weeks])
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for head in ("who", "site", "cohort", "state", f"week {first}", *others):
        table.add_column(head, no_wrap=True)
    for row in grid.rows[rows]:
        table.add_row(row.referral, row.site, row.cohort, row.state, *map(_styled, row.weeks[weeks]))
    return table


def with_legend(grid: GridSummary, width: int) -> RenderableType:
    """Draw the whole grid, its weeks in parts where the terminal is narrow, and say what its marks mean."""
    tables = [grid_table(grid, weeks=block) for block in week_blocks(grid, width)]
    return Group(*tables, Text(LEGEND, "dim"))


def _styled(marks: str) -> Text:
    return Text.assemble(*((mark, STYLES[mark]) for mark in marks))


def weeks_of(scenario: Scenario) -> list[int]:
    """List the weeks of the program in which anything is planned."""
    protocols = [scenario.protocol_of(cohort) for cohort in scenario.cohorts]
    planned = [(protocol, each.at) for protocol in protocols for each in protocol.sessions]
    asked = [(protocol, each.at) for protocol in protocols for each in protocol.measures]
    return sorted({_day(protocol, at) // 7 + 1 for protocol, at in (*planned, *asked)})


def _day(protocol: Protocol, at: Anchor) -> int:
    """Return the day of the program on which a moment is planned; the first day is 0."""
    match at:
        case OnDay():
            return at.day
        case AtSession(session=item) | AfterDose(dose=item):
            return _day(protocol, protocol.session(item).at) + nominal_length(at.offset).days
        case AfterStart():
            return at.offset.days
        case FromInput():
            raise ValueError(f"the day of {at.input} is not given yet")
