"""The Columbia suicide severity rating scale, screener version: six questions, one level.

Source of the levels: the C-SSRS screener's published triage. Questions 1–2 are low; question 3, or question 6 over
a lifetime, moderate; questions 4 and 5, or question 6 within three months, high.
"""

from dataclasses import dataclass

from shared.protocol.vocabulary import RiskLevel
from shared.refusal import Refused


@dataclass(frozen=True)
class Screener:
    """The answers. «No» to question 2 skips 3–5 (None); `q6_recent` (within three months) is asked when 6 is «yes»."""

    q1: bool
    q2: bool
    q3: bool | None
    q4: bool | None
    q5: bool | None
    q6: bool
    q6_recent: bool | None


def check(screener: Screener) -> None:
    """Refuse a screener that was not asked to its end, or in the wrong order."""
    for name in ("q3", "q4", "q5"):
        _check_follow_up(screener, name, asked=screener.q2, why="question 2")
    _check_follow_up(screener, "q6_recent", asked=screener.q6, why="question 6")


def _check_follow_up(screener: Screener, name: str, *, asked: bool, why: str) -> None:
    answer = getattr(screener, name)
    if asked and answer is None:
        raise Refused("answer_missing", f"{why} is «yes»: {name} is asked", status=422, field=f"answers.{name}")
    if not asked and answer:
        raise Refused("skipped_question", f"{why} is «no»: {name} is not asked", status=422, field=f"answers.{name}")


def level(screener: Screener) -> RiskLevel:
    """Return the triage level of a complete screener."""
    if screener.q4 or screener.q5 or screener.q6_recent:
        return RiskLevel.HIGH
    if screener.q3 or screener.q6:
        return RiskLevel.MODERATE
    if screener.q1 or screener.q2:
        return RiskLevel.LOW
    return RiskLevel.NONE
