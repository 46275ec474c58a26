"""Programs for the tests: the published protocol, random calendars, random histories."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.domain.history import History
from shared.protocol.load import load_protocol

ROOT = Path(__file__).parents[3]
WEEKLY6 = load_protocol(ROOT / "protocols" / "weekly6.yaml")
COHORT = UUID(int=1)
ZONES = ("America/Vancouver", "America/Denver", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu")

mondays = st.dates(date(2024, 1, 1), date(2030, 12, 1)).map(lambda day: day - timedelta(days=day.weekday()))
calendars = st.builds(lambda day, zone: Calendar.plan(WEEKLY6, day, ZoneInfo(zone)), mondays, st.sampled_from(ZONES))


class Facts:
    """Facts in the order in which they are told."""

    def __init__(self) -> None:
        self.told: list[ProgramFact] = []

    def tell(self, kind: FactKind, item: str, at: datetime, /, **data: object) -> "Facts":
        self.told.append(ProgramFact(len(self.told) + 1, kind, item, at, data))
        return self

    @property
    def history(self) -> History:
        return History.of(self.told)


def member(calendar: Calendar) -> Facts:
    """A person who took their seat two weeks before the start and answered the baseline."""
    seated = calendar.starts_at - timedelta(days=14)
    facts = Facts().tell(FactKind.REFERRED, "referral", seated - timedelta(days=14))
    facts.tell(FactKind.SCREENED, "screening", seated - timedelta(days=7), decision="eligible")
    facts.tell(FactKind.SEAT_ACCEPTED, "seat", seated, cohort_id=str(COHORT))
    return facts.tell(FactKind.MEASURE_COMPLETED, "measure:baseline", seated + timedelta(days=2))


def plan(start: date = date(2026, 9, 14), zone: str = "America/Denver") -> Calendar:
    return Calendar.plan(WEEKLY6, start, ZoneInfo(zone))


OUTCOMES = ("came", "absent", "excused", "withheld")


@st.composite
def lives(draw: st.DrawFn) -> tuple[Calendar, Facts]:
    """A random calendar and a random life in it, up to a random session; some absences are remedied, some leave."""
    calendar = draw(calendars)
    facts = member(calendar)
    order = sorted(calendar.sessions.values(), key=lambda session: session.starts_at)
    for session in order[: draw(st.integers(0, len(order)))]:
        _live(facts, session.item, session.starts_at, draw(st.sampled_from(OUTCOMES)), draw(st.integers(0, 40)))
        if session.item in facts.history.absences and draw(st.booleans()):
            _remedy(facts, session.item, session.ends_at, draw(st.sampled_from(("make_up", "override", "go_on"))))
    if draw(st.booleans()) and draw(st.booleans()):
        how = draw(st.sampled_from(("withdrawn", "transferred", "died")))
        facts.tell(FactKind.LEFT, "program", order[-1].ends_at, how=how)
    return calendar, facts


def _live(facts: Facts, item: str, at: datetime, outcome: str, minutes: int) -> None:
    when = at + timedelta(minutes=minutes)
    if outcome in ("absent", "excused"):
        facts.tell(FactKind.ABSENT, item, when, excused=outcome == "excused", no_show=True)
    elif not item.startswith("dose:"):
        facts.tell(FactKind.ATTENDED, item, when)
    else:
        facts.tell(FactKind.ATTENDED, item, when)
        facts.tell(FactKind.DOSED if outcome == "came" else FactKind.WITHHELD, item, when)


def _remedy(facts: Facts, item: str, at: datetime, how: str) -> None:
    if item.startswith("dose:") or how == "go_on":
        facts.tell(FactKind.ABSENCE_CLOSED, item, at, closure="go_on", by="staff")
    elif how == "override":
        facts.tell(FactKind.OVERRIDDEN, item, at, by="staff")
    else:
        book_make_up(facts, item, at)
        facts.tell(FactKind.ATTENDED, f"make_up:{item}", at + timedelta(hours=1))


def book_make_up(facts: Facts, item: str, at: datetime) -> None:
    times = {"starts_at": (at + timedelta(hours=1)).isoformat(), "ends_at": (at + timedelta(hours=2)).isoformat()}
    facts.tell(FactKind.MAKE_UP_BOOKED, f"make_up:{item}", at, missed_item=item, session_id=str(UUID(int=9)), **times)


NOW = datetime(2026, 10, 1, tzinfo=UTC)
