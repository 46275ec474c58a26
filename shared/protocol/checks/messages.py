"""Messages: appointments are among what must reach, and the calendar's own reminders keep within the caps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.protocol.checks.calendar import anchored, nominal
from shared.protocol.checks.problem import Problem, repeated
from shared.protocol.spans import nominal_length
from shared.protocol.vocabulary import MessageCategory
from shared.protocol.wording import listed, spoken

if TYPE_CHECKING:
    from shared.protocol.model import Protocol

APPOINTMENTS = (MessageCategory.CALENDAR_CHANGE, MessageCategory.SESSION_REMINDER, MessageCategory.SEAT_OFFER)
TO_STAFF = (MessageCategory.STAFF_TASK, MessageCategory.PAGE)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def caps_are_upright(p: Protocol) -> Iterator[Problem]:
    if p.messages.max_per_day.value > p.messages.max_per_week.value:
        yield Problem(("messages", "max_per_day"), "more messages are allowed in a day than in a week")


def quiet_hours_begin_and_end(p: Protocol) -> Iterator[Problem]:
    quiet = p.messages.quiet_hours
    if quiet and quiet.value.begins == quiet.value.ends:
        yield Problem(
            ("messages", "quiet_hours"), "the quiet hours end when they begin; leave them out if there are none"
        )


def appointments_must_reach(p: Protocol) -> Iterator[Problem]:
    """Whoever is not told of an appointment misses it: no protocol leaves that to the caps."""
    path, listed_there = ("messages", "must_reach"), p.messages.must_reach.value
    yield from repeated((*path, "value"), listed_there, "category")
    lacking = [category for category in APPOINTMENTS if category not in listed_there]
    if lacking:
        yield Problem(
            path, f"a participant must be told of these whatever the caps are: {listed(map(spoken, lacking))}"
        )
    for index, category in enumerate(listed_there):
        if category in TO_STAFF:
            yield Problem((*path, "value", index), f"{spoken(category)} is sent to staff, not to a participant")


def reminders_fit_the_caps(p: Protocol) -> Iterator[Problem]:
    """The caps are a promise to participants: a calendar that breaks it by its reminders alone is refused."""
    for name, most, counted, period in _caps(p):
        found = counted(_reminders(p))
        if found > most:
            sentence = f"the calendar by itself needs {found} reminders of sessions {period}"
            yield Problem(("messages", name), f"{sentence}, and at most {most} messages are allowed")


def crowded(p: Protocol) -> Iterator[str]:
    """Say where questionnaires and reminders together are more than the caps allow, so that some may be dropped."""
    for _, most, counted, period in _caps(p):
        found = counted([*_reminders(p), *_questionnaires(p)])
        if found > most:
            yield (
                f"reminders of sessions and questionnaires are up to {found} messages {period}, and at most {most} are "
                "allowed: messages about questionnaires wait, or are dropped"
            )


def _caps(p: Protocol) -> tuple[tuple[str, int, Callable[[Sequence[timedelta]], int], str], ...]:
    m = p.messages
    return (
        ("max_per_day", m.max_per_day.value, _most_on_a_day, "on one day"),
        ("max_per_week", m.max_per_week.value, _most_in_a_week, "within 7 days"),
    )


def _reminders(p: Protocol) -> list[timedelta]:
    """When sessions are reminded of, from the start; a session that waits for a cohort's input is not counted yet."""
    before = {rules.kind: rules.remind_before for rules in p.session_rules}
    placed = [(nominal(s.at), before.get(s.kind, ())) for s in p.sessions]
    return [start - nominal_length(lead) for start, leads in placed if start is not None for lead in leads]


def _questionnaires(p: Protocol) -> list[timedelta]:
    """When questionnaires are sent and reminded of, from the start."""
    placed = [(anchored(p, m.at), (m.opens, *m.reminders)) for m in p.measures]
    return [anchor + nominal_length(offset) for anchor, offsets in placed if anchor is not None for offset in offsets]


def _most_on_a_day(moments: Sequence[timedelta]) -> int:
    """Return the most mails on a day of the calendar; what falls on one moment is one mail."""
    return max(Counter(at // DAY for at in set(moments)).values(), default=0)


def _most_in_a_week(moments: Sequence[timedelta]) -> int:
    """Return the most mails in any seven days."""
    once = set(moments)
    return max((sum(at - WEEK < other <= at for other in once) for at in once), default=0)
