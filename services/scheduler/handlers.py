"""What the scheduler hears becomes a fact of the program that it is about; the workflow does the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.scheduler.commands import call_unheard
from services.scheduler.commands.record_dose import record_dose
from services.scheduler.commands.record_fact import record_fact
from services.scheduler.domain import clearance
from services.scheduler.domain.agenda import agenda
from services.scheduler.domain.facts import FactKind
from services.scheduler.storage import programs
from services.scheduler.storage.programs import Program
from shared.events import Envelope, intake, integration, notifications, session
from shared.events.base import Attendance, CorrectedAttendance
from shared.events.questions import ClearanceAnswer, ClearanceQuestion
from shared.handlers import Handlers
from shared.protocol.library import ProtocolGone
from shared.vocabulary import those
from shared.work import Work

handlers = Handlers()
THERE_AFTER_ALL = those(CorrectedAttendance, are=("attended",), are_not=("expected",))


@handlers.prepares
async def lock_programs(work: Work, received: Sequence[Envelope[Any]]) -> None:
    """Lock and read in two statements all programs of which these events become facts.

    No others: whoever holds the lock of a waiting person and changes nothing may cost them an offer.
    """
    await programs.lock_all(work, {one.data.program_id for one in received if _becomes_a_fact(one.data)})


def _becomes_a_fact(told: Any) -> bool:
    match told:
        case session.AttendanceRecorded() | integration.AttendanceRecorded():
            return bool(told.status == "attended")
        case notifications.ParticipantTold():
            return told.category == "seat_offer"
        case _:
            return True


async def _note(
    work: Work,
    heard: Envelope[Any],
    kind: FactKind,
    item: str,
    key: str,
    *,
    at: datetime | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Keep what the event says as a fact of its program."""
    await record_fact(work, heard.data.program_id, kind, item, key=key, at=at or heard.time, data=data)


@handlers.hears(intake.ReferralReceived)
async def a_program_begins(work: Work, heard: Envelope[intake.ReferralReceived]) -> None:
    """Begin a program, which is in exactly one state from now on."""
    await programs.create(work, heard.data.program_id, heard.site, heard.data.protocol_id)
    await _note(work, heard, FactKind.REFERRED, "referral", "referred")


@handlers.hears(intake.FormsSubmitted)
async def forms_are_in(work: Work, heard: Envelope[intake.FormsSubmitted]) -> None:
    """Note that the screening forms are complete."""
    await _note(work, heard, FactKind.FORMS_SUBMITTED, "forms", "forms")


@handlers.hears(intake.ScreeningDecided)
async def screening_is_decided(work: Work, heard: Envelope[intake.ScreeningDecided]) -> None:
    """Let eligible people wait for a seat; for the others the path ends, also by a renewed decision."""
    until = heard.data.valid_until
    data = {"decision": heard.data.decision, "valid_until": until.isoformat() if until else None}
    await _note(work, heard, FactKind.SCREENED, "screening", f"screening:{heard.id}", data=data)


@handlers.hears(intake.ScreeningReopened)
async def screening_is_reopened(work: Work, heard: Envelope[intake.ScreeningReopened]) -> None:
    """Reopen the decision: who waits is offered no seat, and an offer is taken back, until it is signed."""
    await _note(work, heard, FactKind.SCREENING_REOPENED, "screening", f"screening:{heard.id}")


@handlers.hears(intake.ScreeningLapsed)
async def screening_lapsed(work: Work, heard: Envelope[intake.ScreeningLapsed]) -> None:
    """End the path of somebody whose forms were never finished."""
    await _note(work, heard, FactKind.SCREENING_LAPSED, "screening", "screening_lapsed")


@handlers.hears(intake.AgreementSigned)
async def agreement_signed(work: Work, heard: Envelope[intake.AgreementSigned]) -> None:
    """Count a signature from now on."""
    await _note(work, heard, FactKind.AGREEMENT_SIGNED, heard.data.kind, f"agreement:{heard.id}")


@handlers.hears(intake.AgreementRevoked)
async def agreement_revoked(work: Work, heard: Envelope[intake.AgreementRevoked]) -> None:
    """Count a revoked agreement no more."""
    await _note(work, heard, FactKind.AGREEMENT_REVOKED, heard.data.kind, f"agreement:{heard.id}")


async def _attended(work: Work, heard: Envelope[Any]) -> None:
    status: Attendance = heard.data.status
    match status:
        case "attended":
            await _note(work, heard, FactKind.ATTENDED, heard.data.item, await _attendance(work, heard))
        case "absent":
            pass  # it comes with an event of its own


async def _absent(work: Work, heard: Envelope[Any]) -> None:
    data = {"excused": heard.data.excused, "no_show": heard.data.no_show}
    await _note(work, heard, FactKind.ABSENT, heard.data.item, await _attendance(work, heard), data=data)


async def _attendance(work: Work, heard: Envelope[Any]) -> str:
    """Return a key under which the first word about an item counts, and the first after each correction."""
    times = await programs.times_taken_back(work, heard.data.program_id, heard.data.item)
    return f"attendance:{heard.data.item}" + (f":{times}" if times else "")


async def _corrected(work: Work, heard: Envelope[Any]) -> None:
    data = {"attended": heard.data.status in THERE_AFTER_ALL}
    key = f"corrected:{heard.id}"
    await _note(work, heard, FactKind.ABSENCE_TAKEN_BACK, heard.data.item, key, data=data)


@handlers.hears(session.AttendanceRecorded)
async def attended_a_session(work: Work, heard: Envelope[session.AttendanceRecorded]) -> None:
    """Note who was there for preparation or dosing; absences come with their own event."""
    await _attended(work, heard)


@handlers.hears(integration.AttendanceRecorded)
async def attended_a_circle(work: Work, heard: Envelope[integration.AttendanceRecorded]) -> None:
    """Note who was in the circle; absences come with their own event."""
    await _attended(work, heard)


@handlers.hears(session.AbsenceRecorded)
async def absent_from_a_session(work: Work, heard: Envelope[session.AbsenceRecorded]) -> None:
    """Note an absence, which must find its remedy."""
    await _absent(work, heard)


@handlers.hears(integration.AbsenceRecorded)
async def absent_from_a_circle(work: Work, heard: Envelope[integration.AbsenceRecorded]) -> None:
    """Note an absence, which must find its remedy."""
    await _absent(work, heard)


@handlers.hears(session.AttendanceCorrected)
async def absence_from_a_session_taken_back(work: Work, heard: Envelope[session.AttendanceCorrected]) -> None:
    """Take back what was based on an absence told by mistake, or whose person came after all."""
    await _corrected(work, heard)


@handlers.hears(integration.AttendanceCorrected)
async def absence_from_a_circle_taken_back(work: Work, heard: Envelope[integration.AttendanceCorrected]) -> None:
    """Take back what was based on an absence told by mistake, or whose person came after all."""
    await _corrected(work, heard)


@handlers.hears(session.DoseAdministered)
async def dosed(work: Work, heard: Envelope[session.DoseAdministered]) -> None:
    """Record that the dose is given: its check-ins come due, and the minimum interval runs."""
    await record_dose(work, heard.data.program_id, heard.data.item, heard.data.administered_at)


@handlers.hears(session.DoseWithheld)
async def dose_withheld(work: Work, heard: Envelope[session.DoseWithheld]) -> None:
    """Note that the dose was not given; it is not given later."""
    await _note(work, heard, FactKind.WITHHELD, heard.data.item, f"dose:{heard.data.item}")


@handlers.hears(integration.CheckInClosed)
async def check_in_closed(work: Work, heard: Envelope[integration.CheckInClosed]) -> None:
    """Note that somebody knows how the person is, or a clinician decided."""
    data = {"closure": heard.data.closure}
    await _note(work, heard, FactKind.CHECK_IN_CLOSED, heard.data.item, f"closed:{heard.data.item}", data=data)


@handlers.hears(integration.MeasureCompleted)
async def measure_completed(work: Work, heard: Envelope[integration.MeasureCompleted]) -> None:
    """Note that a measurement point is complete."""
    data = {"late": heard.data.late}
    await _note(work, heard, FactKind.MEASURE_COMPLETED, heard.data.item, f"measured:{heard.data.item}", data=data)


@handlers.hears(integration.MeasureMissed)
async def measure_missed(work: Work, heard: Envelope[integration.MeasureMissed]) -> None:
    """Note that a measurement point was chased to its end."""
    await _note(work, heard, FactKind.MEASURE_MISSED, heard.data.item, f"measured:{heard.data.item}")


@handlers.hears(notifications.ParticipantTold)
async def participant_told(work: Work, heard: Envelope[notifications.ParticipantTold]) -> None:
    """Note that an offer was heard: it can be let pass. From the rest that people are told nothing follows here."""
    match heard.data.category:
        case "seat_offer":
            program = await programs.lock(work, heard.data.program_id)
            told, by = heard.data, f"rule:{heard.data.by}"
            await call_unheard.heard(work, program, key=str(told.message_id), caused_at=told.caused_at, by=by)
        case "forms" | "agreement" | "session_reminder" | "calendar_change" | "measure" | "check_in":
            pass
        case "safety_check_in" | "absence" | "staff_task" | "page":
            pass


@handlers.hears(notifications.AbsenceUnheard)
async def absence_unheard(work: Work, heard: Envelope[notifications.AbsenceUnheard]) -> None:
    """Note that nobody had told the person of the session: it is no absence of theirs, and somebody calls them."""
    told = heard.data
    key = f"unheard:{told.item}:{told.absent_at.isoformat()}"
    await _note(work, heard, FactKind.ABSENCE_UNHEARD, told.item, key, at=told.absent_at)


@handlers.answers("clearance", ClearanceQuestion)
async def may_be_dosed(work: Work, asked: ClearanceQuestion) -> ClearanceAnswer:
    """Answer whether this dose is due now and nothing on the path holds it."""
    program = await programs.lock(work, asked.program_id)
    found: tuple[str, ...] = ("program_not_active",)
    valid_until = work.now
    try:
        view = await programs.view(work, program)
    except ProtocolGone as gone:
        return _answer(work, program, (gone.rule,), work.now)
    if view.calendar is not None and view.protocol.dosing is not None:
        ahead = agenda(view.protocol, view.calendar, view.history)
        found = clearance.refusals(view.protocol, view.calendar, view.history, ahead, asked.item, work.now)
        valid_until = work.now + view.protocol.dosing.clearance_valid_for.value
    return _answer(work, program, found, valid_until)


def _answer(work: Work, program: Program, refusals: tuple[str, ...], valid_until: datetime) -> ClearanceAnswer:
    return ClearanceAnswer(
        authority="scheduler",
        refusals=refusals,
        revision=program.revision,
        answered_at=work.now,
        valid_until=valid_until,
    )
