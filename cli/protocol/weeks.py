"""The calendar of a protocol: its weeks, what each session needs, and what a missed one does."""

from collections.abc import Iterator, Mapping

from cli.protocol.page import Points, Section, Table
from cli.protocol.saying import source, sourced
from shared.protocol.calendar import CohortInput, Effect, FromInput, OnDay, PlannedSession, SessionRules
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind
from shared.protocol.wording import listed, spoken, spoken_day, spoken_duration, spoken_key, spoken_span
from shared.vocabulary import total

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EFFECTS: Mapping[Effect, str] = total(
    Effect,
    {
        "blocks_first_dose": "no first dose before it is made up",
        "holds_next_dose": "the next dose is held until it is made up or overridden",
        "never_doubled": "the dose is not given later and never doubled",
        "none": "nothing is held",
    },
)


def weeks(p: Protocol) -> Section:
    rows = tuple(_row(p, session) for session in p.sessions)
    return Section("Weeks", (_composition(p), _inputs(p), Table(("Week", "What", "When", "Needs"), rows)))


def _composition(p: Protocol) -> str:
    return f"{p.composition.value} ({source(p.composition)})"


def _inputs(p: Protocol) -> Points:
    return Points(tuple(map(_input, p.inputs)))


def _input(wanted: CohortInput) -> str:
    last = f", {wanted.at_most} at most" if wanted.at_most is not None else ""
    return f"To be given when a cohort is opened, as `{wanted.key}` ({spoken(wanted.unit)}{last}): {wanted.says}"


def _row(p: Protocol, session: PlannedSession) -> tuple[str, ...]:
    belongs = [name.replace("_", " ") for name in session.includes]
    by = f", {listed(session.routes, 'or')}" if session.routes else ""
    what = f"{spoken_key(session.key)}: {session.title}{by}{f', with {listed(belongs)}' if belongs else ''}"
    when = f"{_when(p, session)}, {spoken_duration(session.duration)}"
    return _week(session), what, when, "; ".join(_needs(p, session)) or "–"


def _week(session: PlannedSession) -> str:
    match session.at:
        case OnDay() if session.at.day >= 0:
            return str(session.at.day // 7 + 1)
        case FromInput():
            return "as given"
        case _:
            return "–"


def _when(p: Protocol, session: PlannedSession) -> str:
    at = session.at
    if isinstance(at, OnDay) and at.day >= 0:
        return f"{day_of_the_week(p, at.day)}, {spoken(at.time)}"
    return spoken(at) if isinstance(at, OnDay | FromInput) else spoken_day(at)


def day_of_the_week(p: Protocol, day: int) -> str:
    """`Tuesday (day 2)` where cohorts start on a Monday, else `day 2`; `day` counts from 0 at the start."""
    place = day % 7
    return f"{DAYS[place]} (day {place + 1})" if p.cohort.starts_on_monday else f"day {place + 1}"


def _needs(p: Protocol, session: PlannedSession) -> Iterator[str]:
    """What stands open or shut before a session, as the scheduler, the session and the intake will ask."""
    if session.integrates:
        yield f"integrates {spoken_key(session.integrates)}"
    if session.kind == SessionKind.DOSE:
        yield from _dose_needs(p, session)
    elif session == p.sessions[0] and p.cohort.start_needs:
        yield f"{listed(spoken(kind) for kind in p.cohort.start_needs)} signed"
    for check in p.rules_for(session.kind).checks:
        yield f"confirmed of everybody: {check.says}"
    for measure in p.measures:
        if session.key in measure.required_for:
            yield f"the measure {measure.title} complete"


def _dose_needs(p: Protocol, dose: PlannedSession) -> Iterator[str]:
    first = dose == p.sessions_of(SessionKind.DOSE)[0]
    before = p.sessions[: p.sessions.index(dose)]
    holds = {rules.kind for rules in p.session_rules if rules.missed.holds_a_dose}
    if first and SessionKind.PREPARATION in holds:
        yield "every preparation attended or made up"
    circles_before = any(session.kind == SessionKind.CIRCLE for session in before)
    if circles_before and SessionKind.CIRCLE in holds:
        yield "no circle to make up"
    if p.dosing and not first:
        yield f"{spoken_duration(p.dosing.min_interval.value)} since the last dose"
    if p.cohort.start_needs:
        yield f"{listed(spoken(kind) for kind in p.cohort.start_needs)} standing"


def missed(p: Protocol) -> Section:
    """What an absence from each kind of session does."""
    rows = tuple(_missed_row(rules) for rules in p.session_rules)
    head = ("Session", "Reminded", "Late", "Absent", "A missed one", "Staff are told", "Made up within", "Source")
    return Section("When a session is missed", (Table(head, rows), Points((*_advice(p), *_reviews(p)))))


def _advice(p: Protocol) -> Iterator[str]:
    for rules in p.session_rules:
        for advice in rules.advice:
            yield f"Each reminder of a {spoken(rules.kind)} says: «{advice.says}» ({source(advice)})."


def _missed_row(rules: SessionRules) -> tuple[str, ...]:
    absent, late = sourced(rules.grace), sourced(rules.late_after)
    ask = f"; worse, the {rules.missed.if_worse_ask} decides" if rules.missed.if_worse_ask else ""
    within = spoken_duration(rules.missed.make_up_within) if rules.missed.make_up_within else "never"
    reminded = listed(f"{spoken_span(lead)} before" for lead in rules.remind_before) if rules.remind_before else "no"
    effect = EFFECTS[rules.missed.effect] + ask
    return (
        rules.called or spoken(rules.kind),
        reminded,
        late,
        absent,
        effect,
        rules.missed.says,
        within,
        source(rules.missed),
    )


def _reviews(p: Protocol) -> tuple[str, ...]:
    rules = p.attendance
    return (
        f"A withdrawal review, never a withdrawal: after "
        f"{sourced(rules.review_after_consecutive_unexcused, 'unexcused absences in a row')} "
        f"or {sourced(rules.review_after_total, 'in all')}, within {sourced(rules.review_within)}.",
        f"An absence that cannot be made up is closed within {sourced(rules.absence_close_within)}; "
        f"a held dose is decided within {sourced(rules.hold_decision_within)}.",
    )
