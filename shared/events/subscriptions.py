"""Which service hears which events: consumers are provisioned from this; a service that differs refuses to start."""

from shared.events import base, intake, integration, notifications, scheduler, session
from shared.events.base import CATALOGUE, Event

OBLIGATIONS = (base.ObligationOpened, base.ObligationEscalated, base.ObligationClosed)
"""Owners are told of what is theirs, whichever service owes it."""
PARTICIPANTS: tuple[type[Event], ...] = (
    scheduler.SeatAccepted,
    scheduler.SeatTakenBack,
    scheduler.ProgramAmended,
    scheduler.StateChanged,
)
"""Who is a participant: a service that keeps them (`shared.projection.participants`) hears all of these."""

HEARS: dict[str, tuple[type[Event], ...]] = {
    "intake": (
        *PARTICIPANTS,
        scheduler.VersionReleased,
        session.DoseAdministered,
        notifications.ParticipantTold,
    ),
    "scheduler": (
        intake.ReferralReceived,
        intake.FormsSubmitted,
        intake.ScreeningDecided,
        intake.ScreeningReopened,
        intake.ScreeningLapsed,
        intake.AgreementSigned,
        intake.AgreementRevoked,
        session.AttendanceRecorded,
        session.AbsenceRecorded,
        session.AttendanceCorrected,
        session.DoseAdministered,
        session.DoseWithheld,
        integration.AttendanceRecorded,
        integration.AbsenceRecorded,
        integration.AttendanceCorrected,
        integration.CheckInClosed,
        integration.MeasureCompleted,
        integration.MeasureMissed,
        notifications.ParticipantTold,
        notifications.AbsenceUnheard,
    ),
    "session": (
        *PARTICIPANTS,
        scheduler.SessionBooked,
        scheduler.SessionCancelled,
        scheduler.SessionDue,
        scheduler.MakeUpBooked,
        scheduler.MakeUpCancelled,
        integration.RiskRaised,
        integration.RiskClosed,
    ),
    "integration": (
        *PARTICIPANTS,
        scheduler.SessionBooked,
        scheduler.SessionCancelled,
        scheduler.SessionDue,
        scheduler.MakeUpBooked,
        scheduler.MakeUpCancelled,
        scheduler.ItemOverridden,
        scheduler.CheckInDue,
        scheduler.MeasureDue,
        session.RiskRaised,
        session.RiskClosed,
    ),
    "notifications": (
        intake.ReferralReceived,
        intake.FormsReminderDue,
        intake.ZoneCorrected,
        *PARTICIPANTS,
        scheduler.SeatOffered,
        scheduler.SeatDeclined,
        scheduler.SeatExpired,
        scheduler.SessionBooked,
        scheduler.SessionCancelled,
        scheduler.MakeUpBooked,
        scheduler.MakeUpCancelled,
        scheduler.ReminderDue,
        session.AttendanceRecorded,
        session.AbsenceRecorded,
        session.AttendanceCorrected,
        session.VitalsFlagged,
        session.RiskRaised,
        session.RiskClosed,
        session.AdverseEventRecorded,
        integration.AttendanceRecorded,
        integration.AbsenceRecorded,
        integration.AttendanceCorrected,
        integration.CheckInOpened,
        integration.CheckInReminderDue,
        integration.CheckInClosed,
        integration.MeasureOpened,
        integration.MeasureReminderDue,
        integration.MeasureCompleted,
        integration.MeasureMissed,
        integration.RiskRaised,
        integration.RiskClosed,
        intake.FormsSubmitted,
        *(event for event in CATALOGUE.values() if issubclass(event, OBLIGATIONS)),
    ),
}

ASKS: dict[str, tuple[str, ...]] = {
    "session": (
        "program.ask.scheduler.clearance",
        "program.ask.intake.clearance",
        "program.ask.integration.clearance",
    ),
    "notifications": ("program.ask.intake.contact",),
}
"""Which service may ask which question."""

FOR_THE_LOG: tuple[type[Event], ...] = (
    scheduler.CohortOpened,
    scheduler.CohortClosed,
    scheduler.DoseHeld,
    scheduler.DoseReleased,
    session.ParticipantArrived,
    session.DoseDecided,
    session.ParticipantDischarged,
    session.DischargeCorrected,
    notifications.MessageSent,
    notifications.MessageSuppressed,
    notifications.MessageFailed,
    notifications.PageRaised,
    notifications.PageEscalated,
    notifications.PageAcknowledged,
)
"""Told although no service acts on them: the log alone must show that nobody was lost and no rule was broken."""
