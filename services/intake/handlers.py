"""Intake hears no events; it answers two questions."""

from services.intake.domain import clearance
from services.intake.domain.referral import pinned
from services.intake.storage import referrals, screening
from services.intake.storage.referrals import Disclosure
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, ContactAnswer, ContactQuestion
from shared.handlers import Handlers
from shared.refusal import Refused
from shared.work import Work

handlers = Handlers()


@handlers.answers("clearance", ClearanceQuestion)
async def clear(work: Work, asked: ClearanceQuestion) -> ClearanceAnswer:
    """Whether screening and agreements allow the dose at this moment."""
    referral = await referrals.find(work.connection, asked.program_id)
    if referral is None:
        return _answer(work, (clearance.UNKNOWN_PROGRAM,), 0)
    try:
        protocol = pinned(work.protocols, referral.pin)
    except Refused as unpinned:
        return _answer(work, (unpinned.rule,), referral.revision)
    decision = await screening.decision(work.connection, referral.program_id)
    ledger = await screening.agreements(work.connection, referral.program_id)
    return ClearanceAnswer(
        authority="intake",
        refusals=clearance.refusals(referral, decision, ledger, protocol, work.now),
        revision=referral.revision,
        answered_at=work.now,
        valid_until=clearance.valid_until(decision, protocol, work.now),
    )


def _answer(work: Work, refusals: tuple[str, ...], revision: int) -> ClearanceAnswer:
    return ClearanceAnswer(
        authority="intake", refusals=refusals, revision=revision, answered_at=work.now, valid_until=work.now
    )


@handlers.answers("contact", ContactQuestion)
async def tell_contact(work: Work, asked: ContactQuestion) -> ContactAnswer:
    """How to reach a person, for one purpose; every look-up is kept."""
    referral = await referrals.find(work.connection, asked.program_id)
    if referral is None:
        site = work.sites.get(asked.site)
        return ContactAnswer(email=None, given_name="", zone=site.zone if site else "UTC")
    looked_up = Disclosure(asked.purpose, disclosed_to="notifications", role="service", at=work.now)
    await referrals.disclose(work.connection, referral, looked_up)
    person = await referrals.person(work.connection, referral.program_id)
    return ContactAnswer(email=person.email, given_name=person.given_name, zone=person.zone)
