"""A protocol's weeks as one picture: a line for each kind of session, the check-ins and the measures, as SVG."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cli.protocol.weeks import day_of_the_week
from shared.protocol.calendar import AfterDose, AfterStart, Anchor, AtSession, CheckIn, FromInput, OnDay
from shared.protocol.model import Protocol
from shared.protocol.spans import nominal_length
from shared.protocol.vocabulary import SessionKind
from shared.protocol.wording import spoken_key

WEEK, LEFT, RIGHT, TOP, LINE, FOOT = 62, 176, 24, 58, 40, 34
"""Pixels: a week, the margins, a line, and what stands below the lines."""
LATER = 3
"""Weeks after the last session from which a measure stands at the right edge, under its own week, behind a gap."""
COLOURS = {
    "preparation": "#3465a4",
    "dose": "#2a7d4f",
    "circle": "#11808c",
    "check-in": "#8a6d00",
    "measure": "#7b3f8c",
}


@dataclass(frozen=True)
class Mark:
    """Something that happens on a day of the program, counted from 0."""

    line: str
    kind: str
    day: int
    says: str


def timeline(p: Protocol) -> str:
    """Draw the protocol. What has no day before a cohort is opened is said in words below."""
    marks = list(_marks(p))
    days = (_day(p, session.at) for session in p.sessions)
    last = max((day for day in days if day is not None), default=0)
    weeks = last // 7 + 1 + LATER
    later = sorted({mark.day // 7 + 1 for mark in marks if mark.day // 7 + 1 > weeks})
    lines = list(dict.fromkeys(mark.line for mark in marks))
    width = LEFT + (weeks + len(later) * 2) * WEEK + RIGHT
    height = TOP + len(lines) * LINE + FOOT
    body = [
        f'<text x="16" y="26" class="title">{escape(p.title)}</text>',
        *_grid(weeks, later, len(lines)),
        *(_name(line, TOP + row * LINE + LINE // 2) for row, line in enumerate(lines)),
        *(
            _shape(p, mark, _x(mark.day, weeks, later), TOP + lines.index(mark.line) * LINE + LINE // 2)
            for mark in marks
        ),
        f'<text x="16" y="{height - 10}" class="small">{escape(_below(p))}</text>',
    ]
    drawn = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(f"Timeline of {p.id}")}">\n{_STYLE}\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{drawn}\n</svg>\n'
    )


_STYLE = (
    "<style>text{font:13px sans-serif;fill:#222}.title{font-size:16px;font-weight:bold}"
    ".small{font-size:12px;fill:#555}.week{text-anchor:middle;fill:#555}</style>"
)


def _marks(p: Protocol) -> Iterator[Mark]:
    for session in p.sessions:
        if (day := _day(p, session.at)) is not None:
            kind = session.kind.value
            yield Mark(f"{p.rules_for(session.kind).called or kind}s", kind, day, f"{session.key}: {session.title}")
    for check_in in p.check_ins.asked if p.check_ins else ():
        yield from _check_ins(p, check_in)
    for measure in p.measures:
        if (day := _day(p, measure.at)) is not None:
            yield Mark("measures", "measure", day, measure.title)


def _check_ins(p: Protocol, check_in: CheckIn) -> Iterator[Mark]:
    """Yield one after each dose; nobody's leaving has a day."""
    match check_in.follows:
        case "dose":
            after = nominal_length(check_in.after).days
            for dose in p.sessions_of(SessionKind.DOSE):
                if (day := _day(p, dose.at)) is not None:
                    yield Mark("check-ins", "check-in", day + after, f"{spoken_key(dose.key)}: {check_in.key}")
        case "leaving":
            return


def _day(p: Protocol, at: Anchor) -> int | None:
    """Return the day on which a moment is planned; None while it is for each cohort to say."""
    match at:
        case OnDay():
            return at.day
        case AfterStart():
            return at.offset.days
        case AtSession(session=key) | AfterDose(dose=key):
            day = _day(p, p.session(key).at)
            return None if day is None else day + nominal_length(at.offset).days
        case FromInput():
            return None


def _x(day: int, weeks: int, later: list[int]) -> float:
    week = day // 7 + 1
    if week <= weeks:
        return LEFT + (day + 0.5) * WEEK / 7
    return LEFT + (weeks + later.index(week) * 2 + 1.5) * WEEK


def _grid(weeks: int, later: list[int], lines: int) -> Iterator[str]:
    bottom = TOP + lines * LINE
    for week in range(1, weeks + 1):
        begins = LEFT + (week - 1) * WEEK
        fill = "#f3f5f7" if week % 2 else "#ffffff"
        yield f'<rect x="{begins}" y="{TOP - 4}" width="{WEEK}" height="{bottom - TOP + 4}" fill="{fill}"/>'
        number = "week 1" if week == 1 else f"{week}"
        yield f'<text x="{begins + WEEK / 2:g}" y="{TOP - 10}" class="week">{number}</text>'
    for place, week in enumerate(later):
        x = LEFT + (weeks + place * 2 + 1.5) * WEEK
        yield f'<text x="{x - WEEK:g}" y="{bottom - 12}" class="week">…</text>'
        yield f'<text x="{x:g}" y="{TOP - 10}" class="week">week {week}</text>'


def _name(line: str, y: float) -> str:
    return f'<text x="16" y="{y + 5:g}">{escape(line)}</text>'


def _shape(p: Protocol, mark: Mark, x: float, y: float) -> str:
    colour = COLOURS[mark.kind]
    match mark.kind:
        case "dose":
            drawn = f'<circle cx="{x:g}" cy="{y:g}" r="8" fill="{colour}"/>'
        case "circle":
            drawn = f'<circle cx="{x:g}" cy="{y:g}" r="7" fill="none" stroke="{colour}" stroke-width="3"/>'
        case "preparation":
            drawn = f'<rect x="{x - 7:g}" y="{y - 7:g}" width="14" height="14" fill="{colour}"/>'
        case "check-in":
            drawn = f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{colour}"/>'
        case _:
            drawn = f'<path d="M{x:g} {y - 9:g}l9 16h-18z" fill="{colour}"/>'
    title = f"{mark.says} (week {mark.day // 7 + 1}, {day_of_the_week(p, mark.day)})"
    return f"<g><title>{escape(title)}</title>{drawn}</g>"


def _below(p: Protocol) -> str:
    unsaid = [spoken_key(session.key) for session in p.sessions if _day(p, session.at) is None]
    if not unsaid:
        return f"Each column is a week{', from Monday on' if p.cohort.starts_on_monday else ''}."
    return f"On days that are chosen when a cohort is opened: {', '.join(unsaid)}."
