"""What intake publishes: from a referral to a signed decision and signed agreements."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import base
from shared.events.base import ProtocolPin

ScreeningDecision = Literal["eligible", "excluded", "redirected"]
"""What a clinician decides about a screening."""
AgreementKind = Literal["treatment_consent", "group_agreement", "follow_up_consent", "contact_exchange"]


class ReferralReceived(base.Event, producer="intake", entity="referral", fact="received"):
    """A person was referred; `program_id` is their opaque id in every service from now on.

    `protocol` is what they are screened by, and what rules their messages; older builds did not say it.
    """

    program_id: UUID
    protocol_id: str
    protocol: ProtocolPin | None = None


class FormsReminderDue(base.Event, producer="intake", entity="forms", fact="reminder_due"):
    """The screening forms are not complete yet; the person is reminded."""

    program_id: UUID
    reminder: int


class FormsSubmitted(base.Event, producer="intake", entity="forms", fact="submitted"):
    """The structured answers are complete; a clinician's review is due."""

    program_id: UUID


class ScreeningDecided(base.Event, producer="intake", entity="screening", fact="decided"):
    """A clinician signed the screening decision; from `valid_until` on it clears no dose (None: it does not expire)."""

    program_id: UUID
    protocol_id: str
    decision: ScreeningDecision
    valid_until: AwareDatetime | None = None


class ScreeningReopened(base.Event, producer="intake", entity="screening", fact="reopened"):
    """What the signed decision was based on was corrected: it is no longer valid, and a clinician's review is due."""

    program_id: UUID
    protocol_id: str


class ScreeningLapsed(base.Event, producer="intake", entity="screening", fact="lapsed"):
    """The forms were never finished and the time for them is over."""

    program_id: UUID


class ZoneCorrected(base.Event, producer="intake", entity="person", fact="zone_corrected"):
    """The person lives in another time zone than was recorded: what is sent to them keeps that zone's hours."""

    program_id: UUID
    zone: str


class AgreementSigned(base.Event, producer="intake", entity="agreement", fact="signed"):
    """The participant signed an agreement."""

    program_id: UUID
    kind: AgreementKind


class AgreementRevoked(base.Event, producer="intake", entity="agreement", fact="revoked"):
    """The participant revoked an agreement: no dose while a required one is missing."""

    program_id: UUID
    kind: AgreementKind


class ObligationOpened(
    base.ObligationOpened, producer="intake", entity="obligation", fact="opened", aggregate="obligation_id"
):
    """Something is due at intake: forms, a clinician's review."""


class ObligationEscalated(
    base.ObligationEscalated, producer="intake", entity="obligation", fact="escalated", aggregate="obligation_id"
):
    """An obligation of intake passed a stage."""


class ObligationClosed(
    base.ObligationClosed, producer="intake", entity="obligation", fact="closed", aggregate="obligation_id"
):
    """An obligation of intake ended."""
