"""A clinician signs the decision; exclusions stand in its way until they are overridden with a reason."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.decision import Decision, Proposed, Signer, check_decidable, decide
from services.intake.domain.referral import State
from shared.events.intake import ScreeningDecision
from shared.refusal import Refused
from tests.unit.intake.people import NOON, PROGRAM, condition, evaluated, given

EXCLUDED = {"conditions": condition("psychosis", active=False)}
SIGNER = Signer("clinician-7", "clinician", NOON, "I have reviewed the answers.")


def decided(
    outcome: ScreeningDecision = "eligible",
    *,
    override_reason: str | None = None,
    read_version: int | None = None,
    signer: Signer = SIGNER,
    **changed: Any,
) -> Decision:
    proposed = Proposed(outcome, None, override_reason, read_version)
    evaluation, answers = evaluated(**changed), given(**changed)
    return decide(proposed, evaluation, answers, program_id=PROGRAM, signer=signer, valid_for=timedelta(days=180))


def test_an_exclusion_blocks_eligible_until_it_is_overridden_with_a_reason() -> None:
    with pytest.raises(Refused) as refused:
        decided(**EXCLUDED)
    assert (refused.value.rule, refused.value.status, refused.value.field) == (
        "override_needs_reason",
        422,
        "override_reason",
    )
    decision = decided(override_reason="A single episode thirty years ago, after surgery.", **EXCLUDED)
    assert decision.overridden == ("psychosis_history",)


@pytest.mark.parametrize("outcome", ["excluded", "redirected"])
def test_an_exclusion_never_stands_in_the_way_of_saying_no(outcome: ScreeningDecision) -> None:
    decision = decided(outcome, **EXCLUDED)
    assert decision.overridden == ()
    assert decision.valid_until is None


def test_a_review_finding_needs_no_override() -> None:
    assert decided(conditions=condition("glaucoma")).overridden == ()


def test_nobody_signs_answers_that_changed_under_their_eyes() -> None:
    assert decided(read_version=1).answers_version == 1
    with pytest.raises(Refused, match="answers_changed"):
        decided(read_version=2)


def test_a_decision_pins_its_protocol_and_its_answers() -> None:
    decision = decided()
    assert (decision.pin, decision.answers_version) == (evaluated().pin, 1)
    assert decision.valid_until == NOON + timedelta(days=180)


def test_a_signature_covers_content_signer_moment_and_meaning() -> None:
    hashes = {
        decided().signed.sha256,
        decided("redirected").signed.sha256,
        decided(weight_kg=71).signed.sha256,
        decided(signer=Signer("clinician-8", "clinician", NOON, SIGNER.meaning)).signed.sha256,
        decided(signer=Signer("clinician-7", "clinician", NOON + timedelta(1), SIGNER.meaning)).signed.sha256,
        decided(signer=Signer("clinician-7", "clinician", NOON, "Something else.")).signed.sha256,
    }
    assert len(hashes) == 6
    assert decided().signed.sha256 == decided().signed.sha256


@pytest.mark.parametrize(
    ("state", "renewable", "rule"),
    [
        (State.AWAITING_FORMS, False, "forms_not_submitted"),
        (State.AWAITING_REVIEW, False, None),
        (State.ELIGIBLE, False, "already_decided"),
        (State.ELIGIBLE, True, None),
        (State.REDIRECTED, False, "already_decided"),
        (State.LAPSED, False, "screening_lapsed"),
    ],
)
def test_a_decision_is_made_once_and_renewed_only_when_it_ends_soon_or_has_ended(
    state: State, renewable: bool, rule: str | None
) -> None:
    if rule is None:
        check_decidable(state, renewable=renewable)
        return
    with pytest.raises(Refused, match=rule):
        check_decidable(state, renewable=renewable)
