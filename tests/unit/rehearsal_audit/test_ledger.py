"""The ledger balances only when each referral is in exactly one state."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args
from uuid import uuid4

import pytest

from rehearsal.ledger import STATES, Ledger, Owed, Referred
from rehearsal.report import LedgerSummary
from shared.events.scheduler import State
from tests.unit.rehearsal_audit.kept import ROWAN, at

ROW = Referred(ROWAN, "bc", "R-01", "active")
CALL = Owed(
    service="integration",
    id=uuid4(),
    site="bc",
    program_id=ROWAN,
    kind="check_in",
    item="check_in:dose:1:24h",
    owner="coordinator",
    stage="call",
    opened_at=at(1),
    deadline=at(3),
    closed_at=None,
    closure=None,
)


def test_a_ledger_in_which_everyone_has_one_state_balances() -> None:
    ledger = Ledger(at(0), [ROW, replace(ROW, program_id=uuid4(), reference="R-02", state="excluded")], [])
    assert ledger.balanced
    assert ledger.referred == 2
    assert {state: people for state, people in ledger.by_state.items() if people} == {"active": 1, "excluded": 1}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (replace(ROW, state=None), "referral R-01 at bc is in no state: it has no program"),
        (replace(ROW, reference=None), "was never referred"),
        (replace(ROW, state="somewhere"), "in a state without name: somewhere"),
    ],
)
def test_a_ledger_that_does_not_balance_says_why(row: Referred, why: str) -> None:
    ledger = Ledger(at(0), [row], [])
    assert not ledger.balanced
    assert why in ledger.faults[0]


def test_what_is_open_past_its_deadline_is_overdue() -> None:
    assert Ledger(at(2), [ROW], [CALL]).overdue == []
    assert Ledger(at(4), [ROW], [CALL]).overdue == [CALL]
    assert Ledger(at(4), [ROW], [replace(CALL, closed_at=at(3.5), closure="reached")]).overdue == []


def test_what_is_open_and_nobodys_is_found() -> None:
    assert Ledger(at(2), [ROW], [CALL, nobody := replace(CALL, owner="")]).without_owner == [nobody]


def test_the_nearest_deadline_comes_first() -> None:
    later = replace(CALL, deadline=CALL.deadline + timedelta(days=1))
    assert Ledger(at(2), [ROW], [later, CALL]).still_owed == [CALL, later]


def test_the_summary_has_a_field_for_every_state_of_the_ledger() -> None:
    assert get_args(State) == STATES
    assert list(LedgerSummary.model_fields) == ["referred", *STATES, "balanced"]
