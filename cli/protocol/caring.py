"""Who is screened and how, the group, the dose day, risk and messages."""

from collections.abc import Iterator

from cli.protocol.measuring import screening_times
from cli.protocol.page import Block, Points, Section, Table
from cli.protocol.saying import source, sourced
from shared.protocol.care import Cohort
from shared.protocol.differences.naming import LEVELS
from shared.protocol.dosing import Dosing
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import ScreeningOutcome
from shared.protocol.wording import listed, spoken, spoken_duration, spoken_key
from shared.vocabulary import total

TO_BE_SET = "to be set before a version is released"
OUTCOMES = total(
    ScreeningOutcome,
    {
        ScreeningOutcome.EXCLUDE: "Exclude: blocks until a clinician signs, and never rejects by itself.",
        ScreeningOutcome.REVIEW: "Review: a clinician evaluates with care.",
        ScreeningOutcome.INFO: "Information for the clinician.",
    },
)


def screening(p: Protocol) -> Section:
    blocks: list[Block] = [screening_times(p)]
    if p.screening.conditions:
        own = tuple((spoken_key(one.id), one.says, source(one)) for one in p.screening.conditions)
        blocks.append(Table(("Condition of this program's own", "Says", "Source"), own))
    for outcome, says in OUTCOMES.items():
        rules = [rule for rule in p.screening.rules if rule.outcome == outcome]
        if rules:
            rows = tuple((rule.says, spoken(rule.when), source(rule)) for rule in rules)
            blocks += [says, Table((str(outcome).capitalize(), "When", "Source"), rows)]
    suggested = tuple((rule.suggests, rule.says, spoken(rule.when), source(rule)) for rule in p.screening.modality)
    if suggested:
        blocks.append(f"The first that holds is suggested, else {p.screening.default_modality}; a clinician decides.")
        blocks.append(Table(("Suggests", "Says", "When", "Source"), suggested))
    return Section("Screening", tuple(blocks))


def group(p: Protocol) -> Section:
    c = p.cohort
    small = f" in small groups of {sourced(c.small_group_size)}" if c.small_group_size else ""
    monday = " A cohort starts on a Monday." if c.starts_on_monday else ""
    return Section(
        "The group",
        (
            Points(
                (
                    f"{_size(c)}{small}.{monday}",
                    f"{_quorum(c)}.",
                    f"A seat is kept for {sourced(c.offer_expires)}, offered at most {sourced(c.max_offers, 'times')}; "
                    f"seats close {sourced(c.seats_close_before)} before the start.",
                    f"Signed before a seat is accepted: {_signed(c.offer_needs)}; "
                    f"before the first session and standing at each dose: {_signed(c.start_needs)}.",
                )
            ),
        ),
    )


def _size(c: Cohort) -> str:
    return sourced(c.size, "people") if c.size.value else f"How many people: {TO_BE_SET} ({source(c.size)})"


def _quorum(c: Cohort) -> str:
    if c.quorum.value:
        return f"A session runs with {sourced(c.quorum)}; below that staff run it, postpone it or merge groups"
    return f"How many have to be present for a session to run: {TO_BE_SET} ({source(c.quorum)})"


def _signed(kinds: tuple[object, ...]) -> str:
    return listed(map(spoken, kinds))


def dose_day(p: Protocol) -> Section:
    if p.dosing is None:
        return Section("The dose day", ())
    d = p.dosing
    before = tuple((line.says, source(line)) for line in d.checklist)
    limits = tuple((LEVELS[limit.level], spoken(limit), source(limit)) for limit in d.vitals)
    ranges = tuple((spoken(usual.route), spoken(usual), source(usual)) for usual in d.routes)
    arms = tuple(
        (arm.title, spoken(ranged.route), spoken(ranged), source(ranged)) for arm in d.arms for ranged in arm.routes
    )
    leaving = tuple((line.says, source(line)) for line in d.discharge.criteria)
    return Section(
        "The dose day",
        (
            Points(tuple(_dose_rules(d))),
            Table(("Route", "Usual range of one dose", "Source"), ranges),
            Table(("Arm", "Route", "Range of one dose", "Source"), arms),
            Table(("Confirmed before a dose", "Source"), before),
            Table(("Outside the limit", "Vital sign", "Source"), limits),
            Points(tuple(_watching(d))),
            Table(("Before anybody leaves", "Source"), leaving),
        ),
    )


def _dose_rules(d: Dosing) -> Iterator[str]:
    yield f"{d.doses} doses, at least {sourced(d.min_interval)} apart, wherever they are given."
    staff = d.staffing
    yield (
        f"On site: {listed(map(spoken, staff.on_site))}; at least {sourced(staff.minimum_staff, 'staff')}; "
        f"for each monitor at most {sourced(staff.participants_per_monitor, 'participants')}."
    )
    verifies = "A second person verifies each dose" if d.verifier_differs.value else "The same person may verify a dose"
    yield f"{verifies} ({source(d.verifier_differs)}). A go stays valid for {sourced(d.clearance_valid_for)}."
    yield f"A refusal that is known already is somebody's task {sourced(d.foreseen_before)} before the dose."
    if d.arms:
        named = listed(f"{arm.title} ({arm.id}; {source(arm)})" for arm in d.arms)
        yield f"{len(d.arms)} arms: {named}. Nobody has a dose before a clinician or prescriber has assigned their arm."
    yield f"A weight is at most {sourced(d.weight_dated_within, 'old')}."


def _watching(d: Dosing) -> Iterator[str]:
    rest = d.repeats
    yield (
        f"Rest and repeat: rest {sourced(rest.rest_at_least)} to {sourced(rest.rest_at_most)}, "
        f"measure again {sourced(rest.times, 'times')}, then the prescriber decides."
    )
    times = listed("at once" if not at else spoken_duration(at) for at in d.observations.value)
    yield (f"Observed after a dose: {times} ({source(d.observations)}); overdue {sourced(d.observation_grace)} later.")
    yield (
        f"Nobody leaves sooner than {sourced(d.discharge.not_before)} after the last dose of the day; "
        f"signed by {listed(map(spoken, d.discharge.signed_by), 'or')}."
    )


def risk(p: Protocol) -> Section:
    head = ("C-SSRS", "Paged", "Doses held", "A clinician acts within", "Source")
    responses = tuple(
        (spoken(r.level), spoken(r.page), spoken(r.hold_dosing), spoken_duration(r.task_within), source(r))
        for r in p.risk.responses
    )
    tiers = "; then ".join(spoken(tier) for tier in p.risk.escalation)
    return Section(
        "Risk",
        (
            Table(head, responses),
            Points(
                (
                    f"Paged: {tiers}; the next after {sourced(p.risk.page_ack_within)} without an acknowledgement.",
                    f"A C-SSRS screener that is asked for is done within {sourced(p.risk.c_ssrs_within)}.",
                    f"Participants are told: {sourced(p.risk.crisis_line)}",
                )
            ),
        ),
    )


def messages(p: Protocol) -> Section:
    m = p.messages
    caps = f"At most {sourced(m.max_per_day, 'a day')} and {sourced(m.max_per_week, 'a week')}."
    quiet = f"Quiet from {sourced(m.quiet_hours)}, where the recipient is." if m.quiet_hours else "No quiet hours."
    reach = f"Beyond the caps and first in a mail, or by a call when no mail can be sent: {sourced(m.must_reach)}."
    rows = tuple(
        (spoken(c.category), spoken_duration(c.best_before), "yes" if c.exempt else "no") for c in m.categories
    )
    return Section(
        "Messages",
        (
            Points((quiet, caps, reach)),
            Table(("Message", "Not sent any more after", "Also in quiet hours and beyond the caps"), rows),
        ),
    )
