"""Who is screened again: the newest decision counts, in whatever order the decisions are heard."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from services.scheduler.domain.decide import Decision, decide
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.domain.history import History
from services.scheduler.domain.reviews import reviews_due
from services.scheduler.domain.standing import state
from tests.unit.scheduler.histories import COHORT, NOW, WEEKLY6, Facts, member, plan

CALENDAR = plan()
HALF_A_YEAR = timedelta(days=180)
OTHERS = pytest.mark.parametrize("decision", ["excluded", "redirected"])


def screened(facts: Facts, decision: str, at: datetime = NOW) -> Facts:
    return facts.tell(FactKind.SCREENED, "screening", at, decision=decision)


def waiting() -> Facts:
    return screened(Facts().tell(FactKind.REFERRED, "referral", NOW - HALF_A_YEAR), "eligible", NOW - HALF_A_YEAR)


def offered() -> Facts:
    return waiting().tell(FactKind.SEAT_OFFERED, "seat", NOW - timedelta(days=1), cohort_id=str(COHORT))


def drawn(facts: Facts) -> Decision:
    return decide(WEEKLY6, CALENDAR, facts.history, CALENDAR.starts_at)


@OTHERS
def test_whoever_waits_or_is_offered_a_seat_leaves_as_after_a_first_decision(decision: str) -> None:
    for facts in (waiting(), offered()):
        left = decide(WEEKLY6, None, screened(facts, decision).history, NOW)
        assert (left.state, left.phase, left.over) == (decision, "closed", True)


@OTHERS
def test_a_member_stays_active_and_a_clinician_owes_a_review(decision: str) -> None:
    facts = screened(member(CALENDAR), decision, CALENDAR.starts_at)
    assert (drawn(facts).state, drawn(facts).reviews) == ("active", (f"review:{decision}",))
    facts.tell(FactKind.REVIEW_OPENED, f"review:{decision}", CALENDAR.starts_at)
    assert drawn(facts).reviews == ()


def test_a_review_of_the_screening_and_one_of_absences_are_owed_side_by_side() -> None:
    facts = screened(member(CALENDAR), "excluded", CALENDAR.starts_at)
    for item in ("preparation:1", "preparation:2"):
        facts.tell(FactKind.ABSENT, item, CALENDAR.sessions[item].starts_at, excused=False)
    assert reviews_due(WEEKLY6, CALENDAR, facts.history) == ("review:2", "review:excluded")


def test_whoever_left_or_is_through_is_reviewed_no_more() -> None:
    for end, data in ((FactKind.LEFT, {"how": "withdrawn"}), (FactKind.FINISHED, {})):
        facts = member(CALENDAR).tell(end, "program", CALENDAR.starts_at, **data)
        before = drawn(facts)
        assert drawn(screened(facts, "excluded", CALENDAR.starts_at)) == before


def test_a_second_eligible_changes_nothing() -> None:
    for facts, calendar in ((waiting(), None), (offered(), None), (member(CALENDAR), CALENDAR)):
        before, since = decide(WEEKLY6, calendar, facts.history, CALENDAR.starts_at), facts.history.eligible_since
        again = screened(facts, "eligible", CALENDAR.starts_at).history
        assert decide(WEEKLY6, calendar, again, CALENDAR.starts_at) == before
        assert again.eligible_since == since


@OTHERS
def test_the_order_in_which_decisions_are_heard_does_not_matter(decision: str) -> None:
    decisions = ((NOW - 2 * HALF_A_YEAR, "eligible"), (NOW - HALF_A_YEAR, "eligible"), (NOW, decision))
    for heard in permutations(decisions):
        facts = [
            ProgramFact(n, FactKind.SCREENED, "screening", at, {"decision": one}) for n, (at, one) in enumerate(heard)
        ]
        history = History.of(facts)
        assert (state(WEEKLY6, history), history.eligible_since) == (decision, NOW - 2 * HALF_A_YEAR)


def test_a_closed_state_does_not_open_again() -> None:
    """Intake renews only `eligible`; should another decision be followed by one all the same, it changes nothing."""
    facts = screened(screened(waiting(), "excluded"), "eligible", NOW + HALF_A_YEAR)
    assert state(WEEKLY6, facts.history) == "excluded"
