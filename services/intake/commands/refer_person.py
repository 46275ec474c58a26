"""A person is referred: they get an opaque program id and a pinned protocol, and are asked for forms."""

from dataclasses import dataclass
from datetime import datetime

from uuid_utils.compat import uuid7

from services.intake.commands.ask_for_forms import ask_for_forms
from services.intake.commands.look_for_duplicates import ask_for_a_look, refuse_unconfirmed
from services.intake.domain.identity import Confirmation
from services.intake.domain.referral import (
    GivenPerson,
    Pin,
    Referral,
    State,
    check_person,
    check_referred_at,
    pinned,
)
from services.intake.storage import identity, referrals, versions
from shared.auth import Principal
from shared.events.base import ProtocolPin
from shared.events.intake import ReferralReceived
from shared.protocol import Protocol
from shared.refusal import Refused, no_released_version
from shared.work import Work


@dataclass(frozen=True)
class NewReferral:
    """Who is referred to which site and program, a moment ago or at `referred_at`.

    `confirmed` answers a refusal as `likely_duplicate`.
    """

    site: str
    protocol_id: str
    reference: str
    referred_at: datetime | None
    person: GivenPerson
    confirmed: Confirmation | None


async def refer_person(work: Work, new: NewReferral, caller: Principal) -> Referral:
    """Receive the referral, pin the version that is released at the site, and ask the person for forms.

    Refused: `unknown_protocol`, `no_released_version`, `unknown_zone`, `impossible_date`, `referral_exists`, and
    `likely_duplicate` until it is confirmed; a clinician then looks who the person is.
    """
    protocol = await _released(work, new.site, new.protocol_id)
    zone = work.sites[new.site].zone
    person, referred_at = new.person.at(zone), new.referred_at or work.now
    check_person(person, work.now, zone)
    check_referred_at(referred_at, work.now)
    referral = Referral(
        program_id=uuid7(),
        site=new.site,
        reference=new.reference,
        pin=Pin(protocol.id, protocol.version, protocol.content_hash),
        referred_at=referred_at,
        received_at=work.now,
        received_by=caller.subject,
        state=State.AWAITING_FORMS,
        revision=1,
    )
    if not await referrals.add(work.connection, referral):
        raise Refused("referral_exists", f"{new.site} has a referral {new.reference} already", field="reference")
    await referrals.keep_person(work.connection, referral, person, at=work.now, by=caller.subject)
    # Two who record the same person at once wait for one another here: each looks when it can see the other's row.
    await identity.one_at_a_time(work, referral.program_id)
    if new.confirmed is None:
        await refuse_unconfirmed(work, referral)
    pin = ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)
    received = ReferralReceived(program_id=referral.program_id, protocol_id=protocol.id, protocol=pin)
    await work.emit(received, site=referral.site)
    await ask_for_forms(work, referral, protocol.screening)
    await ask_for_a_look(work, referral)
    return referral


async def _released(work: Work, site: str, protocol_id: str) -> Protocol:
    """Return the version that was released at the site last; one that lies there unsigned screens nobody."""
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
