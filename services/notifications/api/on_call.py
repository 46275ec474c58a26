"""The on-call roster of each site."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from services.notifications.commands import set_roster as setting
from services.notifications.domain.paging import OnCall
from services.notifications.storage import on_call
from services.notifications.storage.on_call import Roster
from shared.auth import READERS, Principal
from shared.fields import Email
from shared.http import InWork, Router, allow, own_site
from shared.protocol.vocabulary import Role
from shared.refusal import not_found
from shared.request_body import RequestBody
from shared.revisions import IfMatch, show_revision

router = Router(tags=["on-call"])
Staff = Annotated[Principal, allow(*READERS)]
Coordinator = Annotated[Principal, allow("coordinator")]


class Person(RequestBody):
    """Somebody on call: an opaque subject, a role, an address at work."""

    subject: str = Field(min_length=1, max_length=100, pattern=r"^[!-~]+$")
    role: Role
    email: Email


Tier = Annotated[list[Person], Field(min_length=1, max_length=20)]


class Tiers(RequestBody):
    """Who is called first, then second, and so on."""

    tiers: Annotated[list[Tier], Field(min_length=1, max_length=10)]


class RosterShown(BaseModel):
    site: str
    revision: int
    tiers: list[list[Person]]
    set_at: datetime
    set_by: str


def _person(entry: OnCall) -> Person:
    return Person(subject=entry.subject, role=entry.role, email=entry.email)


def _show(roster: Roster) -> RosterShown:
    last = max(entry.tier for entry in roster.entries)
    tiers = [[_person(entry) for entry in roster.entries if entry.tier == tier] for tier in range(1, last + 1)]
    return RosterShown(
        site=roster.site, revision=roster.revision, tiers=tiers, set_at=roster.set_at, set_by=roster.set_by
    )


@router.put("/on-call/{site}")
async def set_roster(
    caller: Coordinator, work: InWork, site: str, wanted: Tiers, response: Response, if_match: IfMatch = None
) -> RosterShown:
    """Set who is on call, from the next message or page on. Earlier rosters are kept.

    A roster that is there already is replaced only by somebody who has read it: `revision_required` (428),
    `stale` (409). The same people once more change nothing.
    """
    own_site(caller, site)
    entries = [
        OnCall(number, person.subject, person.role, person.email)
        for number, tier in enumerate(wanted.tiers, start=1)
        for person in tier
    ]
    roster = await setting.set_roster(work, site, entries, caller, if_match=if_match)
    show_revision(response, roster.revision)
    return _show(roster)


@router.get("/on-call/{site}")
async def read_roster(caller: Staff, work: InWork, site: str, response: Response) -> RosterShown:
    """Who is on call at a site. The `ETag` is what a change sends as `If-Match`."""
    own_site(caller, site)
    roster = await on_call.find(work, site)
    if roster is None:
        raise not_found("on-call roster of site", site)
    show_revision(response, roster.revision)
    return _show(roster)
