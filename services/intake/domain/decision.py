"""The screening decision: a clinician signs it; an `exclude` finding stands in its way until it is overridden."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.answers import AnswersVersion
from services.intake.domain.referral import Pin, State
from services.intake.domain.screening import Evaluation
from shared.events.intake import ScreeningDecision
from shared.protocol import Protocol
from shared.protocol.screening import Screening
from shared.refusal import Refused


def may_be_dosed(outcome: ScreeningDecision) -> bool:
    """Return whether a decision lets a person into the program, so that it can expire and be overridden."""
    match outcome:
        case "eligible":
            return True
        case "excluded" | "redirected":
            return False


@dataclass(frozen=True)
class Signer:
    """Who signs, as what, when, and meaning what."""

    subject: str
    role: str
    at: datetime
    meaning: str


@dataclass(frozen=True)
class Signed(Signer):
    """A signature; `sha256` covers the signed content and its signer as canonical JSON."""

    sha256: str


@dataclass(frozen=True)
class Decision:
    """A signed decision, with the protocol and the answers it rests on; `valid_until` None = it does not expire."""

    decision: ScreeningDecision
    reason: str | None
    override_reason: str | None
    overridden: tuple[str, ...]
    pin: Pin
    answers_version: int
    valid_until: datetime | None
    signed: Signed

    def ends_at(self, screening: Screening) -> datetime | None:
        """Return when it expires: as it was signed, or sooner by the protocol that the person follows now."""
        within = screening.decision_valid_for
        ends = [self.valid_until, self.signed.at + within.value if within and may_be_dosed(self.decision) else None]
        return min((at for at in ends if at), default=None)

    def expired(self, screening: Screening, now: datetime) -> bool:
        ends_at = self.ends_at(screening)
        return ends_at is not None and now >= ends_at

    def renewable(self, protocol: Protocol, now: datetime) -> bool:
        """Return whether it may be signed again: from `dosing.foreseen_before` its end on, so that no dose waits."""
        before = protocol.dosing.foreseen_before.value if protocol.dosing else timedelta(0)
        ends_at = self.ends_at(protocol.screening)
        return ends_at is not None and now >= ends_at - before


@dataclass(frozen=True)
class Proposed:
    """What a clinician is about to sign. `read_version` is the version of the answers that they read."""

    decision: ScreeningDecision
    reason: str | None
    override_reason: str | None
    read_version: int | None


def check_decidable(state: State, *, renewable: bool) -> None:
    """Refuse a decision before the forms are submitted, or a second one while the first does not end soon."""
    match state:
        case State.AWAITING_FORMS:
            raise Refused("forms_not_submitted", "there is nothing to decide on before the forms are submitted")
        case State.LAPSED:
            raise Refused("screening_lapsed", "the time for the forms is over; refer the person again")
        case State.ELIGIBLE | State.EXCLUDED | State.REDIRECTED:
            if not renewable:
                raise Refused("already_decided", f"the screening decision is signed: {state}")
        case State.AWAITING_REVIEW:
            pass


def overridden(proposed: Proposed, evaluation: Evaluation) -> tuple[str, ...]:
    """Return the `exclude` rules that are overridden. Refused: `override_needs_reason`, `answers_changed`."""
    if proposed.read_version not in (None, evaluation.answers_version):
        says = (
            f"you read version {proposed.read_version} of the answers; there is a version {evaluation.answers_version}"
        )
        raise Refused("answers_changed", says, field="answers_version")
    if not may_be_dosed(proposed.decision):
        return ()
    rules = tuple(finding.rule_id for finding in evaluation.excludes)
    if rules and not proposed.override_reason:
        says = f"{', '.join(rules)} exclude this person: say why they are eligible nevertheless"
        raise Refused("override_needs_reason", says, status=422, field="override_reason")
    return rules


def decide(
    proposed: Proposed,
    evaluation: Evaluation,
    answers: AnswersVersion,
    *,
    program_id: UUID,
    signer: Signer,
    valid_for: timedelta | None,
) -> Decision:
    """Return the signed decision. `valid_for` is how long a person stays eligible without being looked at again."""
    rules = overridden(proposed, evaluation)
    until = signer.at + valid_for if valid_for and may_be_dosed(proposed.decision) else None
    content = {
        "program_id": str(program_id),
        "decision": proposed.decision,
        "reason": proposed.reason,
        "override_reason": proposed.override_reason,
        "overridden": rules,
        "protocol": asdict(evaluation.pin),
        "answers_version": answers.version,
        "answers_sha256": answers.sha256,
        "valid_until": until.isoformat() if until else None,
    }
    return Decision(
        decision=proposed.decision,
        reason=proposed.reason,
        override_reason=proposed.override_reason,
        overridden=rules,
        pin=evaluation.pin,
        answers_version=answers.version,
        valid_until=until,
        signed=sign(content, signer),
    )


def sign(content: Mapping[str, Any], signer: Signer) -> Signed:
    """Return a signature over the content, its signer, its moment and its meaning."""
    by = {"subject": signer.subject, "role": signer.role, "at": signer.at.isoformat(), "meaning": signer.meaning}
    return Signed(**{**asdict(signer), "sha256": sha256({**content, "signer": by})})


def sha256(content: Mapping[str, Any]) -> str:
    """Return the hash of what was signed or given: over canonical JSON, so that the order of keys does not matter."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
