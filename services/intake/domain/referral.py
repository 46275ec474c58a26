"""A referral and the person behind it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.fields import EARLIEST_BIRTH, zones
from shared.protocol import Protocol
from shared.protocol.library import ProtocolLibrary
from shared.refusal import Refused

OLDEST_REFERRAL = timedelta(days=3653)


class State(StrEnum):
    """Where a referral is in screening. The last four are final, but an expired decision can be renewed."""

    AWAITING_FORMS = "awaiting_forms"
    AWAITING_REVIEW = "awaiting_review"
    ELIGIBLE = "eligible"
    EXCLUDED = "excluded"
    REDIRECTED = "redirected"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Pin:
    """The exact protocol a referral is screened with; `hash` is its content hash."""

    id: str
    version: str
    hash: str


@dataclass(frozen=True)
class Referral:
    """`referred_at` is when somebody referred the person; `received_at`, when Homeward heard of it, starts the clocks.

    `revision` rises with every change: answers, a decision, an agreement. `pin` is the version that the person is
    screened by: the newest released at the site, then their cohort's.
    """

    program_id: UUID
    site: str
    reference: str
    pin: Pin
    referred_at: datetime
    received_at: datetime
    received_by: str
    state: State
    revision: int


@dataclass(frozen=True)
class GivenPerson:
    """A person as somebody records them; without a `zone` they live by their site's."""

    given_name: str
    family_name: str
    date_of_birth: date
    email: str
    phone: str | None
    zone: str | None

    def at(self, site_zone: str) -> "Person":
        """Return the person at a site of this zone."""
        return Person(**vars(self) | {"zone": self.zone or site_zone})


@dataclass(frozen=True)
class Person(GivenPerson):
    """Who the participant is and how to reach them: this leaves intake only through an audited look-up."""

    zone: str


def pinned(protocols: ProtocolLibrary, pin: Pin) -> Protocol:
    """Return the very content that was pinned; raise ProtocolGone when it is gone or changed."""
    return protocols.pinned(pin.id, pin.version, pin.hash)


def local(now: datetime, zone: str) -> datetime:
    """Return the instant on the wall of a zone: its date is the day there."""
    return now.astimezone(ZoneInfo(zone))


def today(now: datetime, person: Person, site_zone: str) -> date:
    """Return the later of the person's and the site's day: neither may be told that their today is in the future."""
    return max(local(now, person.zone).date(), local(now, site_zone).date())


def check_person(person: Person, now: datetime, site_zone: str) -> None:
    """Refuse a zone nobody can live in (`unknown_zone`), and a date of birth nobody alive can have."""
    if person.zone not in zones():
        says = f"{person.zone!r} is not an IANA time zone such as America/Denver"
        raise Refused("unknown_zone", says, status=422, field="person.zone")
    latest = today(now, person, site_zone)
    if not EARLIEST_BIRTH <= person.date_of_birth <= latest:
        says = f"a date of birth lies between {EARLIEST_BIRTH} and today ({latest})"
        raise Refused("impossible_date", says, status=422, field="person.date_of_birth")


def check_referred_at(referred_at: datetime, now: datetime) -> None:
    """Refuse a referral from the future, or from so long ago that it must be a slip."""
    if not now - OLDEST_REFERRAL <= referred_at <= now:
        raise Refused(
            "impossible_date", f"a referral lies in the ten years before now ({now})", status=422, field="referred_at"
        )
