"""What could hurt somebody in silence: values out of their bounds, and safeguards that are left out.

A program whose time is compressed is for machines: none of this is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from shared.document import Path
from shared.protocol.base import Cited, walk
from shared.protocol.calendar import HOLDS_NOTHING
from shared.protocol.checks.calendar import nominal, of_kind
from shared.protocol.checks.problem import Problem
from shared.protocol.expression import FactIs, HasCondition
from shared.protocol.safety import (
    ASKED_OF_EVERYBODY,
    BOUNDS,
    CLINICAL,
    ITEMS_ABOUT_SUICIDE,
    LONGEST_QUIET,
    LONGEST_UNOBSERVED,
    NEEDED_CRITERIA,
    NEEDED_LIMITS,
    VITAL_BOUNDS,
)
from shared.protocol.spans import CalendarDays, nominal_length
from shared.protocol.vocabulary import AgreementKind, MessageCategory, RiskLevel, Role, SessionKind
from shared.protocol.wording import listed, spoken, spoken_duration
from shared.vocabulary import those

if TYPE_CHECKING:
    from shared.protocol.model import Protocol


def values_lie_within_their_bounds(p: Protocol) -> Iterator[Problem]:
    for bound in BOUNDS:
        for path, value in values_at(p, bound.path):
            measured = nominal_length(value) if isinstance(value, CalendarDays) else value
            if bound.least <= measured <= bound.most:
                continue
            side, end = ("less", bound.least) if measured < bound.least else ("more", bound.most)
            sentence = f"{spoken(value)} is {side} than {spoken(end)}: {bound.because} ({bound.source})"
            yield Problem(path, sentence)


def values_at(p: Protocol, dotted: str) -> Iterator[tuple[Path, Any]]:
    """Each value at a path of `BOUNDS`, with its path in the document."""
    found: list[tuple[Path, Any]] = [((), p)]
    for step in dotted.split("."):
        name, _, wanted = step.partition("=")
        if wanted:
            found = [(path, part) for path, part in found if getattr(part, name) == wanted]
        else:
            found = [each for path, part in found for each in _spread((*path, name), getattr(part, name))]
    yield from found


def _spread(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """The value itself, or each of a list; nothing where it is left out."""
    if isinstance(value, Cited):
        value = value.value
    if isinstance(value, tuple):
        for index, each in enumerate(value):
            yield (*path, index), each
    elif value is not None:
        yield path, value


def screening_asks_about_the_contraindications(p: Protocol) -> Iterator[Problem]:
    if not p.dosing:
        return
    asked = {node.condition for _, node in walk(p.screening) if isinstance(node, HasCondition)}
    facts = {node.fact for _, node in walk(p.screening) if isinstance(node, FactIs)}
    for what, key, source in ASKED_OF_EVERYBODY:
        if key not in asked and key not in facts:
            yield Problem(("screening", "rules"), f"no rule asks about {what} ({source})")


def screening_decisions_expire(p: Protocol) -> Iterator[Problem]:
    if p.screening.decision_valid_for is None:
        sentence = "a screening decision would be valid for ever: give the time after which health is looked at again"
        yield Problem(("screening",), f"{sentence} (conv)")


def decisions_last_until_the_last_dose(p: Protocol) -> Iterator[Problem]:
    """A decision made when the seats close still stands at the last dose: later it would hold the dose unexpectedly."""
    valid = p.screening.decision_valid_for
    doses = [at for _, dose in of_kind(p, SessionKind.DOSE) if (at := nominal(dose.at)) is not None]
    if valid and doses and valid.value < max(doses) + p.cohort.seats_close_before.value:
        yield Problem(("screening", "decision_valid_for"), "a decision would expire before the last planned dose")


def doses_need_consent(p: Protocol) -> Iterator[Problem]:
    if p.dosing and AgreementKind.TREATMENT_CONSENT not in p.cohort.start_needs:
        yield Problem(("cohort", "start_needs"), "a dose could be given without treatment_consent (S4 item 8)")


def seats_close_before_the_first_roster(p: Protocol) -> Iterator[Problem]:
    """Whoever takes a seat later stands on no roster of that session."""
    rules = {rule.kind: rule for rule in p.session_rules}
    for session in p.sessions:
        at, rule = nominal(session.at), rules.get(session.kind)
        if at is not None and rule and at - rule.announce_before < -p.cohort.seats_close_before.value:
            sentence = f"the roster of {session.key!r} is drawn up before: anyone who joins after it is on none"
            yield Problem(("cohort", "seats_close_before"), sentence)
            return


def sessions_are_reminded_of(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        if not rules.remind_before:
            yield Problem(
                ("session_rules", index), f"nobody is reminded of a {rules.kind}: give `remind_before` (conv)"
            )


def nobody_is_a_no_show_after_the_end(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        for session in p.sessions:
            if session.kind == rules.kind and rules.grace.value > session.duration:
                over = spoken_duration(session.duration)
                sentence = f"{session.key!r} is over after {over}, before anybody counts as absent"
                yield Problem(("session_rules", index, "grace"), sentence)
                break


def make_ups_stop_something(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        if rules.missed.effect in HOLDS_NOTHING and rules.missed.make_up_within is not None:
            sentence = "nothing waits for this make-up: say what the absence holds, or leave it out"
            yield Problem(("session_rules", index, "missed", "make_up_within"), sentence)


def missed_doses_are_decided_by_the_prescriber(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        if rules.kind == SessionKind.DOSE and rules.missed.if_worse_ask not in CLINICAL:
            sentence = "after a missed dose somebody who is worse is seen by a prescriber or a clinician (guide)"
            yield Problem(("session_rules", index, "missed"), sentence)


def dose_days_end_after_discharge(p: Protocol) -> Iterator[Problem]:
    """Whoever is dosed when the session begins is observed, and may leave, before it ends."""
    if not p.dosing:
        return
    last = max(p.dosing.observations.value, default=timedelta(0))
    waits = ((last, "the last observation"), (p.dosing.discharge.not_before.value, "discharge"))
    for index, dose in of_kind(p, SessionKind.DOSE):
        for wait, what in waits:
            if wait > dose.duration:
                sentence = f"{dose.key!r} ends {spoken_duration(dose.duration)} after it begins, before {what}"
                yield Problem(("sessions", index, "duration"), sentence)


def observations_go_on_until_discharge(p: Protocol) -> Iterator[Problem]:
    if not p.dosing:
        return
    times = (timedelta(0), *p.dosing.observations.value, p.dosing.discharge.not_before.value)
    for before, after in pairwise(times):
        if after - before > LONGEST_UNOBSERVED:
            sentence = f"nobody looks between {spoken_duration(before)} and {spoken_duration(after)} after the dose"
            yield Problem(("dosing", "observations"), f"{sentence}: no longer than 30 minutes (conv)")


def missed_observations_show_before_the_next(p: Protocol) -> Iterator[Problem]:
    times = p.dosing.observations.value if p.dosing else ()
    gaps = [after - before for before, after in pairwise(times)]
    if p.dosing and gaps and p.dosing.observation_grace.value > min(gaps):
        sentence = f"a missed observation shows only after the next, {spoken_duration(min(gaps))} later"
        yield Problem(("dosing", "observation_grace"), sentence)


def vital_signs_have_limits(p: Protocol) -> Iterator[Problem]:
    there = {(limit.vital, limit.level) for limit in (p.dosing.vitals if p.dosing else ())}
    for vital, levels in NEEDED_LIMITS if p.dosing else ():
        if not any((vital, level) in there for level in levels):
            sentence = f"{spoken(vital)} has no limit at {listed(map(spoken, levels), 'or')} (vitals; conv)"
            yield Problem(("dosing", "vitals"), sentence)


def vital_limits_lie_within_their_bounds(p: Protocol) -> Iterator[Problem]:
    for index, limit in enumerate(p.dosing.vitals if p.dosing else ()):
        for bound in VITAL_BOUNDS:
            if (limit.vital, limit.level) != (bound.vital, bound.level):
                continue
            high = limit.above if limit.above is not None else limit.from_value
            low_is_off = limit.below is not None and bound.lowest is not None and limit.below < bound.lowest
            if low_is_off or (high is not None and bound.highest is not None and high > bound.highest):
                end = bound.lowest if low_is_off else bound.highest
                sentence = f"{spoken(limit)} is a limit that comes too late: {end} at the furthest (vitals; conv)"
                yield Problem(("dosing", "vitals", index), sentence)


def checklists_are_complete(p: Protocol) -> Iterator[Problem]:
    there = {criterion.id for criterion in p.dosing.checklist} if p.dosing else set()
    for needed in NEEDED_CRITERIA if p.dosing else ():
        if needed not in there:
            yield Problem(("dosing", "checklist"), f"no line `{needed}` is confirmed before a dose (S4 item 8; conv)")


def clinicians_answer_for_the_dose(p: Protocol) -> Iterator[Problem]:
    if not p.dosing:
        return
    if not set(p.dosing.discharge.signed_by) <= CLINICAL:
        yield Problem(("dosing", "discharge", "signed_by"), "only a clinician or a prescriber signs a discharge (REMS)")
    if Role.PRESCRIBER not in p.dosing.staffing.on_site:
        yield Problem(("dosing", "staffing", "on_site"), "a prescriber is on site on every dose day (S4 item 17)")
    if not p.dosing.verifier_differs.value:
        yield Problem(("dosing", "verifier_differs"), "a second person verifies each dose (conv)")


def check_ins_reach_a_clinician(p: Protocol) -> Iterator[Problem]:
    if p.check_ins is None:
        return
    last = p.check_ins.chase[-1]
    if last.act != "clinician_decides" or last.owner not in CLINICAL:
        sentence = "the ladder ends with nobody who may decide: its last step is `clinician_decides` (conv)"
        yield Problem(("check_ins", "chase", len(p.check_ins.chase) - 1), sentence)
    if not any(question.signals_risk_from is not None for question in p.check_ins.questions):
        yield Problem(("check_ins", "questions"), "no answer signals risk: give `signals_risk_from` to one (conv)")


def answers_about_suicide_are_acted_on(p: Protocol) -> Iterator[Problem]:
    for index, instrument in enumerate(p.instruments):
        item = ITEMS_ABOUT_SUICIDE.get(instrument.loinc_panel or "")
        if item and not any(risk.item == item and risk.at_least == 1 for risk in instrument.item_risks):
            sentence = f"an answer of 1 to item {item} asks for a C-SSRS screener: give it under `item_risks` (conv)"
            yield Problem(("instruments", index), sentence)


def high_risk_pages_and_holds(p: Protocol) -> Iterator[Problem]:
    for index, response in enumerate(p.risk.responses):
        if response.level == RiskLevel.HIGH and not (response.page and response.hold_dosing):
            yield Problem(("risk", "responses", index), "a high C-SSRS pages somebody and holds every dose (conv)")


def pages_reach_a_clinician_first(p: Protocol) -> Iterator[Problem]:
    if not CLINICAL & set(p.risk.escalation[0].roles):
        yield Problem(("risk", "escalation", 0), "the first tier has no clinician and no prescriber (conv)")


NEVER_HELD = those(
    MessageCategory,
    are=(
        MessageCategory.SAFETY_CHECK_IN,
        MessageCategory.PAGE,
        MessageCategory.STAFF_TASK,
    ),
    are_not=(
        MessageCategory.FORMS,
        MessageCategory.SEAT_OFFER,
        MessageCategory.AGREEMENT,
        MessageCategory.SESSION_REMINDER,
        MessageCategory.CALENDAR_CHANGE,
        MessageCategory.MEASURE,
        MessageCategory.CHECK_IN,
        MessageCategory.ABSENCE,
    ),
)


def urgent_messages_are_never_held(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.messages.categories):
        if rules.category in NEVER_HELD and not rules.exempt:
            sentence = f"a {spoken(rules.category)} would wait for the morning or the cap: `exempt: true` (S4; conv)"
            yield Problem(("messages", "categories", index), sentence)


def quiet_hours_leave_a_day(p: Protocol) -> Iterator[Problem]:
    if p.messages.quiet_hours is None:
        return
    quiet = p.messages.quiet_hours.value
    day = datetime(2000, 1, 1)  # noqa: DTZ001 (the length between two times of day needs no zone)
    length = (datetime.combine(day, quiet.ends) - datetime.combine(day, quiet.begins)) % timedelta(days=1)
    if length > LONGEST_QUIET:
        sentence = f"{spoken_duration(length)} of a day are quiet: {spoken_duration(LONGEST_QUIET)} at the most (conv)"
        yield Problem(("messages", "quiet_hours"), sentence)


def messages_come_before_what_they_are_about(p: Protocol) -> Iterator[Problem]:
    """A message that is kept back and then sent is still about something ahead."""
    reminders = [nominal_length(lead) for rules in p.session_rules for lead in rules.remind_before]
    answers = [check_in.answer_within for check_in in (p.check_ins.asked if p.check_ins else ())]
    until: dict[MessageCategory, timedelta | None] = {
        MessageCategory.SEAT_OFFER: p.cohort.offer_expires.value,
        MessageCategory.FORMS: p.screening.forms_within.value,
        MessageCategory.SESSION_REMINDER: min(reminders, default=None),
        MessageCategory.SAFETY_CHECK_IN: min(answers, default=None),
    }
    for index, rules in enumerate(p.messages.categories):
        ends = until.get(rules.category)
        if ends is not None and rules.best_before > ends:
            late = f"a {spoken(rules.category)} could be sent {spoken(rules.best_before)} late"
            sentence = f"{late}, when what it is about is over after {spoken(ends)}"
            yield Problem(("messages", "categories", index, "best_before"), sentence)
