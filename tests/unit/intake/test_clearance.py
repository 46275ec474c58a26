"""Intake's clearance of a dose, and the ledger of agreements that it reads."""

from datetime import timedelta

import pytest

from services.intake.domain.agreement import Act, Line, check_revoke, check_sign, standing
from services.intake.domain.clearance import refusals, valid_until
from services.intake.domain.decision import Decision, Proposed, Signer, decide
from services.intake.domain.referral import Pin, State, pinned
from shared.events.intake import AgreementKind
from shared.protocol.library import ProtocolLibrary
from shared.refusal import Refused
from tests.unit.intake.people import NOON, PROGRAM, PROTOCOLS, evaluated, given, pin, referral, weekly6

LATER = NOON + timedelta(days=30)


def line(kind: AgreementKind, act: Act = "signed") -> Line:
    return Line(kind, act, NOON, str(PROGRAM))


def eligible(valid_for: timedelta | None = timedelta(days=180)) -> Decision:
    signer = Signer("clinician-7", "clinician", NOON, "Reviewed.")
    proposed = Proposed("eligible", None, None, None)
    return decide(proposed, evaluated(), given(), program_id=PROGRAM, signer=signer, valid_for=valid_for)


BOTH = (line("treatment_consent"), line("group_agreement"))


def test_an_eligible_person_with_both_agreements_is_cleared() -> None:
    assert refusals(referral(), eligible(), BOTH, weekly6(), LATER) == ()


@pytest.mark.parametrize("state", [state for state in State if state != State.ELIGIBLE])
def test_nobody_is_cleared_who_was_not_found_eligible(state: State) -> None:
    for decision in (None, eligible()):
        assert refusals(referral(state), decision, BOTH, weekly6(), LATER) == ("screening_not_eligible",)


def test_a_revoked_agreement_refuses_the_next_dose_at_once() -> None:
    ledger = (*BOTH, line("treatment_consent", "revoked"))
    assert refusals(referral(), eligible(), ledger, weekly6(), LATER) == ("agreement_missing:treatment_consent",)


def test_an_old_decision_refuses_on_the_day_it_expires() -> None:
    assert refusals(referral(), eligible(timedelta(days=30)), BOTH, weekly6(), LATER) == ("screening_expired",)


def test_every_rule_that_stands_in_the_way_is_named() -> None:
    assert refusals(referral(State.AWAITING_REVIEW), None, (), weekly6(), LATER) == (
        "screening_not_eligible",
        "agreement_missing:treatment_consent",
        "agreement_missing:group_agreement",
    )


def test_a_clearance_is_valid_for_minutes_and_never_longer_than_the_decision() -> None:
    assert weekly6().dosing is not None
    minutes = weekly6().dosing.clearance_valid_for.value
    assert valid_until(eligible(), weekly6(), LATER) == LATER + minutes
    assert valid_until(eligible(timedelta(days=30, seconds=5)), weekly6(), LATER) == LATER + timedelta(seconds=5)


def test_an_agreement_signed_again_after_it_was_revoked_stands() -> None:
    ledger = [line("group_agreement"), line("group_agreement", "revoked"), line("group_agreement")]
    assert standing(ledger) == (line("group_agreement"),)


def test_an_agreement_is_signed_once_and_only_what_stands_is_revoked() -> None:
    check_sign("group_agreement", State.ELIGIBLE, [])
    with pytest.raises(Refused, match="already_signed"):
        check_sign("group_agreement", State.ELIGIBLE, [line("group_agreement")])
    with pytest.raises(Refused, match="not_signed"):
        check_revoke("group_agreement", [])


@pytest.mark.parametrize("state", [State.EXCLUDED, State.REDIRECTED, State.LAPSED])
def test_whoever_is_not_taken_in_has_nothing_to_sign(state: State) -> None:
    with pytest.raises(Refused, match="screening_closed"):
        check_sign("treatment_consent", state, [])


def test_a_protocol_that_was_changed_or_is_gone_is_not_taken_for_the_pinned_one() -> None:
    protocols = ProtocolLibrary(PROTOCOLS)
    assert pinned(protocols, pin()) == weekly6()
    with pytest.raises(Refused, match="protocol_changed"):
        pinned(protocols, Pin("weekly6", weekly6().version, "0" * 64))
    with pytest.raises(Refused, match="protocol_gone"):
        pinned(protocols, Pin("weekly6", "0.0.1", weekly6().content_hash))
