"""What integration owes: circles, check-ins, measures, risk."""

from shared.obligation_kinds.kind import ASKED_FIRST, BY_PROTOCOL, Kind, ObligationKind
from shared.protocol.vocabulary import Role

KINDS: dict[Kind, ObligationKind] = {
    "circle_close": ObligationKind(
        Role.FACILITATOR,
        "A meeting is to be completed. Please see that everybody is accounted for.",
        "It ends when you close the meeting.",
        due="`close_within` after the circle's end",
        closed_by=("integration.close_circle",),
    ),
    "check_in": ObligationKind(
        BY_PROTOCOL,
        "Somebody was asked how they are and has not answered. Please call them.",
        "It ends with an answer, with a call that reached them, or with a clinician's decision.",
        due="the next rung of `check_ins.chase`, then `answer_within`",
        closed_by=("integration.answer_check_in", "integration.record_call", "integration.decide_check_in"),
        unannounced=ASKED_FIRST,
    ),
    "measure": ObligationKind(
        BY_PROTOCOL,
        "Somebody has not answered the questions that they were asked. Please call them and offer help.",
        "It ends with their answers, or when you close it as missed after its last day.",
        due="the next rung of the measure's `reminders` and `chase`, then `attendance.absence_close_within`",
        closed_by=("integration.complete_measure", "integration.close_measure"),
        unannounced=ASKED_FIRST,
    ),
    "risk": ObligationKind(
        Role.CLINICIAN,
        "What somebody told us needs your decision.",
        "It ends with your signed decision.",
        due="`risk.c_ssrs_within`; once screened, `task_within` of its level",
        closed_by=("integration.decide_risk",),
        urgent=True,
    ),
    "c_ssrs": ObligationKind(
        Role.CLINICIAN,
        "Somebody is to be called and asked the questions that follow from what they told us.",
        "It ends when their answers are recorded.",
        due="`risk.c_ssrs_within`",
        closed_by=("integration.screen_risk",),
        urgent=True,
    ),
}
