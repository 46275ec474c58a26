"""What is sent to intake and what it answers. Dates are ISO 8601; instants carry their offset."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.agreement import Line
from services.intake.domain.decision import Decision
from services.intake.domain.identity import Confirmation, Finding
from services.intake.domain.referral import GivenPerson, Person, Referral, State
from services.intake.domain.screening import Evaluation
from shared.events.intake import AgreementKind, ScreeningDecision
from shared.fields import Email, Name, Phone, Prose, Reference
from shared.paging import Paged
from shared.protocol.vocabulary import Modality, ScreeningOutcome
from shared.request_body import RequestBody

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class PersonRecord(RequestBody):
    """`phone` is kept as E.164, such as +16045550100, without separators. `zone` is IANA; left out, the site's."""

    given_name: Name
    family_name: Name
    date_of_birth: date
    email: Email
    phone: Phone | None = None
    zone: Annotated[str, StringConstraints(max_length=64)] | None = None

    def given(self) -> GivenPerson:
        return GivenPerson(**self.model_dump())

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls.model_validate(person, from_attributes=True)


class CorrectedPerson(PersonRecord):
    """The person as recorded now; `touched` says what the correction touched, sentence by sentence."""

    touched: list[str]

    @classmethod
    def after(cls, person: Person, touched: Iterable[str]) -> Self:
        return cls(**vars(person), touched=list(touched))


class NewReferral(RequestBody):
    """`reference` is the referrer's own code, unique at the site, such as R-01 (or r-01): never a name.

    `confirmed` answers a refusal as `likely_duplicate`, once somebody has looked who the person is.
    """

    site: Word
    protocol_id: Word
    reference: Reference
    referred_at: AwareDatetime | None = None
    person: PersonRecord
    confirmed: Confirmation | None = None


class Signature(RequestBody):
    """What the signer declares by signing; name, role and time come from the token and the clock."""

    meaning: Prose
    reason: Prose | None = None


class DecisionRequest(RequestBody):
    """`answers_version`, when given, must be the newest: nobody signs what they did not read."""

    decision: ScreeningDecision
    reason: Prose | None = None
    override_reason: Prose | None = None
    answers_version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    signature: Signature


class IdentityRequest(RequestBody):
    """Who somebody is, as a clinician has found out, compared with the programs that look alike at this moment.

    `same_person` lets the programs run one after the other, `both_active` side by side.
    """

    finding: Finding
    signature: Signature


class IdentitySigned(BaseModel):
    """`compared` is how many programs looked alike, at whatever site."""

    finding: Finding
    compared: int
    signed_by: str
    signed_at: datetime
    sha256: str


class AgreementRequest(RequestBody):
    kind: AgreementKind
    meaning: Prose = "I have read this and agree."


class Referred(BaseModel):
    program_id: UUID


class ReferralRow(BaseModel):
    program_id: UUID
    site: str
    reference: str
    state: State


class ReferralList(Paged):
    items: list[ReferralRow]


class PinView(BaseModel):
    """The exact protocol: its content hash is over canonical JSON (sha256, hex)."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    version: str
    hash: str


class FindingView(BaseModel):
    """A rule of the protocol that applies, with the source of its clinical value."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: str
    outcome: ScreeningOutcome
    says: str
    source: str


class ReasonView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    rule_id: str
    suggests: Modality
    says: str
    source: str


class ModalityView(BaseModel):
    """A suggestion, never a decision: the first of the reasons, or the protocol's default when there is none."""

    suggested: Modality
    reasons: list[ReasonView]


class DecisionView(BaseModel):
    decision: ScreeningDecision
    reason: str | None
    override_reason: str | None
    overridden: list[str]
    protocol: PinView
    answers_version: int
    valid_until: datetime | None
    signed_by: str
    role: str
    signed_at: datetime
    meaning: str
    sha256: str

    @classmethod
    def of(cls, decision: Decision) -> Self:
        signed = decision.signed
        return cls(
            decision=decision.decision,
            reason=decision.reason,
            override_reason=decision.override_reason,
            overridden=list(decision.overridden),
            protocol=PinView.model_validate(decision.pin),
            answers_version=decision.answers_version,
            valid_until=decision.valid_until,
            signed_by=signed.subject,
            role=signed.role,
            signed_at=signed.at,
            meaning=signed.meaning,
            sha256=signed.sha256,
        )


class AgreementView(BaseModel):
    kind: AgreementKind
    signed_at: datetime


class Agreements(BaseModel):
    """The agreements that stand."""

    items: list[AgreementView]

    @classmethod
    def of(cls, standing: tuple[Line, ...]) -> Self:
        return cls(items=[AgreementView(kind=line.kind, signed_at=line.at) for line in standing])


class ReferralView(ReferralRow):
    """A referral as staff see it: no name, no contact. `findings` are those of `answers_version`."""

    protocol: PinView
    referred_at: datetime
    received_at: datetime
    revision: int
    answers_version: int | None
    findings: list[FindingView]
    modality: ModalityView | None
    decision: DecisionView | None
    agreements: list[AgreementView]

    @classmethod
    def of(
        cls,
        referral: Referral,
        evaluation: Evaluation | None,
        decision: Decision | None,
        standing: tuple[Line, ...],
    ) -> Self:
        found = evaluation.findings if evaluation else ()
        return cls(
            program_id=referral.program_id,
            site=referral.site,
            reference=referral.reference,
            state=referral.state,
            protocol=PinView.model_validate(referral.pin),
            referred_at=referral.referred_at,
            received_at=referral.received_at,
            revision=referral.revision,
            answers_version=evaluation.answers_version if evaluation else None,
            findings=[FindingView.model_validate(finding) for finding in found],
            modality=_modality(evaluation) if evaluation else None,
            decision=DecisionView.of(decision) if decision else None,
            agreements=Agreements.of(standing).items,
        )


def _modality(evaluation: Evaluation) -> ModalityView:
    reasons = [ReasonView.model_validate(reason) for reason in evaluation.reasons]
    return ModalityView(suggested=evaluation.suggested, reasons=reasons)


class AnswersKept(BaseModel):
    """`state` is the referral's. `touched` says to staff what a correction touched; the findings are for staff too."""

    program_id: UUID
    version: int
    complete: bool
    state: State
    touched: list[str] = []


class AnswersView(BaseModel):
    """The newest version of the answers, as given."""

    version: int
    complete: bool
    given_at: datetime
    given_by: str
    sha256: str
    answers: Mapping[str, Any]


class DisclosureView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: str
    disclosed_to: str
    role: str
    at: datetime


class Disclosures(Paged):
    items: list[DisclosureView]


class Counts(BaseModel):
    referred: int
