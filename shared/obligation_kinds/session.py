"""What session owes on a session day; `attendance` is owed by integration too, of its circles."""

from shared.obligation_kinds.kind import Kind, ObligationKind
from shared.protocol.vocabulary import Role

KINDS: dict[Kind, ObligationKind] = {
    "attendance": ObligationKind(
        Role.FACILITATOR,
        "Appointments are near. Please record who is there.",
        "It ends when everybody is accounted for; after the deadline anyone who is missing counts as absent.",
        due="the end of the session's grace time (`grace`)",
        closed_by=(
            "session.record_arrival",
            "session.record_absence",
            "session.mark_no_shows",
            "integration.record_attendance",
        ),
    ),
    "session_close": ObligationKind(
        Role.FACILITATOR,
        "A day's appointments are to be completed. Please see that everybody is accounted for and gone home.",
        "It ends when you close the day.",
        due="`close_within` after the session's end",
        closed_by=("session.close_session",),
    ),
    "vitals_repeat": ObligationKind(
        Role.FACILITATOR,
        "A measurement is to be taken again.",
        "It ends when it is recorded.",
        due="the protocol's rest before a repeat, and the time to take it",
        closed_by=("session.record_vitals",),
        unannounced=("resting", "due"),
        urgent=True,
    ),
    "observations": ObligationKind(
        Role.FACILITATOR,
        "Somebody who is with you today is to be looked after until they may leave.",
        "It ends with the last record and the signed permission to leave.",
        due="each observation's minute and `dosing.observation_grace`; then the time to leave",
        closed_by=("session.discharge_participant",),
        unannounced=("minute",),
        urgent=True,
    ),
    "suicidality": ObligationKind(
        Role.CLINICIAN,
        "What somebody said at arrival today needs your decision.",
        "It ends with your signed decision.",
        due="`task_within` of the screener's level",
        closed_by=("session.decide_suicidality",),
        urgent=True,
    ),
    "substance_discrepancy": ObligationKind(
        Role.PRESCRIBER,
        "What was counted on the shelf is not what the register says. Please find out why, and count again.",
        "It ends with a count that agrees.",
        due="one day",
        closed_by=("session.move_substance",),
        urgent=True,
    ),
}
