"""A cohort that runs follows another version: pin, calendar, a fact for each program, everybody told, at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from services.scheduler.commands import know_version
from services.scheduler.commands.preview_amendment import Preview, preview, propose
from services.scheduler.commands.signing import Signing, sign
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import amendments, bookings, cohorts, programs
from services.scheduler.storage.amendments import Applied, Proposal
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from shared.auth import Principal
from shared.events import scheduler as events
from shared.refusal import Refused
from shared.work import Work


@dataclass(frozen=True)
class Application:
    """A preview as it was shown (its hash and revisions), why it is applied, and what the signer says."""

    to_version: str
    inputs: Mapping[str, int] | None
    revisions: Mapping[str, int]
    content_hash: str
    reason: str
    signing: Signing


async def apply_amendment(work: Work, cohort_id: UUID, wanted: Application, caller: Principal) -> Applied:
    """Let the cohort follow the version, all of it or nothing; the same application again returns what it made.

    Refused: as `propose` refuses; `version_not_released`, `stale` when anything has changed since the preview,
    `re_authentication`.
    """
    cohort = await cohorts.get(work, cohort_id, lock=True)  # members after it: a cohort is locked before its programs
    if made := await amendments.find(work, cohort_id, wanted.to_version, wanted.revisions):
        return made
    proposal = await propose(work, cohort, wanted.to_version, wanted.inputs)
    await know_version.use(work, cohort.site, proposal.published)
    shown = preview(work, proposal)
    _check_fresh(shown, wanted)
    applied = Applied(
        id=uuid7(),
        site=cohort.site,
        cohort_id=cohort.id,
        from_version=cohort.protocol_version,
        to_version=proposal.published.version,
        to_hash=proposal.published.content_hash,
        inputs=proposal.inputs,
        revisions=proposal.revisions,
        reason=wanted.reason,
        signature=sign(work, caller, wanted.signing, shown.content_hash),
        applied_at=work.now,
    )
    await _amend(work, proposal, applied)
    return applied


def _check_fresh(shown: Preview, wanted: Application) -> None:
    if (shown.content_hash, dict(shown.revisions)) == (wanted.content_hash, dict(wanted.revisions)):
        return
    changed = sorted(name for name, revision in shown.revisions.items() if wanted.revisions.get(name) != revision)
    detail = f"something has changed since the preview ({', '.join(changed) or 'what is due'}): look at it again"
    raise Refused("stale", detail, field="revisions")


async def _amend(work: Work, proposal: Proposal, applied: Applied) -> None:
    """Apply what was proposed. Waits follow: each program and the cohort is nudged with its new facts."""
    await amendments.keep(work, applied)
    revision = proposal.cohort.calendar_revision + 1
    cohort = await cohorts.change(
        work,
        proposal.cohort,
        protocol_version=applied.to_version,
        protocol_hash=applied.to_hash,
        inputs=dict(applied.inputs),
        calendar_revision=revision,
    )
    await _rebook(work, proposal, cohort)
    for member, _ in proposal.members:
        await _note(work, member.id, cohort, applied)
    await cohorts.touch(work, cohort)


async def _rebook(work: Work, proposal: Proposal, cohort: Cohort) -> None:
    """Tell sessions again that were not announced, under the new version; what happened or is near stays."""
    after = proposal.calendar.sessions
    booked = {session.item: session for session in proposal.sessions}
    for session in booked.values():
        if session.item not in after:
            gone = await bookings.drop(work, cohort, session)
            await work.emit(bookings.told(events.SessionCancelled, cohort, gone), site=cohort.site)
    for item, planned in after.items():
        if item in proposal.amendment.fixed:
            continue
        known = booked.get(item)
        session = BookedSession(
            item,
            planned.kind,
            planned.starts_at,
            planned.ends_at,
            session_id=known.session_id if known else uuid7(),
            revision=cohort.calendar_revision,
            announced_at=None,
        )
        kept = await bookings.rebook(work, cohort, session)
        await work.emit(bookings.told(events.SessionBooked, cohort, kept), site=cohort.site)


async def _note(work: Work, program_id: UUID, cohort: Cohort, applied: Applied) -> None:
    program = await programs.lock(work, program_id)
    data = {"from": applied.from_version, "to": applied.to_version}
    item = str(applied.id)
    await programs.record(work, program, FactKind.AMENDED, item, key=f"amended:{item}", data=data)
    amended = events.ProgramAmended(
        program_id=program.id, cohort_id=cohort.id, amendment_id=applied.id, protocol=cohort.pin
    )
    await work.emit(amended, site=cohort.site)
