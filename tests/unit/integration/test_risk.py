"""What signals risk, how the C-SSRS screener is read, and who is asked when nobody decides."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.integration.domain import c_ssrs, check_ins, risk
from services.integration.domain.c_ssrs import Screener
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import RiskLevel
from shared.refusal import Refused

WEEKLY6 = load_protocol(Path(__file__).parents[3] / "protocols" / "weekly6.yaml")
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
NO: dict[str, Any] = {"q1": False, "q2": False, "q3": None, "q4": None, "q5": None, "q6": False, "q6_recent": None}
ASKED: dict[str, Any] = NO | {"q2": True, "q3": False, "q4": False, "q5": False}


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        (NO, RiskLevel.NONE),
        (NO | {"q1": True}, RiskLevel.LOW),
        (ASKED, RiskLevel.LOW),
        (ASKED | {"q3": True}, RiskLevel.MODERATE),
        (NO | {"q6": True, "q6_recent": False}, RiskLevel.MODERATE),
        (ASKED | {"q4": True}, RiskLevel.HIGH),
        (ASKED | {"q5": True}, RiskLevel.HIGH),
        (NO | {"q6": True, "q6_recent": True}, RiskLevel.HIGH),
    ],
)
def test_the_screener_has_the_published_levels(answers: dict[str, Any], level: RiskLevel) -> None:
    screener = Screener(**answers)
    c_ssrs.check(screener)
    assert c_ssrs.level(screener) == level


@pytest.mark.parametrize(
    ("answers", "rule", "field"),
    [
        (ASKED | {"q4": None}, "answer_missing", "answers.q4"),
        (NO | {"q5": True}, "skipped_question", "answers.q5"),
        (NO | {"q6": True}, "answer_missing", "answers.q6_recent"),
        (NO | {"q6_recent": True}, "skipped_question", "answers.q6_recent"),
    ],
)
def test_a_screener_that_was_not_asked_to_its_end_is_refused(answers: dict[str, Any], rule: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        c_ssrs.check(Screener(**answers))
    assert (refused.value.rule, refused.value.field) == (rule, field)


def test_an_answer_at_the_protocols_threshold_signals_risk() -> None:
    calm = {"coping": 8, "unsafe": 0}
    assert check_ins.signals(WEEKLY6.check_ins, calm) == []
    assert check_ins.signals(WEEKLY6.check_ins, calm | {"coping": 9}) == ["coping"]
    assert check_ins.signals(WEEKLY6.check_ins, calm | {"unsafe": 1}) == ["unsafe"]


def test_a_question_that_can_signal_risk_must_be_answered_unless_another_one_signals_it() -> None:
    with pytest.raises(Refused) as refused:
        check_ins.signals(WEEKLY6.check_ins, {"coping": 2})
    assert (refused.value.rule, refused.value.field) == ("answer_missing", "answers.unsafe")
    assert check_ins.signals(WEEKLY6.check_ins, {"unsafe": 1}) == ["unsafe"]


@pytest.mark.parametrize(
    ("answers", "rule"), [({"sleep": 1}, "unknown_question"), ({"unsafe": 2, "coping": 0}, "out_of_range")]
)
def test_answers_that_were_not_asked_for_are_refused(answers: dict[str, int], rule: str) -> None:
    with pytest.raises(Refused) as refused:
        check_ins.signals(WEEKLY6.check_ins, answers)
    assert refused.value.rule == rule


def test_an_overdue_risk_goes_to_a_prescriber_and_stays_with_them() -> None:
    deadline = NOW - timedelta(minutes=1)
    first = risk.overdue(WEEKLY6.risk, "clinician", deadline, NOW)
    assert (first.owner, first.stage, first.deadline) == ("prescriber", "overdue", deadline)
    again = risk.overdue(WEEKLY6.risk, "prescriber", deadline, NOW)
    assert again.owner == "prescriber"
    assert again.wake_at > NOW
