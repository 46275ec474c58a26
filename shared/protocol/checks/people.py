"""The group, attendance and risk: ranges the right way up, and more for what is worse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from shared.protocol.checks.problem import Problem
from shared.protocol.vocabulary import RiskLevel, SessionKind

if TYPE_CHECKING:
    from shared.protocol.model import Protocol

TELLING = re.compile(
    r"ketamin|\bdos(e|es|ing)\b|medic|drug|treat|therap|psych|depress|ptsd|trauma|anxi|diagnos|clinical|safety|risk"
    r"|circle|group|cohort|session|program|protocol|questionnaire|preparation|integration|screening",
    re.IGNORECASE,
)
"""Words that would tell whoever reads over somebody's shoulder what they are in care for."""


def quorum_fits_the_group(p: Protocol) -> Iterator[Problem]:
    size, quorum = p.cohort.size.value, p.cohort.quorum.value
    if size and quorum and quorum.enrolled > size.maximum:
        yield Problem(("cohort", "quorum"), "the quorum asks for more people than the group may have")


def small_groups_fit_the_group(p: Protocol) -> Iterator[Problem]:
    small, size = p.cohort.small_group_size, p.cohort.size.value
    if small and size and small.value > size.maximum:
        yield Problem(("cohort", "small_group_size"), "a small group is larger than the whole group")


def reviews_can_be_reached(p: Protocol) -> Iterator[Problem]:
    if p.attendance.review_after_consecutive_unexcused.value > p.attendance.review_after_total.value:
        path = ("attendance", "review_after_consecutive_unexcused")
        yield Problem(path, "this many in a row are never reached: fewer in all already ask for a review")


def advice_keeps_the_secret(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        for line, advice in enumerate(rules.advice):
            if telling := TELLING.search(advice.says):
                path = ("session_rules", index, "advice", line, "says")
                yield Problem(path, f"a mail to a participant does not say «{telling.group()}»: others may read it")


def doses_are_prepared_for(p: Protocol) -> Iterator[Problem]:
    for index, rules in enumerate(p.session_rules):
        if rules.kind == SessionKind.DOSE and rules.remind_before and not rules.advice:
            says = "a reminder of a dose says how to come and how to get home: eating, drinking, who drives"
            yield Problem(("session_rules", index, "advice"), says)


def higher_risk_asks_for_more(p: Protocol) -> Iterator[Problem]:
    by_level = sorted(enumerate(p.risk.responses), key=lambda numbered: list(RiskLevel).index(numbered[1].level))
    for (_, lower), (index, higher) in pairwise(by_level):
        less = lower.page > higher.page or lower.hold_dosing > higher.hold_dosing
        if less or higher.task_within > lower.task_within:
            yield Problem(("risk", "responses", index), f"the level {higher.level} asks for less than {lower.level}")
