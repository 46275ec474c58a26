"""Referrals: received, listed, looked at, counted."""

from typing import Annotated
from uuid import UUID

from uuid_utils.compat import uuid7

from services.intake.activities import duplicates, forms
from services.intake.api.models import Counts, NewReferral, ReferralList, ReferralRow, ReferralView, Referred, Word
from services.intake.domain.agreement import standing
from services.intake.domain.referral import Pin, Referral, State, check_person, check_referred_at, pinned
from services.intake.storage import identity, screening, versions
from services.intake.storage import referrals as storage
from shared.auth import READERS, Principal
from shared.events.base import ProtocolPin
from shared.events.intake import ReferralReceived
from shared.fields import Reference
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages
from shared.protocol import Protocol
from shared.refusal import Refused, no_released_version
from shared.work import Work

router = Router(tags=["referrals"])
STAFF = allow(*READERS)


@router.post("/referrals", status_code=201)
async def receive_referral(
    new: NewReferral, caller: Annotated[Principal, allow("coordinator")], work: InWork
) -> Referred:
    """Receive a referral: mints the person's opaque program id, pins the version released at the site, asks for forms.

    Refused with `unknown_site`, `unknown_protocol`, `unknown_zone`, `impossible_date` (422), `referral_exists`, and
    `likely_duplicate` until it is `confirmed` (409): a clinician then looks who the person is.
    """
    site = work.sites.get(new.site)
    if site is None:
        raise Refused("unknown_site", f"there is no site {new.site!r}", status=422, field="site")
    own_site(caller, new.site)
    protocol = await _released(work, new.site, new.protocol_id)
    person = new.person.person(site.zone)
    check_person(person, work.now, site.zone)
    check_referred_at(new.referred_at or work.now, work.now)
    referral = Referral(
        program_id=uuid7(),
        site=new.site,
        reference=new.reference,
        pin=Pin(protocol.id, protocol.version, protocol.content_hash),
        referred_at=new.referred_at or work.now,
        received_at=work.now,
        received_by=caller.subject,
        state=State.AWAITING_FORMS,
        revision=1,
    )
    if not await storage.add(work.connection, referral):
        raise Refused("referral_exists", f"{new.site} has a referral {new.reference} already", field="reference")
    await storage.keep_person(work.connection, referral, person, at=work.now, by=caller.subject)
    await identity.one_at_a_time(work, referral.program_id)
    if new.confirmed is None:
        await duplicates.refuse_unconfirmed(work, referral)
    pin = ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)
    received = ReferralReceived(program_id=referral.program_id, protocol_id=protocol.id, protocol=pin)
    await work.emit(received, site=referral.site)
    await forms.owe(work, referral, protocol.screening)
    await duplicates.owe_a_look(work, referral)
    return Referred(program_id=referral.program_id)


async def _released(work: Work, site: str, protocol_id: str) -> Protocol:
    """The version that was released at the site last; one that lies there unsigned screens nobody."""
    try:
        known = await versions.newest(work.connection, site, protocol_id)
        if known:
            return pinned(work.protocols, known)
        only = work.protocols.only(protocol_id)
        if only is None:
            raise no_released_version(site, protocol_id)
        await versions.keep(work.connection, site, Pin(only.id, only.version, only.content_hash), work.now)
        return only
    except KeyError as missing:
        raise Refused("unknown_protocol", missing.args[0], status=422, field="protocol_id") from missing


@router.get("/referrals")
async def list_referrals(
    caller: Annotated[Principal, STAFF],
    work: InWork,
    page: InPages,
    site: Word | None = None,
    state: State | None = None,
    reference: Reference | None = None,
) -> ReferralList:
    """The referrals at the caller's sites, or at one of them, in the order they were received: no names.

    `reference` finds the referral of this code at each site, whatever the case of its letters.
    """
    if site:
        own_site(caller, site)
    found = await storage.listed(work.connection, site=site, state=state, reference=reference, page=page)
    rows = [ReferralRow.model_validate(referral, from_attributes=True) for referral in found]
    return ReferralList(items=rows, next=page.next([row.program_id for row in rows]))


@router.get("/referrals/{program_id}")
async def show_referral(program_id: UUID, caller: Annotated[Principal, STAFF], work: InWork) -> ReferralView:
    """One referral: its state, what the rules found and their sources, the decision, the agreements that stand."""
    referral = await storage.get(work.connection, program_id)
    return ReferralView.of(
        referral,
        await screening.evaluation(work.connection, program_id),
        await screening.decision(work.connection, program_id),
        standing(await screening.agreements(work.connection, program_id)),
    )


@router.get("/counts")
async def count_referrals(
    caller: Annotated[Principal, allow("auditor", "coordinator")], work: InWork, site: Word | None = None
) -> Counts:
    """How many people were referred at the caller's sites, or at one of them: what a ledger must add up to."""
    if site:
        own_site(caller, site)
    return Counts(referred=await storage.count(work.connection, site=site))
