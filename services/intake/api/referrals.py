"""Referrals: received, listed, looked at, counted."""

from typing import Annotated
from uuid import UUID

from services.intake.api.models import Counts, NewReferral, ReferralList, ReferralRow, ReferralView, Referred, Word
from services.intake.commands import refer_person as referring
from services.intake.domain.agreement import standing
from services.intake.domain.referral import State
from services.intake.storage import referrals as storage
from services.intake.storage import screening
from shared.auth import READERS, Principal
from shared.fields import Reference
from shared.http import InWork, Router, allow, own_site
from shared.paging import InPages
from shared.refusal import Refused

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
    if new.site not in work.sites:
        raise Refused("unknown_site", f"there is no site {new.site!r}", status=422, field="site")
    own_site(caller, new.site)
    received = await referring.refer_person(
        work,
        referring.NewReferral(
            site=new.site,
            protocol_id=new.protocol_id,
            reference=new.reference,
            referred_at=new.referred_at,
            person=new.person.given(),
            confirmed=new.confirmed,
        ),
        caller,
    )
    return Referred(program_id=received.program_id)


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
