"""The sessions and one session's day: who is expected, who is here, who is on site, and its end."""

from datetime import timedelta
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from services.session.api import answers, models
from services.session.api.presenters import moment
from services.session.commands import close_session as closing
from services.session.commands import note_staff as staffing
from services.session.domain.decision import Decision
from services.session.domain.dose import Dose
from services.session.domain.observation import missing
from services.session.domain.roster import Entry, Presence, Session, attended
from services.session.storage import arms, doses, records, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import READERS, Principal
from shared.http import InWork, Router, allow
from shared.paging import InPages
from shared.protocol import Protocol
from shared.protocol.dosing import Dosing
from shared.protocol.library import ProtocolGone
from shared.work import Work

router = Router(tags=["sessions"])
staff = allow(*READERS)


@router.get("/sessions")
async def list_sessions(
    _: Annotated[Principal, staff],
    work: InWork,
    page: InPages,
    cohort_id: UUID | None = None,
    begins_from: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    begins_before: Annotated[AwareDatetime | None, Query(alias="to")] = None,
) -> answers.Sessions:
    """Preparation and dosing sessions at the caller's sites by start: `from` ≤ start < `to`."""
    found = await sessions.list_sessions(
        work, page, cohort_id=cohort_id, begins_from=begins_from, begins_before=begins_before
    )
    items = [answers.ShownSession(**_shown(one)) for one in found]
    return answers.Sessions(items=items, next=page.next([one.id for one in found]))


@router.get("/sessions/{session_id}")
async def show_session(session_id: UUID, _: Annotated[Principal, staff], work: InWork) -> answers.SessionDay:
    """One session's day. The roster says where everybody stands; reasons of absences are not in it."""
    kept = await sessions.get_session(work, session_id)
    roster = await sessions.get_roster(work, session_id)
    on_site = await sessions.staff_on_site(work, session_id)
    protocol, refused_by = _read_protocol(work, kept)
    return answers.SessionDay(
        **_shown(kept),
        refused_by=refused_by,
        quorum=await _quorum(work, kept, roster, protocol) if protocol else None,
        staff=[models.OnSite.model_validate({"subject": s, "role": role}) for s, role in sorted(on_site.items())],
        roster=await _entries(work, kept, roster, protocol.dosing if protocol else None),
    )


@router.post("/sessions/{session_id}/staff")
async def note_staff(
    session_id: UUID, caller: Annotated[Principal, allow(*get_args(models.StaffRole))], work: InWork
) -> models.Staff:
    """The caller is on site for this session, in the role of their login: nobody says it for somebody else. No go
    decision below the protocol's staffing."""
    on_site = await staffing.note_staff(work, session_id, caller)
    return models.Staff.model_validate({"staff": [{"subject": s, "role": role} for s, role in on_site.items()]})


@router.post("/sessions/{session_id}/close")
async def close_session(
    session_id: UUID, caller: Annotated[Principal, allow("facilitator")], work: InWork
) -> answers.Closed:
    """Close the session when everyone is absent, discharged or not dosed. Refused: `session_not_begun`,
    `still_expected`, `not_discharged`."""
    ended = await closing.close_session(work, session_id, caller)
    shown = [answers.Recorded(program_id=entry.program_id, state=entry.state) for entry in ended]
    return answers.Closed(session_id=session_id, closed_at=work.now, roster=shown)


def _shown(kept: Session) -> dict[str, Any]:
    same = {name: getattr(kept, name) for name in answers.ShownSession.model_fields if hasattr(kept, name)}
    return same | {"session_id": kept.id, "kind": kept.kind.value, "due": kept.no_show_at is not None}


def _read_protocol(work: Work, kept: Session) -> tuple[Protocol | None, str | None]:
    """The session's protocol, or the rule by which everything that needs it is refused: who is here is shown anyway."""
    try:
        return protocol_of(work, kept), None
    except ProtocolGone as gone:
        return None, gone.rule


async def _quorum(work: Work, kept: Session, roster: list[Entry], protocol: Protocol) -> answers.Quorum:
    quorum = protocol.cohort.decided_quorum
    present = len(attended(roster))
    enrolled = await sessions.enrolled(work, kept.cohort_id)
    return answers.Quorum(needed=quorum.present, present=present, enrolled=enrolled, met=present >= quorum.present)


async def _entries(work: Work, kept: Session, roster: list[Entry], dosing: Dosing | None) -> list[answers.ShownEntry]:
    decisions = await records.latest_decisions(work, kept.id)
    given = await doses.doses_in(work, kept.id)
    recorded = await records.recorded_offsets(work, kept.id)
    everyone = [entry.program_id for entry in roster]
    assigned = await arms.arms_of(work, dosing, everyone, work.now) if dosing else {}
    shown = []
    for entry in roster:
        id = entry.program_id
        after = _after_dose(dosing, given[id], entry, recorded.get(id, set())) if dosing and id in given else {}
        shown.append(_entry(entry, decisions.get(id), {"arm": assigned.get(id)} | after))
    return shown


def _entry(entry: Entry, decided: Decision | None, more: dict[str, Any]) -> answers.ShownEntry:
    same = {name: getattr(entry, name) for name in answers.ShownEntry.model_fields if hasattr(entry, name)}
    before = {
        "decision": decided.decision if decided else None,
        "go_valid_until": decided.valid_until if decided else None,
    }
    return answers.ShownEntry(**same | before | more)


def _after_dose(dosing: Dosing, dose: Dose, entry: Entry, recorded: set[timedelta]) -> dict[str, Any]:
    if entry.state != Presence.DOSED:
        return {"dosed_at": dose.administered_at}
    owed = missing(dosing, recorded)
    return {
        "dosed_at": dose.administered_at,
        "next_observation": moment(dose, owed[0]) if owed else None,
        "discharge_from": dose.administered_at + dosing.discharge.not_before.value,
    }
